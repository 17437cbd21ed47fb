"""Tell what a run will take, rule by rule, and keep what its jobs have taken so far for the next time."""

from glob import glob

from brainforecast.cost import Job, measure, predict, read_laws, read_measured, tell, write_measured
from brainforecast.job import job


def cost(
    jobs: list[dict], path_to_laws: str, path_to_measured: str, path_to_own: str, paths_to_others: list[str]
) -> None:
    """Print the table of costs."""
    planned = [Job(**about) for about in jobs]
    ran = measure(planned)
    write_measured(ran, path_to_own, machine="this")
    own = [*ran, *(job for path in paths_to_others for job in read_measured(path))]
    print(tell(predict(planned, read_laws(path_to_laws), read_measured(path_to_measured), own), ran))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        own = snakemake.params.own  # noqa: F821
        cost(
            snakemake.params.jobs,  # noqa: F821
            snakemake.input.laws,  # noqa: F821
            snakemake.input.measured,  # noqa: F821
            own,
            sorted(set(glob(f"{own.rpartition('/')[0]}/*.tsv")) - {own}),
        )
