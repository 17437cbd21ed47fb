"""Build the maps of one subject: scores, ceiling, forecast distance and depth."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.results.map_dataset import table_uri
from brainforecast.results.map_files import shared_metadata, write_maps
from brainforecast.results.maps import TABLES, read_subject, subject_maps
from brainforecast.results.selection import word_rate
from brainforecast.storage.geometry import read_geometry


def build_subject_maps(
    path_to_targets: str,
    path_to_geometry: str,
    paths_to_tables: dict[str, str],
    paths_to_words: list[str],
    paths_to_maps: list[str],
    *,
    subject: str,
    cell: dict,
    q_level: float,
    scored: dict,
    simulated: bool,
) -> None:
    """Write each statistic of one cell of a subject to the maps of that ``stat-`` entity."""
    targets = pd.read_parquet(path_to_targets)
    maps = subject_maps(targets, read_subject(paths_to_tables, cell), cell=cell, q_level=q_level, scored=scored)
    rate = word_rate(map(pd.read_parquet, paths_to_words))
    sources = {table: table_uri(f"subjects/{table}.parquet/sub-{subject}.parquet") for table in paths_to_tables}
    about = shared_metadata(sources, word_rate=rate, simulated=simulated, subject=subject)
    write_maps(maps, targets, read_geometry(path_to_geometry), paths_to_maps, about=about)


if __name__ == "__main__":
    with job(snakemake):
        build_subject_maps(
            snakemake.input.targets,
            snakemake.input.geometry,
            {name: path for name, path in snakemake.input.items() if name in TABLES},
            list(snakemake.input.words),
            list(snakemake.output.maps),
            subject=snakemake.wildcards.subject,
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            scored=snakemake.params.scored,
            simulated=snakemake.params.simulated,
        )
