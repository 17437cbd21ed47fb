"""Plot one group map of voxels: axial slices on the template that nilearn ships, if the space is one of MNI152."""

import nibabel

from brainforecast.figures.map_style import as_drawn, beside_of
from brainforecast.figures.style import save_figure
from brainforecast.figures.volumes import draw_volume_map, load_background
from brainforecast.jobs.context import job
from brainforecast.results.map_files import by_stat, read_map


def plot_volumes(
    path_to_map: str, paths_beside: list[str], paths_to_figure: list[str], *, stat: str, space: str
) -> None:
    """Draw one map, with those beside it; its title and unit are in the metadata of its file."""
    values, metadata = read_map(path_to_map)
    beside = {name: {"volume": read_map(path)[0]} for name, (path,) in by_stat(paths_beside).items()}
    drawn = as_drawn(stat, {"volume": values}, metadata, beside_of(stat, beside))
    figure = draw_volume_map(drawn, nibabel.load(path_to_map).affine, load_background(space))
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_volumes(
            snakemake.input.maps[0],
            list(snakemake.input.beside),
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            space=snakemake.params.space,
        )
