"""Plot the forecast score against the layer of the language model, for chosen groups of targets."""

import pandas as pd

from brainforecast.figures.curves import draw_forecast_depths
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job


def plot_depths(
    path_to_roi_scores: str,
    paths_to_figure: list[str],
    *,
    curves: list[dict],
    cell: dict,
    simulated: bool,
) -> None:
    """Draw F at one distance against the layer beside its shuffled twin."""
    figure = draw_forecast_depths(pd.read_parquet(path_to_roi_scores), curves, cell=cell, simulated=simulated)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_depths(
            snakemake.input.roi_scores,
            list(snakemake.output),
            curves=snakemake.params.curves,
            cell=snakemake.params.cell,
            simulated=snakemake.params.simulated,
        )
