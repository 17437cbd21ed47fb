"""Plot what was planted in the simulated cortex against what the analysis recovers."""

import pandas as pd

from brainforecast.figures.recovery import draw_recovery
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, word_rate


def plot_recovery(
    path_to_truth: str,
    path_to_targets: str,
    paths_to_scores: list[str],
    paths_to_distances: list[str],
    paths_to_depths: list[str],
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    cell: dict,
) -> None:
    """Draw recovered against planted distances and depths, and the forecast score by what was planted."""
    truth, targets = pd.read_parquet(path_to_truth), pd.read_parquet(path_to_targets)
    scores, distances = read_subjects(paths_to_scores, level="roi"), read_subjects(paths_to_distances, level="roi")
    depths, rate = read_subjects(paths_to_depths), word_rate(map(pd.read_parquet, paths_to_words))
    figure = draw_recovery(truth, targets, scores, distances, depths, cell=cell, word_rate=rate)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_recovery(
            snakemake.input.truth,
            snakemake.input.targets,
            list(snakemake.input.roi_scores),
            list(snakemake.input.roi_distances),
            list(snakemake.input.roi_depths),
            list(snakemake.input.words),
            list(snakemake.output),
            cell=snakemake.params.cell,
        )
