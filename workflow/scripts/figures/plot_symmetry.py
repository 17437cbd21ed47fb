"""Plot the forecast distance of each region in the left hemisphere against the right."""

import pandas as pd

from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.figures.symmetry import draw_symmetry
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, seconds_ahead, word_rate


def plot_symmetry(
    paths_to_distances: list[str],
    path_to_symmetry: str,
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw a dot per region, filled where left and right differ."""
    distances, symmetry = read_subjects(paths_to_distances, level="roi"), pd.read_parquet(path_to_symmetry)
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    scores = pd.read_parquet(path_to_roi_scores)
    save_figure(draw_symmetry(distances, symmetry, settings, **seconds, roi_scores=scores), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_symmetry(
            list(snakemake.input.roi_distances),
            snakemake.input.symmetry,
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
