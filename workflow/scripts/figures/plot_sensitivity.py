"""Plot F, M and a contrast in every variant of the reported cell."""

import pandas as pd

from brainforecast.figures.sensitivity import draw_sensitivity
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_sensitivity(
    path_to_sensitivity: str, paths_to_figure: list[str], *, distance: int, settings: FigureSettings
) -> None:
    """Draw the whole brain and the lobes above the contrast."""
    table = pd.read_parquet(path_to_sensitivity)
    save_figure(draw_sensitivity(table, settings, distance=distance), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_sensitivity(
            snakemake.input.sensitivity,
            list(snakemake.output),
            distance=snakemake.params.distance,
            settings=FigureSettings(**snakemake.params.figure),
        )
