"""Plot the forecast score of each region over distances as a heat map."""

import pandas as pd

from brainforecast.figures.regions import draw_region_heatmap
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import seconds_ahead, word_rate


def plot_region_curves(
    path_to_roi_scores: str, paths_to_words: list[str], paths_to_figure: list[str], *, settings: FigureSettings
) -> None:
    """Draw a row per region and a column per distance."""
    scores, words = pd.read_parquet(path_to_roi_scores), [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_region_heatmap(scores, settings, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_region_curves(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
