"""Plot one group map on the inflated cortex: both hemispheres, from outside and from inside."""

import pandas as pd

from brainforecast.figures import save_figure
from brainforecast.figures_surface import draw_surface_map
from brainforecast.job import job
from brainforecast.maps import read_map
from brainforecast.surfaces import load_surface, names_by_side


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
    """Draw the two hemispheres of one map, with borders of lobes and the title and unit its files carry."""
    (left, about), (right, _) = read_map(path_to_left), read_map(path_to_right)
    meshes, sulci = load_surface(space, "inflated", surfaces), load_surface(space, "sulc", surfaces)
    lobes = names_by_side(pd.read_parquet(path_to_targets), "lobe")
    figure = draw_surface_map({"L": left, "R": right}, meshes, sulci, lobes, stat=stat, about=about)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        plot_surfaces(
            snakemake.input.left,  # noqa: F821
            snakemake.input.right,  # noqa: F821
            snakemake.input.targets,  # noqa: F821
            list(snakemake.output),  # noqa: F821
            stat=snakemake.wildcards.stat,  # noqa: F821
            space=snakemake.params.space,  # noqa: F821
            surfaces=snakemake.params.surfaces,  # noqa: F821
        )
