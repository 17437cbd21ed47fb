"""Plot what the fine-tuned language models learned."""

import pandas as pd

from brainforecast.figures import save_figure
from brainforecast.figures_training import draw_training
from brainforecast.job import job


def plot_training(path_to_losses: str, path_to_probe: str, paths_to_figure: list[str]) -> None:
    """Draw losses, share, retrieval and perplexity."""
    save_figure(draw_training(pd.read_parquet(path_to_losses), pd.read_parquet(path_to_probe)), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_training(snakemake.input.losses, snakemake.input.probe, list(snakemake.output))  # noqa: F821
