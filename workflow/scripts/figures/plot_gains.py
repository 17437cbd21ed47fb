"""Plot what fine-tuning to forecast gains, against the share of the forecasting term and along the training."""

import pandas as pd

from brainforecast.figures.finetuning import draw_gains
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job


def plot_gains(
    path_to_gains: str, paths_to_figure: list[str], *, curves: list[dict], q_level: float, simulated: bool
) -> None:
    """Draw the gain over alpha 0 of each region."""
    gains = pd.read_parquet(path_to_gains)
    save_figure(draw_gains(gains, curves, q_level=q_level, simulated=simulated), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_gains(
            snakemake.input.gains,
            list(snakemake.output),
            curves=snakemake.params.curves,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
