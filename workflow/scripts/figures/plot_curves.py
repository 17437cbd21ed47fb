"""Plot the forecast score against the distance, for chosen groups of targets: one of three figures."""

import pandas as pd

from brainforecast.figures.components import draw_components
from brainforecast.figures.curves import draw_forecast_curves, draw_sources
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate

DRAW = {"forecast_curves": draw_forecast_curves, "sources": draw_sources, "components": draw_components}


def plot_curves(
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    figure: str,
    curves: list[dict],
    cell: dict,
    simulated: bool,
) -> None:
    """Draw F(d) of each group, in words and in seconds; `figure` is a key of `DRAW`."""
    roi_scores = pd.read_parquet(path_to_roi_scores)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    drawn = DRAW[figure](roi_scores, curves, cell=cell, word_rate=rate, simulated=simulated)
    save_figure(drawn, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_curves(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            figure=snakemake.params.figure,
            curves=snakemake.params.curves,
            cell=snakemake.params.cell,
            simulated=snakemake.params.simulated,
        )
