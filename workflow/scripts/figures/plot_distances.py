"""Plot the forecast distance of each region, for region time series."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_distances
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, seconds_ahead, word_rate


def plot_distances(
    path_to_targets: str,
    path_to_forecast_distance: str,
    paths_to_subjects: list[str],
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw d* of each region, filled where its mask test passes, and of each subject if there are few."""
    targets, distance = pd.read_parquet(path_to_targets), pd.read_parquet(path_to_forecast_distance)
    subjects = read_subjects(paths_to_subjects) if paths_to_subjects else None
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_region_distances(targets, distance, settings, subjects=subjects, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_distances(
            snakemake.input.targets,
            snakemake.input.forecast_distance,
            list(snakemake.input.subjects),
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
