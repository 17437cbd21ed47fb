"""Plot the forecast distance of each region of region time series."""

import pandas as pd

from brainforecast.figures import save_figure, word_rate
from brainforecast.figures_peaks import draw_region_distances
from brainforecast.job import job


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
    with job(snakemake):  # noqa: F821
        plot_distances(
            snakemake.input.targets,  # noqa: F821
            snakemake.input.forecast_distance,  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.output),  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
