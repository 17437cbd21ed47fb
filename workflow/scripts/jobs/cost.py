"""Predict the cost of a run, rule by rule, and keep the measurements of the jobs that have run so far."""

from pathlib import Path

from brainforecast.jobs.context import job
from brainforecast.jobs.cost import Job, predict, read_laws
from brainforecast.jobs.cost_table import cost_table, disk_warnings
from brainforecast.jobs.measured import measure, measured_path, read_measured, write_measured


def cost(
    jobs: list[dict],
    path_to_laws: str,
    path_to_measured: str,
    path_to_own: Path,
    paths_to_others: list[Path],
    models: list[str],
    root: str | None,
) -> None:
    """Print the table of costs, and lines on the size of each language model, on devices and on disks."""
    planned, laws = [Job(**fields) for fields in jobs], read_laws(path_to_laws)
    ran = measure(planned)
    write_measured(ran, path_to_own, study="this")
    local = [*ran, *(job for path in paths_to_others for job in read_measured(path))]
    table = cost_table(predict(planned, laws, read_measured(path_to_measured), local), ran)
    print(*models, table, *disk_warnings(planned, laws, root), sep="\n")


if __name__ == "__main__":
    with job(snakemake):
        own = measured_path(snakemake.log[0])
        cost(
            snakemake.params.jobs,
            snakemake.input.laws,
            snakemake.input.measured,
            own,
            sorted(set(own.parent.glob("*.tsv")) - {own}),
            snakemake.params.models,
            snakemake.params.root,
        )
