"""Plot one group map of voxels: axial slices on the template that nilearn ships, if the space is one of MNI152."""

import nibabel

from brainforecast.figures.style import save_figure
from brainforecast.figures.volumes import draw_volume_map, load_background
from brainforecast.jobs.context import job
from brainforecast.results.map_files import read_map


def plot_volumes(path_to_map: str, paths_to_figure: list[str], *, stat: str, space: str) -> None:
    """Draw one map; its title and unit are in the metadata of its file."""
    _, metadata = read_map(path_to_map)
    figure = draw_volume_map(nibabel.load(path_to_map), load_background(space), stat=stat, metadata=metadata)
    save_figure(figure, *paths_to_figure)


if __name__ == "__main__":
    with job(snakemake):
        plot_volumes(
            snakemake.input.maps[0],
            list(snakemake.output),
            stat=snakemake.wildcards.stat,
            space=snakemake.params.space,
        )
