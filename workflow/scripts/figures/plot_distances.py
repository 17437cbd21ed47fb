"""Plot the forecast distance of each region, for region time series."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_distances
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_distances(
    path_to_targets: str,
    path_to_forecast_distance: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw d* of each region, filled where its mask test passes."""
    targets, distance = pd.read_parquet(path_to_targets), pd.read_parquet(path_to_forecast_distance)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_region_distances(targets, distance, settings, word_rate=rate), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_distances(
            snakemake.input.targets,
            snakemake.input.forecast_distance,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
