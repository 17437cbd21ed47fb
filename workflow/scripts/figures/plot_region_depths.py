"""Plot the forecast depth of each region, for region time series."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_depths
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects


def plot_region_depths(
    path_to_targets: str,
    path_to_forecast_depth: str,
    paths_to_subjects: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw k* of each region, filled where its mask test passes, and of each subject if there are few."""
    targets, depth = pd.read_parquet(path_to_targets), pd.read_parquet(path_to_forecast_depth)
    subjects = read_subjects(paths_to_subjects) if paths_to_subjects else None
    save_figure(draw_region_depths(targets, depth, settings, subjects=subjects), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_region_depths(
            snakemake.input.targets,
            snakemake.input.forecast_depth,
            list(snakemake.input.subjects),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
