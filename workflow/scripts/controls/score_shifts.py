"""Score the regions of one subject under the common shifts of the study."""

import pandas as pd

from brainforecast.controls.draws import common_runs, shifts_of_runs
from brainforecast.controls.region_series import ControlRegions
from brainforecast.controls.scoring import read_cells
from brainforecast.controls.shifted_scores import score_under_shifts
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.context import job
from brainforecast.jobs.scoring import encodings as encodings_of
from brainforecast.storage.control_scores import write_control_scores
from brainforecast.storage.responses import load_responses, run_lengths


def score_shifts(
    path_to_responses: str,
    paths_to_designs: list[str],
    path_to_draws: str,
    path_to_targets: str,
    path_to_scores: str,
    *,
    cells: list[dict],
    encodings: dict[str, Encoding],
) -> None:
    """Write brain scores in each base, under each draw, of each region."""
    draws, lengths = pd.read_parquet(path_to_draws), run_lengths(path_to_responses)
    runs = common_runs(lengths, draws)
    measured = load_responses(path_to_responses)
    series = ControlRegions.from_targets(pd.read_parquet(path_to_targets)).series(measured)
    read = read_cells(cells, paths_to_designs, encodings, runs, measured.used)
    write_control_scores(score_under_shifts(series, runs, shifts_of_runs(lengths, draws), read), path_to_scores)


if __name__ == "__main__":
    with job(snakemake):
        score_shifts(
            snakemake.input.responses,
            snakemake.input.designs,
            snakemake.input.draws,
            snakemake.input.targets,
            snakemake.output.scores,
            cells=snakemake.params.cells,
            encodings=encodings_of(snakemake.params.encoding),
        )
