"""Build the data of the report's interactive brain: all group maps, on the inflated and the pial cortex."""

import pandas as pd

from brainforecast.figures.interactive_maps import pack_brain, pack_map
from brainforecast.figures.map_style import as_drawn, beside_of
from brainforecast.files import folder_of
from brainforecast.jobs.context import job
from brainforecast.readers.surfaces import load_surface
from brainforecast.readers.targets import names_by_hemi
from brainforecast.results.map_files import read_hemispheres, write_json


def build_interactive_maps(
    paths_to_maps: dict[str, list[str]],
    path_to_targets: str,
    path_to_data: str,
    *,
    space: str,
    density: str | None,
    surfaces: str | None,
) -> None:
    """Pack the cortex once and each map after it."""
    maps = {stat: read_hemispheres(paths) for stat, paths in paths_to_maps.items()}
    inflated, pial, sulci = (load_surface(space, kind, surfaces, density) for kind in ("inflated", "pial", "sulc"))
    regions = names_by_hemi(pd.read_parquet(path_to_targets), "roi", len(sulci["L"]))
    brain = pack_brain({"inflated": inflated, "pial": pial}, sulci, regions)
    values = {stat: found for stat, (found, _) in maps.items()}
    packed = [
        pack_map(as_drawn(stat, found, metadata, beside_of(stat, values))) for stat, (found, metadata) in maps.items()
    ]
    write_json({**brain, "maps": packed}, path_to_data)


if __name__ == "__main__":
    with job(snakemake):
        build_interactive_maps(
            {stat: list(snakemake.input[stat]) for stat in snakemake.params.stats},
            snakemake.input.targets,
            snakemake.output.data,
            space=snakemake.params.space,
            density=snakemake.params.density,
            surfaces=snakemake.params.surfaces or folder_of(snakemake.input.surfaces),
        )
