"""Plot where syntax and semantics were planted in the simulated cortex, against where they peak."""

import pandas as pd

from brainforecast.figures.components import draw_component_recovery
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, seconds_ahead, word_rate


def plot_component_recovery(
    path_to_truth: str,
    path_to_targets: str,
    paths_to_roi_distances: list[str],
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw recovered against planted distances."""
    truth, targets = pd.read_parquet(path_to_truth), pd.read_parquet(path_to_targets)
    distances = read_subjects(paths_to_roi_distances, level="roi")
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_component_recovery(truth, targets, distances, settings, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_component_recovery(
            snakemake.input.truth,
            snakemake.input.targets,
            list(snakemake.input.roi_distances),
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
