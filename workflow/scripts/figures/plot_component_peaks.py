"""Plot where the semantic forecast score of each region peaks, against the syntactic one."""

import pandas as pd

from brainforecast.figures.components import draw_component_peaks
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_component_peaks(
    path_to_component_peaks: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw a dot for each region."""
    peaks, rate = pd.read_parquet(path_to_component_peaks), word_rate(map(pd.read_parquet, paths_to_words))
    save_figure(draw_component_peaks(peaks, settings, word_rate=rate), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_component_peaks(
            snakemake.input.component_peaks,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
