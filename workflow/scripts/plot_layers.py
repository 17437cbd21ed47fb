"""Plot the brain score of each lobe against the layer of the language model."""

import pandas as pd

from brainforecast.figures import save_figure
from brainforecast.figures_layers import draw_layer_scores
from brainforecast.job import job


def plot_layers(path_to_roi_scores: str, paths_to_figure: list[str], *, simulated: bool) -> None:
    """Draw one line per lobe and one for all targets."""
    save_figure(draw_layer_scores(pd.read_parquet(path_to_roi_scores), simulated=simulated), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_layers(
            snakemake.input.roi_scores,  # noqa: F821
            list(snakemake.output),  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
