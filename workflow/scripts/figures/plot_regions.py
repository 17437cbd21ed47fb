"""Plot scores by region: brain score and forecast score as bars, the forecast score over distances as a heat map."""

import pandas as pd

from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_regions(
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_brain_scores: list[str],
    paths_to_forecast_scores: list[str],
    paths_to_forecast_curves: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw the three figures of one cell."""
    scores, rate = pd.read_parquet(path_to_roi_scores), word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_region_bars(scores, "brain_score", settings), *paths_to_brain_scores)
    save_figure(draw_region_bars(scores, "forecast_score", settings), *paths_to_forecast_scores)
    save_figure(draw_region_heatmap(scores, settings, word_rate=rate), *paths_to_forecast_curves)


if __name__ == "__main__":
    with job(snakemake):
        plot_regions(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output.brain_scores),
            list(snakemake.output.forecast_scores),
            list(snakemake.output.forecast_curves),
            settings=FigureSettings(**snakemake.params.figure),
        )
