"""Build the table of targets: vertex, region, lobe and coordinates of each column of the responses."""

from brainforecast.files import folder_of
from brainforecast.jobs.context import job
from brainforecast.readers.atlas import with_input_files
from brainforecast.readers.targets import UNITS, describe_targets
from brainforecast.storage.parquet import write_table


def build_targets(
    path_to_run: str | None,
    path_to_targets: str,
    *,
    response: str,
    space: str | None,
    atlas: dict | None,
    surfaces: str | None,
    simulated: bool = False,
) -> None:
    """Write the table of the vertices of a surface space, or of the regions of a run."""
    targets = describe_targets(response, space=space, atlas=atlas, folder=surfaces, path_to_run=path_to_run)
    provenance = {"response": response, "space": space, "atlas": atlas, "surfaces": surfaces, "run": path_to_run}
    write_table(targets, path_to_targets, units=UNITS, provenance={**provenance, "simulated": simulated})


if __name__ == "__main__":
    with job(snakemake):
        build_targets(
            snakemake.input.run or None,  # an empty list for surfaces
            snakemake.output.targets,
            response=snakemake.params.response,
            space=snakemake.params.space,
            atlas=with_input_files(
                snakemake.params.atlas, {key: snakemake.input[f"atlas_{key}"] for key in ("L", "R", "lobes")}
            ),
            surfaces=snakemake.params.surfaces or folder_of(snakemake.input.surfaces),
            simulated=snakemake.params.simulated,
        )
