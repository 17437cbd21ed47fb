"""Plot the forecast score against the layer of the language model, for chosen groups of targets."""

import pandas as pd

from brainforecast.figures.curves import draw_forecast_depths
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_depths(
    path_to_roi_scores: str,
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw F at one distance against the layer, with its shuffled control."""
    save_figure(draw_forecast_depths(pd.read_parquet(path_to_roi_scores), settings), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_depths(
            snakemake.input.roi_scores,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
