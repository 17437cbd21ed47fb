"""Plot the forecast score against the distance, for chosen groups of targets: one of three figures."""

import pandas as pd

from brainforecast.figures import save_figure, word_rate
from brainforecast.figures_components import draw_components
from brainforecast.figures_curve import draw_forecast_curves
from brainforecast.figures_source import draw_sources
from brainforecast.job import job

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
    with job(snakemake):  # noqa: F821
        plot_curves(
            snakemake.input.roi_scores,  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.output),  # noqa: F821
            figure=snakemake.params.figure,  # noqa: F821
            curves=snakemake.params.curves,  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
