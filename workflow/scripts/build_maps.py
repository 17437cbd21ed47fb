"""Build the group maps as GIfTI: scores, ceiling, best layer, forecast distance and depth, one file per hemisphere."""

import pandas as pd

from brainforecast.figures import word_rate
from brainforecast.job import job
from brainforecast.maps import group_maps, read_group, write_maps


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
    """Write each statistic of one cell to the maps whose names ask for it."""
    targets = pd.read_parquet(path_to_targets)
    maps = group_maps(targets, read_group(paths_to_tables, cell), q_level=q_level, cell=cell)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    write_maps(maps, targets, paths_to_maps, word_rate=rate, simulated=simulated)


TABLES = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")

if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_maps(
            snakemake.input.targets,  # noqa: F821
            {name: snakemake.input[name] for name in TABLES},  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.output),  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
