"""Plot the brain score, or the forecast score, of each region as bars."""

import pandas as pd

from brainforecast.figures.regions import draw_region_bars
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects


def plot_regions(
    path_to_roi_scores: str,
    paths_to_subjects: list[str],
    paths_to_figure: list[str],
    *,
    score: str,
    settings: FigureSettings,
) -> None:
    """Draw one bar per region, sorted, and a dot for each subject if there are few."""
    subjects = read_subjects(paths_to_subjects, score=score, level="roi") if paths_to_subjects else None
    figure = draw_region_bars(pd.read_parquet(path_to_roi_scores), score, settings, subjects=subjects)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_regions(
            snakemake.input.roi_scores,
            list(snakemake.input.subjects),
            list(snakemake.output),
            score=snakemake.params.score,
            settings=FigureSettings(**snakemake.params.figure),
        )
