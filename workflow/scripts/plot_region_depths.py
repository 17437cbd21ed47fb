"""Plot the forecast depth of each region of region time series."""

import pandas as pd

from brainforecast.figures import save_figure
from brainforecast.figures_peaks import draw_region_depths
from brainforecast.job import job


def plot_region_depths(
    path_to_targets: str,
    path_to_forecast_depth: str,
    paths_to_figure: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw k* of each region, filled where its mask test passes."""
    targets, depth = pd.read_parquet(path_to_targets), pd.read_parquet(path_to_forecast_depth)
    figure = draw_region_depths(targets, depth, cell=cell, q_level=q_level, simulated=simulated)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_region_depths(
            snakemake.input.targets,  # noqa: F821
            snakemake.input.forecast_depth,  # noqa: F821
            list(snakemake.output),  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
