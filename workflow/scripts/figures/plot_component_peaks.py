"""Plot where the semantic forecast score of each region peaks, against the syntactic one."""

import pandas as pd

from brainforecast.figures.components import draw_component_peaks
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_component_peaks(
    path_to_component_peaks: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw a dot for each region."""
    peaks, rate = pd.read_parquet(path_to_component_peaks), word_rate(map(pd.read_parquet, paths_to_words))
    about = {"cell": cell, "q_level": q_level, "word_rate": rate, "simulated": simulated}
    save_figure(draw_component_peaks(peaks, **about), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_component_peaks(
            snakemake.input.component_peaks,
            list(snakemake.input.words),
            list(snakemake.output),
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
