"""Summarise shifts and simulated brains to the verdict of every claim, and to what the verdicts rest on."""

import pandas as pd

from brainforecast.controls.checks import check_rows
from brainforecast.controls.claims import verdict_rows
from brainforecast.controls.region_series import ControlRegions
from brainforecast.controls.verdict import Judge, ShiftedStatistics, VerdictSettings
from brainforecast.jobs.context import job
from brainforecast.storage.columns import VERDICT_UNITS
from brainforecast.storage.parquet import read_json, write_table

TABLES = ("shifts", "draws", "brains", "contrasts", "sensitivity", "targets")


def summarise_verdicts(
    paths_to_tables: dict[str, str],
    path_to_provenance: str,
    path_to_verdicts: str,
    path_to_checks: str,
    *,
    settings: VerdictSettings,
    contrasts: list[dict],
    cell: dict,
) -> None:
    """Judge every claim; write the verdicts, and the checks they rest on."""
    tables = {name: pd.read_parquet(path) for name, path in paths_to_tables.items()}
    provenance = read_json(path_to_provenance)
    shifted = ShiftedStatistics(tables["shifts"], tables["draws"])
    judge = Judge(shifted, tables["brains"], ControlRegions.from_targets(tables["targets"]).names, settings)
    verdicts = verdict_rows(judge, tables["contrasts"], tables["sensitivity"], contrasts, cell)
    write_table(verdicts, path_to_verdicts, units=VERDICT_UNITS, provenance=provenance)
    write_table(check_rows(judge), path_to_checks, units=VERDICT_UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        verdict = snakemake.params.verdict
        summarise_verdicts(
            {name: snakemake.input[name] for name in TABLES},
            snakemake.input.provenance,
            snakemake.output.verdicts,
            snakemake.output.checks,
            settings=VerdictSettings(verdict["level"], verdict["share"]),
            contrasts=snakemake.params.contrasts,
            cell=snakemake.params.cell,
        )
