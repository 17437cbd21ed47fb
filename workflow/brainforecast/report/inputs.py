"""What a report is made from, and the readers of the tables that need more than one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from brainforecast.results.selection import read_rows, read_rows_if_any
from brainforecast.storage.columns import CELL, SCORE_CELLS

REPORTED = {  # the keys that select the rows to read: of the large tables, with a row per target and cell
    "brain_scores": SCORE_CELLS["brain_scores"],
    "forecast_scores": CELL,
    "forecast_distance": ("model", "layer", "base", "width"),  # every source: the null's argmax is reported too
    "forecast_depth": ("model", "base", "width", "distance"),
    "finetuning_gains": ("base",),
}


# tables of analyses that a run may lack are not among them
NEVER_EMPTY = ("targets", "models", "brain_scores", "forecast_scores", "roi_scores")


@dataclass(frozen=True)
class ReportInputs:
    """Everything of a run that its report shows.

    Parameters
    ----------
    tables : ``targets``, ``brain_scores``, ``roi_scores``, ``symmetry``, ``models`` (of the group) and ``exclusions``;
        of several models ``model_scores`` and ``model_comparison``; where windows are scored, ``forecast_scores``,
        ``forecast_distance``, ``forecast_depth``, ``reliability``, ``widths``, ``contrasts``, and of every subject
        ``roi_distances`` and ``roi_depths``; with these analyses,
        ``component_peaks``, ``component_checks``, ``finetuning_gains``, ``finetuning_losses`` and
        ``finetuning_probe``; ``truth`` where the cortex is simulated; ``verdicts`` and ``verdict_checks`` where the
        config has a verdict.
    words : table of words of each story.
    subjects : from `storage.responses.read_subject_summary`: ``stories``, ``n_trs``, ``n_masked``, ...
    provenance : ``simulated``, ``tr`` (s), ``notes`` (sentences), ``versions`` and ``config_hash`` of the run.
    figures : from `page.embed_figures`.
    paper : the paper's statements, from `paper.read_paper`.
    about_words : provenance of each story's table of words: what of its alignment is no word.
    target_notes : sentences on what was passed over where targets were looked up in atlases and masks.
    references : what the methods may name, from `cite.read_references`.
    map_files : files of the group's maps, below the results of the study.
    commit : of the code (`jobs.commit.find_commit`); empty where it is not known.
    """

    tables: Mapping[str, pd.DataFrame]
    words: Mapping[str, pd.DataFrame]
    subjects: Sequence[Mapping]
    provenance: Mapping
    figures: Sequence[Mapping]
    paper: Sequence[Mapping[str, str]]
    about_words: Mapping[str, Mapping] = field(default_factory=dict)
    target_notes: Sequence[str] = ()
    references: Sequence[Mapping[str, str]] = ()
    map_files: Sequence[str] = ()
    commit: Mapping[str, object] = field(default_factory=dict)


def read_tables(paths: Mapping[str, str | Path], cell: Mapping) -> dict[str, pd.DataFrame]:
    """Read each table by name; of the large ones only the rows of the reported cell."""
    tables = {
        name: (read_rows if name in NEVER_EMPTY else read_rows_if_any)(path, **_selected(name, cell))
        for name, path in paths.items()
    }
    return tables


def _selected(name: str, cell: Mapping) -> dict:
    """The values that select the rows of a table; k* has a distance of its own."""
    at = {**cell, "distance": cell["depth_distance"]} if name == "forecast_depth" else cell
    return {key: at[key] for key in REPORTED.get(name, ())}


def read_exclusions(path: str | Path) -> pd.DataFrame:
    """Every run, used or not, as text: subject, story, run, used, reason."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).replace("n/a", "")
