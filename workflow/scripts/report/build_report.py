"""Build the report: one HTML file with every figure, table, parameter and exclusion of the run."""

from pathlib import Path

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.report.assemble import assemble
from brainforecast.report.inputs import ReportInputs, read_exclusions, read_tables
from brainforecast.report.page import embed_figures, write_report
from brainforecast.report.paper import read_paper
from brainforecast.results.selection import read_subjects
from brainforecast.storage.parquet import read_json, read_provenance
from brainforecast.storage.responses import read_subject_summary


def build_report(
    paths_to_tables: dict[str, str],
    paths_to_subject_tables: dict[str, list[str]],
    path_to_exclusions: str,
    path_to_provenance: str,
    paths_to_words: list[str],
    paths_to_responses: list[str],
    paths_to_figures: list[str],
    path_to_paper: str,
    path_to_template: str,
    path_to_report: str,
    *,
    config: dict,
    q_level: float,
) -> None:
    """Put tables, figures and settings of one run into one file; captions are in the folder of the template."""
    tables = read_tables(paths_to_tables, config["maps"]) | {"exclusions": read_exclusions(path_to_exclusions)}
    tables |= {name: read_subjects(paths) for name, paths in paths_to_subject_tables.items()}
    words = {Path(path).stem: pd.read_parquet(path) for path in paths_to_words}
    subjects = [read_subject_summary(path) for path in paths_to_responses]
    figures = embed_figures(paths_to_figures, Path(path_to_template).parent, len(subjects))
    provenance, paper = read_json(path_to_provenance), read_paper(path_to_paper)
    about_words = {Path(path).stem: read_provenance(path) for path in paths_to_words}
    target_notes = read_provenance(paths_to_tables["targets"]).get("notes", [])
    inputs = ReportInputs(tables, words, subjects, provenance, figures, paper, about_words, target_notes)
    write_report(assemble(inputs, config, q_level=q_level), path_to_template, path_to_report)


if __name__ == "__main__":
    with job(snakemake):
        build_report(
            {name: snakemake.input[name] for name in ("targets", *snakemake.params.tables)},
            {name: list(snakemake.input[name]) for name in snakemake.params.subject_tables},
            snakemake.input.exclusions,
            snakemake.input.provenance,
            list(snakemake.input.words),
            list(snakemake.input.responses),
            list(snakemake.input.figures),
            snakemake.input.paper,
            snakemake.input.template,
            snakemake.output.report,
            config=snakemake.params.config,
            q_level=snakemake.params.q_level,
        )
