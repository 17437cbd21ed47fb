"""Plot one group statistic of each region of region time series: its best layer, or its share of the ceiling."""

import pandas as pd

from brainforecast.figures.region_peaks import draw_region_values
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.maps import group_maps, read_group


def plot_region_values(
    path_to_targets: str,
    paths_to_tables: dict[str, str],
    paths_to_figure: list[str],
    *,
    stat: str,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw a dot per region, sorted."""
    targets = pd.read_parquet(path_to_targets)
    maps = group_maps(targets, read_group(paths_to_tables, cell), cell=cell, q_level=q_level)
    drawn = next(drawn for drawn in maps if drawn.stat == stat)
    save_figure(draw_region_values(targets, drawn, simulated=simulated), *paths_to_figure)


TABLES = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")

if __name__ == "__main__":
    with job(snakemake):
        plot_region_values(
            snakemake.input.targets,
            {name: snakemake.input[name] for name in TABLES},
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
