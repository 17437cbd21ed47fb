"""Build the group maps: brain score, forecast score and forecast distance as GIfTI, one file per hemisphere."""

import pandas as pd

from brainforecast.job import job
from brainforecast.maps import group_maps, read_group, write_maps


def build_maps(
    path_to_targets: str,
    path_to_brain_scores: str,
    path_to_forecast_scores: str,
    path_to_forecast_distance: str,
    paths_to_maps: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Write each statistic of one cell to the maps whose names ask for it."""
    targets = pd.read_parquet(path_to_targets)
    tables = read_group(path_to_brain_scores, path_to_forecast_scores, path_to_forecast_distance, cell)
    maps = group_maps(targets, *tables, q_level=q_level, cell=cell)
    write_maps(maps, targets, paths_to_maps, simulated=simulated)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_maps(
            snakemake.input.targets,  # noqa: F821
            snakemake.input.brain_scores,  # noqa: F821
            snakemake.input.forecast_scores,  # noqa: F821
            snakemake.input.forecast_distance,  # noqa: F821
            list(snakemake.output),  # noqa: F821
            cell=snakemake.params.cell,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
