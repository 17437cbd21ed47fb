"""Tabulate the subjects and stories that are used, where stories start, and counts next to those of the paper."""

from brainforecast.jobs.context import job
from brainforecast.results.plan_tables import log_counts, plan_tables, read_paper_counts
from brainforecast.storage.parquet import write_tsv


def build_plan(
    path_to_paper: str,
    paths_to_tables: dict[str, str],
    *,
    rows: list[dict],
    starts: list[dict],
    story_sets: dict[str, list[str]],
    cells: list[int],
    n_jobs: int,
    notes: list[str],
) -> None:
    """Write the tables of the plan, and log its counts and notes."""
    tables = plan_tables(rows, starts, story_sets, cells, n_jobs, paper=read_paper_counts(path_to_paper))
    for name, path in paths_to_tables.items():
        write_tsv(tables[name], path)
    log_counts(tables["counts"], notes)


if __name__ == "__main__":
    with job(snakemake):
        build_plan(
            snakemake.input.paper,
            dict(snakemake.output.items()),
            rows=snakemake.params.rows,
            starts=snakemake.params.starts,
            story_sets=snakemake.params.story_sets,
            cells=snakemake.params.cells,
            n_jobs=snakemake.params.n_jobs,
            notes=list(snakemake.params.notes),
        )
