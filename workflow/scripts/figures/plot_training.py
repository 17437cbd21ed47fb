"""Plot losses and held-out probes of the fine-tuned language models."""

import pandas as pd

from brainforecast.figures.finetuning import draw_training
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job


def plot_training(path_to_losses: str, path_to_probe: str, paths_to_figure: list[str]) -> None:
    """Draw losses, share of the forecasting term, retrieval and perplexity."""
    save_figure(draw_training(pd.read_parquet(path_to_losses), pd.read_parquet(path_to_probe)), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_training(snakemake.input.losses, snakemake.input.probe, list(snakemake.output))
