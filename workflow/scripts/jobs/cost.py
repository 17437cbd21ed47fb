"""Predict the cost of a run, rule by rule, and keep the measurements of the jobs that have run so far."""

from pathlib import Path

from brainforecast.jobs.context import job
from brainforecast.jobs.cost import (
    Job,
    cost_table,
    measure,
    measured_path,
    predict,
    read_laws,
    read_measured,
    write_measured,
)


def cost(
    jobs: list[dict],
    path_to_laws: str,
    path_to_measured: str,
    path_to_own: Path,
    paths_to_others: list[Path],
    models: list[str],
) -> None:
    """Print the table of costs, and a line on the size of each language model."""
    planned = [Job(**fields) for fields in jobs]
    ran = measure(planned)
    write_measured(ran, path_to_own, machine="this")
    local = [*ran, *(job for path in paths_to_others for job in read_measured(path))]
    print(*models, sep="\n")
    print(cost_table(predict(planned, read_laws(path_to_laws), read_measured(path_to_measured), local), ran))


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
        )
