"""Build the group maps as GIfTI: scores, ceiling, best layer, forecast distance and depth, one file per hemisphere."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.results.map_files import write_maps
from brainforecast.results.maps import group_maps, read_group
from brainforecast.results.selection import word_rate


def build_maps(
    path_to_targets: str,
    paths_to_tables: dict[str, str],
    paths_to_words: list[str],
    paths_to_maps: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Write each statistic of one cell to the maps of that ``stat-`` entity."""
    targets = pd.read_parquet(path_to_targets)
    maps = group_maps(targets, read_group(paths_to_tables, cell), q_level=q_level, cell=cell)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    write_maps(maps, targets, paths_to_maps, word_rate=rate, simulated=simulated)


TABLES = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")

if __name__ == "__main__":
    with job(snakemake):
        build_maps(
            snakemake.input.targets,
            {name: snakemake.input[name] for name in TABLES},
            list(snakemake.input.words),
            list(snakemake.output),
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
