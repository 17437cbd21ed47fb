"""Plot one group map on the inflated cortex: lateral and medial views of both hemispheres."""

import pandas as pd

from brainforecast.figures.style import save_figure
from brainforecast.figures.surfaces import draw_surface_map
from brainforecast.files import folder_of
from brainforecast.jobs.context import job
from brainforecast.readers.surfaces import load_surface
from brainforecast.readers.targets import names_by_hemi
from brainforecast.results.map_files import read_map


def plot_surfaces(
    path_to_left: str,
    path_to_right: str,
    path_to_targets: str,
    paths_to_figure: list[str],
    *,
    stat: str,
    space: str,
    surfaces: str | None,
) -> None:
    """Draw the two hemispheres of one map, with borders of lobes; title and unit are in the metadata of its files."""
    (left, metadata), (right, _) = read_map(path_to_left), read_map(path_to_right)
    meshes, sulci = load_surface(space, "inflated", surfaces), load_surface(space, "sulc", surfaces)
    lobes = names_by_hemi(pd.read_parquet(path_to_targets), "lobe")
    figure = draw_surface_map({"L": left, "R": right}, meshes, sulci, lobes, stat=stat, metadata=metadata)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_surfaces(
            snakemake.input.left,
            snakemake.input.right,
            snakemake.input.targets,
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            space=snakemake.params.space,
            surfaces=snakemake.params.surfaces or folder_of(snakemake.input.surfaces),
        )
