"""The lines of docs/controls.md recompute a verdict."""

import re

import numpy as np
import pandas as pd

from brainforecast.controls.claims import verdict_rows
from helpers.datasets import REPOSITORY
from helpers.synthetic_verdicts import CELL, contrasts, judge, strict


def test_the_lines_recompute_a_verdict(tmp_path, monkeypatch):
    """Limits, p_value and p_family of each lobe as in group/verdicts.parquet; error rates of passive brains."""
    study = judge(passive=0.004)
    folder = tmp_path / "results/demo/group"
    folder.mkdir(parents=True)
    study.shifted.table.to_parquet(folder / "shifts.parquet")
    study.brains.to_parquet(folder / "simulated_brains.parquet")
    verdict_rows(study, contrasts(), strict(), [], CELL).to_parquet(folder / "verdicts.parquet")
    code = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs/controls.md").read_text(), re.DOTALL)
    assert len(code) == 1
    monkeypatch.chdir(tmp_path)
    found: dict = {}
    exec(code[0], found)
    pd.testing.assert_frame_equal(found["by_hand"], found["table"].loc[found["by_hand"].index], check_names=False)
    assert len(found["by_hand"]) == 3
    errors = found["errors"]
    assert errors.shape == (4, 3) and 0 < errors.to_numpy().mean() < 1
    rates = [passes_by_hand(study, "content", region) for region in ("frontal", "temporal")]
    np.testing.assert_allclose(errors.loc["content", ["frontal", "temporal"]], rates)


def passes_by_hand(study, kind: str, region: str) -> float:
    """Share of brains of a kind whose M is above the maximum over lobes of all but 5 % of the shifts, by loops."""
    shifted = study.shifted
    values = shifted.of("verdict", "mirror_difference")[:, shifted.columns_of("lobe")]
    names = list(shifted.places.loc[shifted.columns_of("lobe"), "region"])
    mean, sd = values.mean(axis=0), values.std(axis=0)
    column = names.index(region)
    brains = study.brains.query("kind == @kind and level == 'lobe' and region == @region")["mirror_difference"]
    passed = []
    for found in brains:
        above = sum(max((row - mean) / sd) >= (found - mean[column]) / sd[column] for row in values[1:])
        passed.append((1 + above) / len(values) <= 0.05)
    return float(np.mean(passed))
