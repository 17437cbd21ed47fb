"""From the three tables of the group on disk to the verdicts and what they rest on."""

import json

import pandas as pd

from brainforecast.controls.verdict import VerdictSettings
from brainforecast.storage.parquet import read_units
from helpers.synthetic_verdicts import CELL, CONTRASTS, contrasts, judge, regions, strict
from scripts.controls.summarise_verdicts import summarise_verdicts


def test_the_script_writes_both_tables(tmp_path):
    """Every column has a unit; lobes come from the targets."""
    study = judge()
    targets = regions(2).rename(columns={"region": "roi"}).assign(vertex=0, x=0.0, y=0.0, z=0.0)
    targets = targets.loc[targets.index.repeat(3)].reset_index(drop=True)
    tables = {
        "shifts": study.shifted.table,
        "draws": study.shifted.draws,
        "brains": study.brains,
        "contrasts": contrasts(),
        "sensitivity": strict(),
        "targets": targets.assign(target=range(len(targets))),
    }
    paths = {name: tmp_path / f"{name}.parquet" for name in (*tables, "verdicts", "checks")}
    for name, table in tables.items():
        table.to_parquet(paths[name])
    (tmp_path / "provenance.json").write_text(json.dumps({"config_hash": "0"}))
    inputs = {name: paths[name] for name in tables}
    outputs = (tmp_path / "provenance.json", paths["verdicts"], paths["checks"])
    settings = VerdictSettings(0.05, 0.5)
    summarise_verdicts(inputs, *outputs, settings=settings, contrasts=CONTRASTS, cell=CELL)
    verdicts, checks = pd.read_parquet(paths["verdicts"]), pd.read_parquet(paths["checks"])
    frontal = verdicts.query("region == 'frontal' and claim == 'forecast'")
    assert set(frontal["verdict"]) == {"supported"} and len(checks)
    m_star = checks.query("check == 'smallest_difference' and region == 'frontal'")["value"]
    assert m_star.notna().all()  # found from the lobe's regions
    assert all(read_units(paths["verdicts"]).values()) and all(read_units(paths["checks"]).values())
