"""Plot the forecast score against the distance, for chosen groups of targets: one of three figures."""

import pandas as pd

from brainforecast.figures.components import draw_components
from brainforecast.figures.curves import draw_forecast_curves, draw_sources
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import seconds_ahead, word_rate

DRAW = {"forecast_curves": draw_forecast_curves, "sources": draw_sources, "components": draw_components}


def plot_curves(
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    name: str,
    settings: FigureSettings,
) -> None:
    """Draw F(d) of each group, in words and in seconds; `name` is a key of `DRAW`."""
    roi_scores = pd.read_parquet(path_to_roi_scores)
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(DRAW[name](roi_scores, settings, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_curves(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            name=snakemake.params.name,
            settings=FigureSettings(**snakemake.params.figure),
        )
