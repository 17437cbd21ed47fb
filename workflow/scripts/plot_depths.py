"""Plot the forecast score against the layer of the language model, for chosen groups of targets."""

import pandas as pd

from brainforecast.figures import save_figure
from brainforecast.figures_depth import draw_forecast_depths
from brainforecast.job import job


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
    with job(snakemake):  # noqa: F821
        plot_depths(
            snakemake.input.roi_scores,  # noqa: F821
            list(snakemake.output),  # noqa: F821
            curves=snakemake.params.curves,  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
