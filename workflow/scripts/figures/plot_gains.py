"""Plot the gain of fine-tuning to forecast, against the share of the forecasting term and along the training."""

import pandas as pd

from brainforecast.figures.finetuning import draw_gains
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_gains(path_to_gains: str, paths_to_figure: list[str], *, settings: FigureSettings) -> None:
    """Draw the gain over alpha 0 of each region."""
    save_figure(draw_gains(pd.read_parquet(path_to_gains), settings), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_gains(
            snakemake.input.gains,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
