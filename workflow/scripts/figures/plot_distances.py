"""Plot the forecast distance of each region of region time series."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_distances
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_distances(
    path_to_targets: str,
    path_to_forecast_distance: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw d* of each region, filled where its mask test passes."""
    targets, distance = pd.read_parquet(path_to_targets), pd.read_parquet(path_to_forecast_distance)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    said = {"cell": cell, "q_level": q_level, "simulated": simulated}
    figure = draw_region_distances(targets, distance, word_rate=rate, **said)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_distances(
            snakemake.input.targets,
            snakemake.input.forecast_distance,
            list(snakemake.input.words),
            list(snakemake.output),
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
