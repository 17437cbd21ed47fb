"""Plot the best layer of each region, or its brain score over its noise ceiling, for region time series."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_values
from brainforecast.figures.style import FigureSettings, save_figure
from brainforecast.jobs.context import job
from brainforecast.results.maps import group_maps, read_group


def plot_region_values(
    path_to_targets: str,
    paths_to_tables: dict[str, str],
    paths_to_figure: list[str],
    *,
    stat: str,
    scored: dict,
    settings: FigureSettings,
) -> None:
    """Draw a dot per region, sorted."""
    targets = pd.read_parquet(path_to_targets)
    tables = read_group(paths_to_tables, settings.cell)
    maps = group_maps(targets, tables, cell=settings.cell, q_level=settings.q_level, scored=scored)
    drawn = next(drawn for drawn in maps if drawn.stat == stat)
    save_figure(draw_region_values(targets, drawn, settings), *paths_to_figure)


TABLES = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")

if __name__ == "__main__":
    with job(snakemake):
        plot_region_values(
            snakemake.input.targets,
            {name: path for name, path in snakemake.input.items() if name in TABLES},
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            scored=snakemake.params.scored,
            settings=FigureSettings(**snakemake.params.figure),
        )
