"""Build the report: one HTML file with every figure, table, parameter and exclusion of the run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.report.assemble import assemble
from brainforecast.report.cite import read_references
from brainforecast.report.inputs import ReportInputs, read_exclusions, read_tables
from brainforecast.report.page import embed_figure, write_report
from brainforecast.report.paper import read_paper
from brainforecast.results.selection import read_subjects
from brainforecast.storage.parquet import read_json, read_provenance
from brainforecast.storage.responses import read_subject_summary


def build_report(
    files: Mapping[str, str | list[str]],
    path_to_report: str,
    *,
    config: dict,
    tables: Sequence[str],
    subject_tables: Sequence[str],
    q_level: float,
    map_files: Sequence[str],
) -> None:
    """Put tables, figures and settings of one run into one file; `files` are the inputs of the rule, by name."""
    read = read_tables({name: files[name] for name in ("targets", *tables)}, config["maps"])
    read |= {"exclusions": read_exclusions(files["exclusions"])}
    read |= {name: read_subjects(files[name]) for name in subject_tables}
    subjects = [read_subject_summary(path) for path in files["responses"]]
    template = next(path for path in files["page"] if Path(path).name == "template.html.j2")
    inputs = ReportInputs(
        tables=read,
        words={Path(path).stem: pd.read_parquet(path) for path in files["words"]},
        subjects=subjects,
        provenance=read_json(files["provenance"]),
        figures=[embed_figure(path) for path in files["figures"]],
        paper=read_paper(files["paper"]),
        references=read_references(files["references"]),
        about_words={Path(path).stem: read_provenance(path) for path in files["words"]},
        target_notes=read_provenance(files["targets"]).get("notes", []),
        map_files=map_files,
        commit=read_json(files["commit"]),
    )
    write_report(assemble(inputs, config, q_level=q_level), template, path_to_report, next(iter(files["brain"]), None))


if __name__ == "__main__":
    with job(snakemake):
        build_report(dict(snakemake.input.items()), snakemake.output.report, **dict(snakemake.params.items()))
