"""Plot the brain score of each lobe against the layer of the language model."""

import pandas as pd

from brainforecast.figures.layers import draw_layer_scores
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_layers(
    path_to_roi_scores: str,
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
    kinds: dict[str, str] | None = None,
) -> None:
    """Draw one line per lobe and one for all targets; `kinds` is what each model is."""
    save_figure(draw_layer_scores(pd.read_parquet(path_to_roi_scores), settings, kinds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_layers(
            snakemake.input.roi_scores,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
            kinds={name: about["kind"] for name, about in snakemake.params.models.items()},
        )
