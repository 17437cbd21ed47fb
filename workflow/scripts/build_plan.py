"""Tell who is used with which stories, where stories start, and the counts beside the paper's."""

from brainforecast.job import job
from brainforecast.plan_tables import plan_tables, tell
from brainforecast.tables import write_text


def build_plan(paths_to_tables: dict[str, str], *, notes: list[str], **plan: object) -> None:
    """Write the tables of the plan, and say the counts and what is worth telling."""
    tables = plan_tables(**plan)
    for name, path in paths_to_tables.items():
        write_text(tables[name], path)
    tell(tables["counts"], notes)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_plan(
            dict(snakemake.output.items()),  # noqa: F821
            rows=snakemake.params.rows,  # noqa: F821
            starts=snakemake.params.starts,  # noqa: F821
            story_sets=snakemake.params.story_sets,  # noqa: F821
            cells=snakemake.params.cells,  # noqa: F821
            n_jobs=snakemake.params.n_jobs,  # noqa: F821
            notes=list(snakemake.params.notes),  # noqa: F821
        )
