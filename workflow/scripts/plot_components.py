"""Plot the forecast score of syntactic and of semantic windows against the distance."""

import pandas as pd

from brainforecast.figures import save_figure, word_rate
from brainforecast.figures_components import draw_components
from brainforecast.job import job


def plot_components(
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    curves: list[dict],
    cell: dict,
    simulated: bool,
) -> None:
    """Draw F(d) of both parts beside that of the true windows."""
    scores, rate = pd.read_parquet(path_to_roi_scores), word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_components(scores, curves, cell=cell, word_rate=rate, simulated=simulated), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_components(
            snakemake.input.roi_scores,  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.output),  # noqa: F821
            curves=snakemake.params.curves,  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
