"""Build the report: one HTML file with every figure, table, parameter and exclusion of the run."""

from pathlib import Path

import pandas as pd

from brainforecast.figures import read_subjects
from brainforecast.job import job
from brainforecast.report import assemble, embed_figures, read_exclusions, read_listener, read_tables, write_report
from brainforecast.report_paper import read_paper
from brainforecast.tables import read_json


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
    with job(snakemake):  # noqa: F821
        build_report(
            {name: snakemake.input[name] for name in TABLES}  # noqa: F821
            | {name: path for name in IF_ASKED for path in snakemake.input[name]},  # noqa: F821
            {name: list(snakemake.input[name]) for name in ("roi_distances", "roi_depths")},  # noqa: F821
            snakemake.input.exclusions,  # noqa: F821
            snakemake.input.provenance,  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            list(snakemake.input.responses),  # noqa: F821
            list(snakemake.input.figures),  # noqa: F821
            snakemake.input.paper,  # noqa: F821
            snakemake.input.template,  # noqa: F821
            snakemake.output.report,  # noqa: F821
            config=snakemake.params.config,  # noqa: F821
            q_level=snakemake.params.q_level,  # noqa: F821
        )
