"""Prepare the common shifts of a study."""

from brainforecast.controls.draws import draw_table
from brainforecast.jobs.context import job
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table
from brainforecast.storage.responses import run_lengths


def prepare_shifts(
    paths_to_responses: list[str],
    path_to_provenance: str,
    path_to_draws: str,
    *,
    shortest: int,
    n_shifts: int,
    seed: int,
) -> None:
    """Write draw, story, shift and volumes; no rows where a story is too short."""
    draws = draw_table(map(run_lengths, paths_to_responses), shortest=shortest, n_shifts=n_shifts, seed=seed)
    write_table(draws, path_to_draws, units=UNITS, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        prepare_shifts(
            snakemake.input.responses,
            snakemake.input.provenance,
            snakemake.output.draws,
            shortest=snakemake.params.shortest,
            n_shifts=snakemake.params.n_shifts,
            seed=snakemake.params.seed,
        )
