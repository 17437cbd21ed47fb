"""Build the table of targets: vertex, region, lobe and place of each column of the responses."""

from brainforecast.job import job
from brainforecast.surfaces import UNITS, describe_targets
from brainforecast.tables import write_table


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
    with job(snakemake):  # noqa: F821
        build_targets(
            snakemake.input.run or None,  # noqa: F821  # an empty list for surfaces
            snakemake.output.targets,  # noqa: F821
            response=snakemake.params.response,  # noqa: F821
            space=snakemake.params.space,  # noqa: F821
            atlas=snakemake.params.atlas,  # noqa: F821
            surfaces=snakemake.params.surfaces,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
