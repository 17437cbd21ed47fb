"""Plot the forecast score against the width of the window, and that of single words."""

import pandas as pd

from brainforecast.figures.style import save_figure
from brainforecast.figures.widths import draw_widths
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_widths(
    path_to_widths: str,
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    curves: list[dict],
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw F at the best distance of each width, and F of each upcoming word alone."""
    widths, scores = pd.read_parquet(path_to_widths), pd.read_parquet(path_to_roi_scores)
    said = {"cell": cell, "q_level": q_level, "simulated": simulated}
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_widths(widths, scores, curves, word_rate=rate, **said), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_widths(
            snakemake.input.widths,
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output),
            curves=snakemake.params.curves,
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
