"""Plot where the semantic forecast score of each region peaks, against the syntactic one."""

import pandas as pd

from brainforecast.figures.components import draw_component_peaks
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import seconds_ahead, word_rate


def plot_component_peaks(
    path_to_component_peaks: str,
    paths_to_words: list[str],
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw a dot for each region."""
    peaks = pd.read_parquet(path_to_component_peaks)
    words = [pd.read_parquet(path) for path in paths_to_words]
    seconds = {"word_rate": word_rate(words), "ahead": seconds_ahead(words, settings.cell["distance"])}
    save_figure(draw_component_peaks(peaks, settings, **seconds), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_component_peaks(
            snakemake.input.component_peaks,
            list(snakemake.input.words),
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
