"""Plot F and its mirror in every place against its common shifts, with the verdict."""

import pandas as pd

from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.figures.verdicts import draw_verdicts
from brainforecast.jobs.context import job


def plot_verdicts(
    path_to_verdicts: str, path_to_shifts: str, paths_to_figure: list[str], *, distance: int, settings: FigureSettings
) -> None:
    """Draw the whole brain and the lobes above the regions."""
    verdicts, shifts = pd.read_parquet(path_to_verdicts), pd.read_parquet(path_to_shifts)
    save_figure(draw_verdicts(verdicts, shifts, settings, distance=distance), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_verdicts(
            snakemake.input.verdicts,
            snakemake.input.shifts,
            list(snakemake.output),
            distance=snakemake.params.verdict["distance"],
            settings=FigureSettings(**snakemake.params.figure),
        )
