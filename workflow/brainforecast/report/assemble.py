"""The report of a run: one HTML file that opens anywhere, with every figure, table and parameter inside.

Nothing is computed here beyond counting and formatting: each number comes from a table of the run, named beside it.
"""

import base64
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import jinja2
import pandas as pd
import yaml

from brainforecast.cells import LISTENERS
from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.report.components import check_table, peak_table
from brainforecast.report.counterparts import Run
from brainforecast.report.findings import findings, key_numbers
from brainforecast.report.finetuning import gain_findings, gain_tables
from brainforecast.report.paper import paper_table
from brainforecast.report.reliability import reliability
from brainforecast.report.tables import (
    contrasts,
    exclusions,
    lobes,
    parameters,
    stories,
    story_sets,
    story_table,
    target_table,
    top_regions,
    used_runs,
)
from brainforecast.results.selection import read_rows, read_rows_if_any, rows
from brainforecast.storage.parquet import software_versions

MEDIA = {".png": "image/png", ".svg": "image/svg+xml"}


def assemble(
    tables: Mapping[str, pd.DataFrame],
    words: Mapping[str, pd.DataFrame],
    listeners: Sequence[Mapping],
    config: Mapping,
    *,
    provenance: Mapping,
    figures: Sequence[Mapping],
    paper: Sequence[Mapping[str, str]],
    q_level: float,
) -> dict:
    """Everything the template shows.

    Parameters
    ----------
    tables : ``targets``, ``brain_scores``, ``forecast_scores``, ``forecast_distance``, ``forecast_depth``,
        ``roi_scores``, ``reliability``, ``widths``, ``symmetry``, ``contrasts`` (of the group), ``roi_distances``,
        ``roi_depths`` (of every subject) and ``exclusions``; ``component_peaks`` and ``component_checks`` where asked;
        with a fine-tuning, ``finetuning_gains``, ``finetuning_losses`` and ``finetuning_probe``.
    words : table of words of each story.
    listeners : what `read_listener` gives for each subject.
    config : the validated config, defaults filled in.
    provenance : ``simulated``, ``tr`` (s), ``notes`` (sentences), ``versions`` and ``config_hash`` of the run.
    figures : from `embed_figures`.
    paper : the paper's statements, from `brainforecast.report.paper.read_paper`.
    q_level : q-values below it are called significant.

    Returns
    -------
    context : config, cell, dataset, simulated, numbers, findings, asked, paper, figures, tables, notes, versions,
        config_text, config_hash, and what the methods need.
    """
    cell = config["maps"]
    heard = stories(words, listeners, provenance["tr"])
    run = Run(tables, heard, listeners, config, simulated=provenance["simulated"], tr=provenance["tr"])
    return {
        "config": config,
        "cell": cell,
        "dataset": config["dataset"]["name"],
        "simulated": provenance["simulated"],
        "tr": f"{provenance['tr']:g}",
        "q_level": f"{q_level:g}",
        "numbers": key_numbers(tables, heard, listeners, cell),
        "findings": [
            *findings(tables, cell, q_level),
            *gain_findings(tables, q_level),
        ],
        "asked": reported_sections(config, tables),
        "paper": paper_table(paper, run),
        "figures": list(figures),
        "tables": _tables(tables, heard, listeners, cell, q_level),
        "parameters": parameters(config),
        "notes": list(provenance["notes"]),
        "versions": {"python": platform.python_version()} | provenance["versions"] | software_versions(DRAWN_WITH),
        "config_text": yaml.safe_dump(_plain(config), sort_keys=False, allow_unicode=True),
        "config_hash": provenance["config_hash"],
    }


def reported_sections(config: Mapping, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the methods and the reading guide have to tell of: ceiling, depth, widths, and every source."""
    analyses = config["analyses"].values()
    sources = sorted({source for analysis in analyses for source in analysis.get("sources", ())})
    ceiling = ["ceiling"] if any(LISTENERS in analysis["models"] for analysis in analyses) else []
    rows_of = {"depth": tables["forecast_depth"], "widths": tables["widths"]}
    return [*ceiling, *(name for name, table in rows_of.items() if len(table)), *sources]


DRAWN_WITH = ("matplotlib", "jinja2")  # beside the packages that made the numbers


def write_report(context: Mapping, path_to_template: str | Path, path: str | Path) -> None:
    """Write the page; the same context gives the same bytes."""
    with atomic(path) as temporary:
        temporary.write_text(render(context, path_to_template), encoding="utf-8")


def render(context: Mapping, path_to_template: str | Path) -> str:
    """The template with the context of `assemble`; a value the context lacks is an error, never an empty place."""
    template = Path(path_to_template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(context)


def embed_figure(path_to_figure: str | Path, captions: str | Path, n_subjects: int) -> dict[str, object]:
    """A figure as a data URI, with its caption: a first line in bold is its title, the rest its paragraphs.

    Captions are templates: they ask for ``snakemake.params.n_subjects`` and, where figures of one rule share a caption,
    for ``snakemake.wildcards.stat``, as `snakemake --report` renders them.
    """
    figure = Path(path_to_figure)
    if figure.suffix not in MEDIA:
        raise BadInput(figure, f"a file of type {figure.suffix or 'none'}", "a .png or .svg figure")
    path, stat = _caption_of(figure.stem, Path(captions))
    caption = jinja2.Template(path.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined)
    text = caption.render(snakemake={"params": {"n_subjects": n_subjects}, "wildcards": {"stat": stat}})
    title, *paragraphs = [" ".join(block.split()) for block in text.strip().split("\n\n")]
    data = base64.b64encode(figure.read_bytes()).decode()
    return {
        "name": figure.stem,
        "title": title.strip("*"),
        "caption": paragraphs,
        "src": f"data:{MEDIA[figure.suffix]};base64,{data}",
    }


def _caption_of(stem: str, captions: Path) -> tuple[Path, str]:
    """The caption of a figure's own name; else the one its kind shares, and which of the kind it is."""
    kind, _, stat = stem.partition("_")
    own = captions / f"{stem}.rst"
    return (own, "") if own.is_file() else (captions / f"{kind}.rst", stat)


def embed_figures(paths: Iterable[str | Path], captions: str | Path, n_subjects: int) -> list[dict]:
    """Each figure with its caption in the folder `captions`."""
    return [embed_figure(path, captions, n_subjects) for path in paths]


def read_tables(paths: Mapping[str, str | Path], cell: Mapping) -> dict[str, pd.DataFrame]:
    """Read each table by name; of the big ones, a row per target and cell, only the rows of the cell that is told."""
    told = {
        "brain_scores": ("model", "layer"),
        "forecast_scores": ("model", "layer", "source", "width", "distance"),
        "forecast_distance": ("model", "layer", "width"),  # every source: the null's argmax is told too
    }
    tables = {
        name: read_rows(path, **{key: cell[key] for key in told.get(name, ())})
        for name, path in paths.items()
        if name != "forecast_depth"
    }
    depth = {"model": cell["model"], "width": cell["width"], "distance": cell["depth_distance"]}
    return tables | {"forecast_depth": read_rows_if_any(paths["forecast_depth"], **depth)}


def read_exclusions(path: str | Path) -> pd.DataFrame:
    """Every run, used or not, as text: subject, story, run, used, reason."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).replace("n/a", "")


def _tables(tables: Mapping, heard: pd.DataFrame, listeners: Sequence[Mapping], cell: Mapping, q_level: float) -> list:
    R = rows(tables["brain_scores"], "group/brain_scores", model=cell["model"], layer=cell["layer"])
    shown = [
        top_regions(tables["roi_scores"], cell, q_level),
        lobes(tables["roi_scores"], cell),
        reliability(tables, cell, q_level),
        contrasts(tables["contrasts"], cell, q_level),
        peak_table(tables["component_peaks"], cell, q_level) if "component_peaks" in tables else None,
        check_table(tables["component_checks"]) if "component_checks" in tables else None,
        *gain_tables(tables, q_level),
        story_table(heard),
        story_sets(listeners, heard),
        target_table(tables["targets"], R, listeners),
        exclusions(tables["exclusions"]),
        used_runs(tables["exclusions"]),
    ]
    return [table for table in shown if table is not None]


def _plain(value: object) -> object:
    """Config values as plain dicts and lists; Snakemake hands on its own kinds."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
