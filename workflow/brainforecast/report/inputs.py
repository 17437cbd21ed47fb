"""What a report is made from, and the readers of the tables that need more than one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from brainforecast.results.selection import read_rows, read_rows_if_any
from brainforecast.storage.columns import CELL, SCORE_CELLS

REPORTED = {  # the keys that select the rows to read: of the large tables, with a row per target and cell
    "brain_scores": SCORE_CELLS["brain_scores"],
    "forecast_scores": CELL,
    "forecast_distance": ("model", "layer", "base", "width"),  # every source: the null's argmax is reported too
    "finetuning_gains": ("base",),
}


@dataclass(frozen=True)
class ReportInputs:
    """Everything of a run that its report shows.

    Parameters
    ----------
    tables : ``targets``, ``brain_scores``, ``forecast_scores``, ``forecast_distance``, ``forecast_depth``,
        ``roi_scores``, ``reliability``, ``widths``, ``symmetry``, ``contrasts`` (of the group), ``roi_distances``,
        ``roi_depths`` (of every subject) and ``exclusions``; if the config has these analyses, ``component_peaks``,
        ``component_checks``, ``finetuning_gains``, ``finetuning_losses`` and ``finetuning_probe``; ``truth`` where the
        cortex is simulated; ``verdicts`` and ``verdict_checks`` where the config has a verdict.
    words : table of words of each story.
    subjects : from `storage.responses.read_subject_summary`: ``stories``, ``n_trs``, ``n_masked``, ...
    provenance : ``simulated``, ``tr`` (s), ``notes`` (sentences), ``versions`` and ``config_hash`` of the run.
    figures : from `page.embed_figures`.
    paper : the paper's statements, from `paper.read_paper`.
    """

    tables: Mapping[str, pd.DataFrame]
    words: Mapping[str, pd.DataFrame]
    subjects: Sequence[Mapping]
    provenance: Mapping
    figures: Sequence[Mapping]
    paper: Sequence[Mapping[str, str]]


def read_tables(paths: Mapping[str, str | Path], cell: Mapping) -> dict[str, pd.DataFrame]:
    """Read each table by name; of the large ones only the rows of the reported cell."""
    tables = {
        name: read_rows(path, **{key: cell[key] for key in REPORTED.get(name, ())})
        for name, path in paths.items()
        if name != "forecast_depth"
    }
    depth = {key: cell[key] for key in ("model", "base", "width")} | {"distance": cell["depth_distance"]}
    return tables | {"forecast_depth": read_rows_if_any(paths["forecast_depth"], **depth)}


def read_exclusions(path: str | Path) -> pd.DataFrame:
    """Every run, used or not, as text: subject, story, run, used, reason."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).replace("n/a", "")
