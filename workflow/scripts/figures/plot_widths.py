"""Plot the forecast score against the width of the window, and that of single words."""

import pandas as pd

from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.figures.widths import draw_widths
from brainforecast.jobs.context import job
from brainforecast.results.selection import seconds_ahead, word_rate


def plot_widths(
    path_to_widths: str,
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
    of_series: bool,
) -> None:
    """Draw F at the best distance of each width, and F of each upcoming word alone."""
    widths, scores = pd.read_parquet(path_to_widths), pd.read_parquet(path_to_roi_scores)
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_widths(widths, scores, settings, of_series=of_series, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_widths(
            snakemake.input.widths,
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
            of_series=snakemake.params.of_series,
        )
