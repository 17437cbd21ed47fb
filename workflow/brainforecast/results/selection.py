"""Select rows of result tables by cell, and name cells, windows, regions and numbers of subjects in words."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import PAPER
from brainforecast.errors import BadInput
from brainforecast.planning.models.compared import CONTROLS

ALL_TARGETS, WHOLE = "all targets", "whole brain"
NO_LOBES = ("insula", "cingulate")  # by name


def select_rows(table: pd.DataFrame, name: str, **equal: object) -> pd.DataFrame:
    """Rows of `table` whose columns equal the given values; raises BadInput, with the values present, if none do."""
    kept = table
    for column, value in equal.items():
        present = kept[column].dropna().unique()
        kept = kept[kept[column] == value]
        if kept.empty:
            found = ", ".join(map(str, sorted(present)[:12])) or "nothing"
            raise BadInput(f"{name}, column {column}", f"only {found}", value)
    return kept


def read_rows(path: str | Path, **equal: object) -> pd.DataFrame:
    """Read only the rows whose columns equal the given values: a table of every cell may not fit in memory."""
    table = read_rows_if_any(path, **equal)
    if table.empty and equal:
        raise BadInput(path, "no row of the cell", ", ".join(f"{column} {value}" for column, value in equal.items()))
    return table


def read_rows_if_any(path: str | Path, **equal: object) -> pd.DataFrame:
    """As `read_rows`, for tables of analyses that a config may leave out: having no rows is not an error."""
    filters = [(column, "==", value) for column, value in equal.items()]
    return pd.read_parquet(path, filters=filters or None)


def read_subjects(paths: Iterable[str | Path], **equal: object) -> pd.DataFrame:
    """The tables of all subjects, concatenated; only the rows whose columns equal the given values."""
    return pd.concat([read_rows(path, **equal) for path in paths], ignore_index=True)


def by_hemisphere(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of single hemispheres; if there are none, those that pool both."""
    apart = table[table["hemi"].notna()]
    return apart if len(apart) else table


def word_rate(words: Iterable[pd.DataFrame]) -> float:
    """Words per second of speech: words over the time from the first onset to the last offset, summed over stories."""
    spans = [(len(table), table["offset"].max() - table["onset"].min()) for table in words]
    return sum(n for n, _ in spans) / sum(seconds for _, seconds in spans)


def seconds_ahead(words: Iterable[pd.DataFrame], distance: float) -> tuple[float, float, float]:
    """Seconds from the onset of a word to that of the word `distance` words later: median, 5th and 95th percentile.

    Over all pairs of words inside stories; of a distance between two whole numbers, the nearer one's. NaN where no
    story is that long.
    """
    step = round(distance)
    onsets = [table["onset"].to_numpy(float) for table in words]
    # of a negative distance: the same pairs, seen from the later word
    gaps = np.concatenate(
        [[], *(of_story[abs(step) :] - of_story[: max(len(of_story) - abs(step), 0)] for of_story in onsets)]
    )
    if len(gaps) == 0:
        return (np.nan,) * 3
    median, low, high = np.quantile(gaps if step >= 0 else -gaps, [0.5, 0.05, 0.95])
    return float(median), float(low), float(high)


KIND_LABELS = {"untrained": "untrained", "static": "static vectors", "features": "own features"}


def model_label(model: str, kind: object) -> str:
    """Name of a model; a control, or features that no model here made, is labelled as such."""
    return f"{model} ({KIND_LABELS[kind]})" if kind in KIND_LABELS else model


def controls_rank(models: Iterable[str], kinds: Mapping[str, str]) -> int:
    """Where a pair of models stands: with an untrained one, then with static vectors, then the others."""
    return min(CONTROLS.index(kind) if kind in CONTROLS else len(CONTROLS) for kind in map(kinds.get, models))


def layer_name(cell: Mapping[str, object]) -> str:
    """Model, layer and base of a cell in words; `model_kind` where the model is a control."""
    return f"{model_label(cell['model'], cell.get('model_kind'))} layer {cell['layer']}{base_name(cell)}"


def base_name(cell: Mapping[str, object]) -> str:
    """Base of a cell in words, to follow its model; a base other than the paper's is named."""
    return "" if cell.get("base", PAPER) == PAPER else f", {cell['base']} base"


def window_name(cell: Mapping[str, object]) -> str:
    """Forecast window of a cell in words; a source other than the true words is named."""
    source = "" if cell.get("source", "true") == "true" else f"{cell['source']} "
    return f"{source}window of {cell['width']} words"


def region_label(hemi: object, name: str) -> str:
    """Label of a region, with its hemisphere if it has one."""
    return f"{hemi} {name}" if isinstance(hemi, str) and hemi else name


def lobe_label(lobe: str) -> str:
    """Label of a lobe; of what an atlas has among its lobes, and is none, its own name."""
    return lobe if lobe in NO_LOBES else f"{lobe} lobe"


def place_label(level: str, hemi: object, name: str, whole: str = WHOLE) -> str:
    """Label of a group of targets: the whole brain, in these words, a lobe, or a region; with its hemisphere if any."""
    if level == "all":
        return whole
    return region_label(hemi, lobe_label(name) if level == "lobe" else name)


def subjects_text(n_subjects: Iterable[int]) -> str:
    """Number of subjects in words; a range where it differs between targets."""
    counts = sorted({int(n) for n in n_subjects})
    if not counts:
        return "n = 0 subjects"
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"n = {number} subject{'s' if counts[-1] != 1 else ''}"
