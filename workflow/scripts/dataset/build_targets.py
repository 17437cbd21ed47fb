"""Build the table of targets: vertex, region, lobe and coordinates of each column of the responses, and their space."""

from collections.abc import Sequence

from brainforecast.dataset.spaces import find_surface
from brainforecast.files import folder_of
from brainforecast.jobs.context import job
from brainforecast.readers.atlas import with_input_files
from brainforecast.readers.own_atlas import describe_all
from brainforecast.readers.target_files import TargetFiles
from brainforecast.readers.targets import UNITS
from brainforecast.storage.geometry import write_geometry
from brainforecast.storage.parquet import write_table


def build_targets(
    paths_to_runs: Sequence[str],
    paths_to_masks: Sequence[str],
    path_to_targets: str,
    path_to_geometry: str,
    *,
    response: str,
    space: str | None,
    density: str | None = None,
    atlases: Sequence[dict] = ({},),
    is_own: bool = False,
    n_masks: Sequence[int] = (),
    has_meshes: bool = True,
    surfaces: str | None = None,
    simulated: bool = False,
) -> None:
    """Write the targets that all subjects share, or those of the atlas of each; `n_masks` is the masks of each."""
    surface = find_surface(space, density) if density else None
    n_files, subjects = len(paths_to_runs) // len(atlases), []
    for i, atlas in enumerate(atlases):
        run, start = paths_to_runs[i * n_files : (i + 1) * n_files], sum(n_masks[:i])
        masks = paths_to_masks[start : start + n_masks[i]] if is_own and n_masks else paths_to_masks
        subjects.append(TargetFiles(space, surface, atlas, surfaces, has_meshes, run, masks))
    targets, geometry = describe_all(response, subjects, is_own=is_own)
    provenance = {"response": response, "space": space, "density": density, "atlas": list(atlases),
                  "surfaces": surfaces, "runs": list(paths_to_runs), "notes": list(geometry.notes)}  # fmt: skip
    write_table(targets, path_to_targets, units=UNITS, provenance={**provenance, "simulated": simulated})
    write_geometry(geometry, path_to_geometry)


if __name__ == "__main__":
    with job(snakemake):
        named, params = {key: snakemake.input[f"atlas_{key}"] for key in ("L", "R", "lobes")}, snakemake.params
        build_targets(
            list(snakemake.input.runs),
            list(snakemake.input.masks),
            snakemake.output.targets,
            snakemake.output.geometry,
            atlases=[with_input_files(atlas, named) for atlas in params.atlases],
            surfaces=params.surfaces or folder_of(snakemake.input.surfaces),
            **{key: params[key] for key in ("response", "space", "density", "is_own", "n_masks", "has_meshes")},
            simulated=params.simulated,
        )
