"""Build the table of targets: vertex, region, lobe and place of each column of the responses."""

from brainforecast.jobs.context import job
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
    """Write the table of all vertices of a space, or of the regions of the first run."""
    targets = describe_targets(response, space=space, atlas=atlas, folder=surfaces, path_to_run=path_to_run)
    about = {"response": response, "space": space, "atlas": atlas, "surfaces": surfaces, "run": path_to_run}
    about["simulated"] = simulated
    write_table(targets, path_to_targets, units=UNITS, provenance=about)


if __name__ == "__main__":
    with job(snakemake):
        build_targets(
            snakemake.input.run or None,  # an empty list for surfaces
            snakemake.output.targets,
            response=snakemake.params.response,
            space=snakemake.params.space,
            atlas=snakemake.params.atlas,
            surfaces=snakemake.params.surfaces,
            simulated=snakemake.params.simulated,
        )
