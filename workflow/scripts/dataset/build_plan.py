"""Tell who is used with which stories, where stories start, and the counts beside the paper's."""

from brainforecast.jobs.context import job
from brainforecast.results.plan_tables import log_counts, plan_tables, read_paper_counts
from brainforecast.storage.parquet import write_tsv


def build_plan(path_to_paper: str, paths_to_tables: dict[str, str], *, notes: list[str], **plan: object) -> None:
    """Write the tables of the plan, and say the counts and what is worth telling."""
    tables = plan_tables(**plan, paper=read_paper_counts(path_to_paper))
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
