"""Plot checks of the syntactic and the semantic component."""

import pandas as pd

from brainforecast.figures.components import draw_component_checks
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job


def plot_component_checks(
    path_to_component_checks: str,
    paths_to_figure: list[str],
    *,
    settings: FigureSettings,
) -> None:
    """Draw convergence, cosines, probes and counts."""
    checks = pd.read_parquet(path_to_component_checks)
    save_figure(draw_component_checks(checks, settings), *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_component_checks(
            snakemake.input.component_checks,
            list(snakemake.output),
            settings=FigureSettings(**snakemake.params.figure),
        )
