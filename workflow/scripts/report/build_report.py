"""Build the report: one HTML file with every figure, table, parameter and exclusion of the run."""

from pathlib import Path

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.report.assemble import assemble, embed_figures, read_exclusions, read_tables, write_report
from brainforecast.report.paper import read_paper
from brainforecast.results.selection import read_subjects
from brainforecast.storage.parquet import read_json
from brainforecast.storage.responses import read_listener


def build_report(
    paths_to_tables: dict[str, str],
    paths_to_peaks: dict[str, list[str]],
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
    """Put tables, figures and settings of one run into one file; captions stand beside the template."""
    peaks = {name: read_subjects(paths) for name, paths in paths_to_peaks.items()}
    tables = read_tables(paths_to_tables, config["maps"]) | peaks | {"exclusions": read_exclusions(path_to_exclusions)}
    words = {Path(path).stem: pd.read_parquet(path) for path in paths_to_words}
    listeners = [read_listener(path) for path in paths_to_responses]
    figures = embed_figures(paths_to_figures, Path(path_to_template).parent, len(listeners))
    about = {"provenance": read_json(path_to_provenance), "paper": read_paper(path_to_paper)}
    context = assemble(tables, words, listeners, config, figures=figures, q_level=q_level, **about)
    write_report(context, path_to_template, path_to_report)


IF_ASKED = ("component_peaks", "component_checks", "finetuning_gains", "finetuning_losses", "finetuning_probe")
TABLES = ("targets", "brain_scores", "forecast_scores", "forecast_distance", "forecast_depth", "roi_scores",
          "reliability", "widths", "symmetry", "contrasts")  # fmt: skip

if __name__ == "__main__":
    with job(snakemake):
        build_report(
            {name: snakemake.input[name] for name in TABLES}
            | {name: path for name in IF_ASKED for path in snakemake.input[name]},
            {name: list(snakemake.input[name]) for name in ("roi_distances", "roi_depths")},
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
