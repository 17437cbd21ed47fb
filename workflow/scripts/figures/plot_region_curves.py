"""Plot the forecast score of each region over distances as a heat map."""

import pandas as pd

from brainforecast.figures.regions import draw_region_heatmap
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_region_curves(
    path_to_roi_scores: str, paths_to_words: list[str], paths_to_figure: list[str], *, settings: FigureSettings
) -> None:
    """Draw a row per region and a column per distance."""
    scores, rate = pd.read_parquet(path_to_roi_scores), word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_region_heatmap(scores, settings, word_rate=rate), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_region_curves(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
