"""Plot what was planted in the simulated cortex against what the analysis recovers."""

import pandas as pd

from brainforecast.figures.recovery import SubjectRegions, draw_recovery
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, seconds_ahead, word_rate


def plot_recovery(
    path_to_truth: str,
    path_to_targets: str,
    paths_to_scores: list[str],
    paths_to_distances: list[str],
    paths_to_depths: list[str],
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw recovered against planted distances and depths, and the forecast score by what was planted."""
    truth, targets = pd.read_parquet(path_to_truth), pd.read_parquet(path_to_targets)
    subjects = SubjectRegions(
        scores=read_subjects(paths_to_scores, level="roi"),
        distances=read_subjects(paths_to_distances, level="roi"),
        depths=read_subjects(paths_to_depths),
    )
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_recovery(truth, targets, subjects, settings, **seconds), *paths_to_figure)


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
            settings=FigureSettings(**snakemake.params.figure),
        )
