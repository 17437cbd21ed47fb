"""Plot the paired differences between models over subjects."""

import pandas as pd

from brainforecast.figures.models import draw_model_differences
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_model_differences(
    path_to_differences: str, path_to_models: str, paths_to_figure: list[str], *, settings: FigureSettings
) -> None:
    """Draw a row per pair of models, with its interval."""
    models = pd.read_parquet(path_to_models, columns=["model", "model_kind"])
    kinds = dict(models.drop_duplicates().itertuples(index=False))
    differences = pd.read_parquet(path_to_differences)
    save_figure(draw_model_differences(differences, kinds, settings), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_model_differences(
            snakemake.input.differences,
            snakemake.input.models,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
