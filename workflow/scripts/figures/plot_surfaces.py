"""Plot one group map on the inflated cortex: lateral, medial and ventral views of both hemispheres."""

import pandas as pd

from brainforecast.figures.map_style import as_drawn, beside_of
from brainforecast.figures.style import save_figure
from brainforecast.figures.surfaces import draw_surface_map
from brainforecast.files import folder_of
from brainforecast.jobs.context import job
from brainforecast.readers.surfaces import load_surface
from brainforecast.readers.targets import names_by_hemi
from brainforecast.results.map_files import by_stat, read_hemispheres


def plot_surfaces(
    paths_to_map: list[str],
    paths_beside: list[str],
    path_to_targets: str,
    paths_to_figure: list[str],
    *,
    stat: str,
    space: str,
    density: str | None,
    surfaces: str | None,
) -> None:
    """Draw the two hemispheres of one map, with borders of lobes; title and unit are in the metadata of its files.

    `paths_beside` : of the maps that it is drawn with.
    """
    values, metadata = read_hemispheres(paths_to_map)
    beside = {name: read_hemispheres(paths)[0] for name, paths in by_stat(paths_beside).items()}
    meshes, sulci = (load_surface(space, kind, surfaces, density) for kind in ("inflated", "sulc"))
    targets = pd.read_parquet(path_to_targets)
    lobes, regions = (names_by_hemi(targets, column, len(values["L"])) for column in ("lobe", "roi"))
    drawn = as_drawn(stat, values, metadata, beside_of(stat, beside))
    figure = draw_surface_map(drawn, meshes, sulci, lobes, regions)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_surfaces(
            list(snakemake.input.maps),
            list(snakemake.input.beside),
            snakemake.input.targets,
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            space=snakemake.params.space,
            density=snakemake.params.density,
            surfaces=snakemake.params.surfaces or folder_of(snakemake.input.surfaces),
        )
