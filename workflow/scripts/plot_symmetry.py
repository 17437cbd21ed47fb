"""Plot the forecast distance of each region in the left hemisphere against the right."""

import pandas as pd

from brainforecast.figures import read_subjects, save_figure, word_rate
from brainforecast.figures_symmetry import draw_symmetry
from brainforecast.job import job


def plot_symmetry(
    paths_to_distances: list[str],
    path_to_symmetry: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw a dot per region, filled where left and right differ."""
    distances, symmetry = read_subjects(paths_to_distances, level="roi"), pd.read_parquet(path_to_symmetry)
    said = {"cell": cell, "q_level": q_level, "simulated": simulated}
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_symmetry(distances, symmetry, word_rate=rate, **said), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_symmetry(
            list(snakemake.input.roi_distances),  # noqa: F821
            snakemake.input.symmetry,  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.output),  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
