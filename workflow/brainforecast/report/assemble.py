"""The report of a run: one HTML file that opens anywhere, with every figure, table and parameter inside.

Nothing is computed here beyond counting and formatting: each number comes from a table of the run, named with it.
"""

import platform
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from brainforecast.cells import LISTENERS
from brainforecast.planning.denoising import describe_denoising
from brainforecast.planning.grammar import corpus_of, parser_of
from brainforecast.report.answer import answer
from brainforecast.report.censoring import censoring_table
from brainforecast.report.cite import NAME, cite, software_version
from brainforecast.report.comparison import models_section
from brainforecast.report.components import check_table, peak_table
from brainforecast.report.data_notes import data_table
from brainforecast.report.data_tables import (
    describe_stories,
    exclusion_table,
    run_table,
    story_set_table,
    story_table,
    target_table,
)
from brainforecast.report.findings import findings, key_numbers
from brainforecast.report.finetuning import gain_findings, gain_tables
from brainforecast.report.formatting import Table
from brainforecast.report.inputs import ReportInputs
from brainforecast.report.models import kinds_of, model_texts
from brainforecast.report.paper import paper_table
from brainforecast.report.peaks import grid_text, recovery_text
from brainforecast.report.planted import planted_table
from brainforecast.report.reliability import reliability_table
from brainforecast.report.run import Run
from brainforecast.report.score_tables import brain_lobe_table, contrast_table, lobe_table, region_table
from brainforecast.report.sensitivity import sensitivity_table
from brainforecast.report.settings import config_text, parameters
from brainforecast.report.verdicts import verdict_panel
from brainforecast.results.selection import model_label, select_rows
from brainforecast.sources import SOURCES
from brainforecast.storage.parquet import software_versions

DRAWN_WITH = ("matplotlib", "jinja2")  # in addition to the packages that computed the numbers


def assemble(inputs: ReportInputs, config: Mapping, *, q_level: float) -> dict:
    """Everything the template shows.

    Parameters
    ----------
    inputs : tables, figures and provenance of the run.
    config : the validated config, defaults filled in.
    q_level : q-values below it are called significant.

    Returns
    -------
    context : config, cell, forecast (whether windows are scored), n_subjects, dataset, simulated, answer, verdict,
        models, numbers, findings, reported, paper, figure_groups, tables, data, cite, versions, config_text,
        config_hash, how long the reported distance is, the grid of d* and its bias, and what the methods need.
    """
    tables, provenance, cell = inputs.tables, inputs.provenance, config["maps"]
    stories = describe_stories(inputs.words, inputs.subjects, provenance["tr"])
    run = Run(
        tables, stories, inputs.subjects, config, provenance["simulated"], tr=provenance["tr"], words=inputs.words
    )
    numbers, verdict = key_numbers(run), verdict_panel(run)
    figures = [{**figure, "number": index} for index, figure in enumerate(inputs.figures, start=1)]
    opening = answer(run, numbers, figures, q_level)
    groups = figure_groups([figure for figure in figures if figure is not opening["figure"]])
    return {
        "config": config,
        "cell": cell,
        "reported_model": model_label(cell["model"], kinds_of(tables["models"]).get(cell["model"])),
        "forecast": run.has_forecast,
        "n_subjects": len(inputs.subjects),
        "dataset": config["dataset"]["name"],
        "simulated": provenance["simulated"],
        "tr": f"{provenance['tr']:g}",
        "q_level": f"{q_level:g}",
        "answer": opening,
        "verdict": verdict,
        "figure_groups": groups,
        "map_files": list(inputs.map_files),
        "cite": cite(run, inputs.references, provenance, q_level, inputs.commit),
        "n_stories": len(stories),
        "models": models_section(run, q_level),
        "model_texts": model_texts(tables["models"], config),
        "numbers": numbers,
        "findings": [*findings(run, q_level), *gain_findings(tables, q_level)],
        "reported": reported_sections(run),
        "parser": parser_of(config),
        "corpus": ", ".join(PurePath(text).stem for text in corpus_of(config)),
        "seconds": run.seconds(cell["distance"]) if run.has_forecast else "",
        "grid": grid_text(run) if run.has_distances else "",
        "recovery": recovery_text(run),
        "source_texts": [SOURCES[source].text for source in sorted(run.scored_sources()) if SOURCES[source].text],
        "paper": paper_table(inputs.paper, run),
        "tables": _tables(run, q_level),
        "parameters": parameters(config),
        "removed": "; ".join(describe_denoising(config["dataset"])),
        "data": data_table(run, [*provenance["notes"], *inputs.target_notes], inputs.about_words),
        "versions": {NAME: software_version(inputs.commit), "python": platform.python_version()}
        | provenance["versions"]
        | software_versions(DRAWN_WITH),
        "config_text": config_text(config),
        "config_hash": provenance["config_hash"],
    }


def figure_groups(figures: Sequence[Mapping]) -> list[dict[str, object]]:
    """Figures under the heading of their category, in the order in which categories first appear."""
    groups: dict[str, list[Mapping]] = {}
    for figure in figures:
        groups.setdefault(figure["category"], []).append(figure)
    return [{"title": title, "figures": found} for title, found in groups.items()]


def reported_sections(run: Run) -> list[str]:
    """What the methods and the reading guide have to cover: ceiling, depth, widths, and every source."""
    ceiling = any(LISTENERS in analysis["models"] for analysis in run.config["analyses"].values())
    depth, widths = (len(run.tables.get(name, ())) for name in ("forecast_depth", "widths"))
    found = {"ceiling": ceiling, "peak": run.has_distances, "depth": depth, "widths": widths}
    return [*(name for name, has_rows in found.items() if has_rows), *sorted(run.scored_sources())]


def _forecast_tables(run: Run, q_level: float) -> list[Table | None]:
    """The tables of F, d* and k*, where windows are scored."""
    return [
        lobe_table(run.tables["roi_scores"], run.cell),
        planted_table(run, q_level),
        reliability_table(run.tables, run.cell, q_level),
        contrast_table(run, q_level),
    ]


def _tables(run: Run, q_level: float) -> list[Table]:
    tables, cell = run.tables, run.cell
    R = select_rows(tables["brain_scores"], "group/brain_scores", **run.hidden_state)
    shown = [
        region_table(tables["roi_scores"], cell, q_level),
        *(_forecast_tables(run, q_level) if run.has_forecast else [brain_lobe_table(tables["roi_scores"], cell)]),
        sensitivity_table(tables["sensitivity"]) if "sensitivity" in tables else None,
        peak_table(run, q_level) if "component_peaks" in tables else None,
        check_table(tables["component_checks"]) if "component_checks" in tables else None,
        *gain_tables(tables, q_level),
        story_table(run.stories),
        story_set_table(run.subjects, run.stories),
        target_table(tables["targets"], R, run.subjects),
        censoring_table(run.subjects),
        exclusion_table(tables["exclusions"]),
        run_table(tables["exclusions"]),
    ]
    return [table for table in shown if table is not None]
