"""Plot the brain score of several models against the depth of their layers."""

import pandas as pd

from brainforecast.figures.models import draw_model_layers
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_model_layers(
    path_to_roi_scores: str, path_to_models: str, paths_to_figure: list[str], *, settings: FigureSettings
) -> None:
    """Draw one line per model, in a panel for all targets and one per lobe."""
    scores, models = pd.read_parquet(path_to_roi_scores), pd.read_parquet(path_to_models)
    save_figure(draw_model_layers(scores, models, settings), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_model_layers(
            snakemake.input.roi_scores,
            snakemake.input.models,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
