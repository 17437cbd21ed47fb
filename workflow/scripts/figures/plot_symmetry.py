"""Plot the forecast distance of each region in the left hemisphere against the right."""

import pandas as pd

from brainforecast.figures.style import save_figure
from brainforecast.figures.symmetry import draw_symmetry
from brainforecast.jobs.context import job
from brainforecast.results.selection import read_subjects, word_rate


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
    with job(snakemake):
        plot_symmetry(
            list(snakemake.input.roi_distances),
            snakemake.input.symmetry,
            list(snakemake.input.words),
            list(snakemake.output),
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
