"""Differences of peaks and scores between regions, and between the hemispheres.

Differences are taken within subjects and tested over subjects.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput, nearest
from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.sources import PRESENT
from brainforecast.statistics.inference import summarise
from brainforecast.storage.columns import CELL, PEAK_CELLS, REGION

logger = logging.getLogger("brainforecast")

EFFECT = ["effect", "ci_low", "ci_high", "p_value"]
CONTRAST_COLUMNS = ["contrast", "measure", *CELL, "hemi", *EFFECT, "n_subjects"]
SYMMETRY_COLUMNS = ["measure", *CELL, "level", "roi", *EFFECT, "q_value", "n_subjects"]
PEAKS = {  # columns: mean over the targets' peaks, peak of the region's own curve
    "forecast_distance": ("forecast_distance", "peak_distance"),
    "forecast_depth": ("forecast_depth", "peak_depth"),
}


def contrast_rows(paths: Mapping[str, Sequence[str | Path]], contrasts: Sequence[Mapping]) -> pd.DataFrame:
    """First region minus second within subjects: effect, 95 % interval, signed-rank p.

    Parameters
    ----------
    paths : the subjects' tables of regional peaks, by measure (forecast_distance, forecast_depth).
    contrasts : each with `name`, `measure`, `first` and `second`: regions as {level, roi}, where roi is a name or a
        list of names that are pooled; a name that ends in ``*`` stands for all names with this prefix.

    Raises
    ------
    BadInput : a region without targets.
    """
    rows = [
        row
        for measure, columns in PEAKS.items()
        for row in _contrasts_of(measure, columns, paths[measure], [c for c in contrasts if c["measure"] == measure])
    ]
    return cast(pd.DataFrame(rows, columns=CONTRAST_COLUMNS))


def symmetry_rows(
    paths_to_peaks: Mapping[str, Sequence[str | Path]], paths_to_scores: Sequence[str | Path], cell: Mapping
) -> pd.DataFrame:
    """Left minus right of every region within subjects; q-values are over the regions of one level.

    Parameters
    ----------
    paths_to_peaks : as for `contrast_rows`.
    paths_to_scores : the subjects' tables of regional scores.
    cell : the reported model, layer, source, width and distance; `depth_distance` if that of depths differs.
    """
    window = {key: cell[key] for key in CELL}
    depth_window = window if cell.get("depth_distance") is None else window | {"distance": cell["depth_distance"]}
    measures = {  # paths, column, cell
        "forecast_distance": (paths_to_peaks["forecast_distance"], "forecast_distance", window),
        "forecast_depth": (paths_to_peaks["forecast_depth"], "forecast_depth", depth_window),
        "brain_score": (paths_to_scores, "mean", window | {"source": PRESENT, "width": 0, "distance": 0}),
        "forecast_score": (paths_to_scores, "mean", window),
    }
    frames = [frame for measure, chosen in measures.items() for frame in _symmetry_of(measure, *chosen)]
    return cast(pd.concat(frames or [empty_frame(SYMMETRY_COLUMNS)], ignore_index=True)[SYMMETRY_COLUMNS])


def matches(names: pd.Series, pattern: str) -> np.ndarray:
    """Which names equal the pattern or, if it ends in ``*``, start with it."""
    return (names.str.startswith(pattern[:-1]) if pattern.endswith("*") else names == pattern).to_numpy()


def _contrasts_of(
    measure: str, columns: Sequence[str], paths: Sequence[str | Path], contrasts: Sequence[Mapping]
) -> Iterator[dict]:
    with CellTables(paths, PEAK_CELLS[measure]) as tables:
        if contrasts and not tables.cells:
            logger.info("no analysis has a %s: its contrasts are left out", measure.replace("_", " "))
        for index, cell in enumerate(tables.cells):
            frames = tables.frames(index, [*REGION, "n_targets", *columns])
            for contrast in contrasts:
                for hemi in (None, "L", "R"):
                    for column in columns:
                        first, second = (_region(frames, contrast, side, hemi, column) for side in ("first", "second"))
                        if np.isfinite(first - second).any():
                            effect = _effects((first - second)[:, None]).iloc[0]
                            yield {"contrast": contrast["name"], "measure": column, **cell, "hemi": hemi, **effect}


def _region(frames: Sequence[pd.DataFrame], contrast: Mapping, side: str, hemi: str | None, column: str) -> np.ndarray:
    """The mean over one side's regions, weighted by their targets, (n_subjects,); NaN where a subject has none."""
    names = frames[0]
    in_hemi = names["hemi"].isna() if hemi is None else names["hemi"] == hemi
    here = _rows_named(names, contrast, side) & in_hemi.to_numpy()
    values = np.array([frame[column][here].to_numpy(float) for frame in frames])
    n_targets = np.array([frame["n_targets"][here].to_numpy(float) for frame in frames])
    weights = np.where(np.isfinite(values), n_targets, 0)
    sums, total = (weights * np.nan_to_num(values)).sum(axis=1), weights.sum(axis=1)
    return np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0)


def _rows_named(names: pd.DataFrame, contrast: Mapping, side: str) -> np.ndarray:
    """Which rows of `names` belong to one side of the contrast, (n_regions,) bool."""
    region = contrast[side]
    level = (names["level"] == region["level"]).to_numpy()
    patterns = [region["roi"]] if isinstance(region["roi"], str) else region["roi"]
    found = {pattern: level & matches(names["roi"], pattern) for pattern in patterns}
    for pattern, rows in found.items():
        if not rows.any():
            near = nearest(pattern, names["roi"][level])
            where = f"config contrasts, {contrast['name']}, {side}"
            raise BadInput(where, f"{region['level']} {pattern}", f"one that targets.parquet has; nearest is {near}")
    return np.any(list(found.values()), axis=0)


def _symmetry_of(measure: str, paths: Sequence[str | Path], column: str, cell: Mapping) -> Iterator[pd.DataFrame]:
    """A frame per level; none where the cell was not scored."""
    score = {"score": measure} if column == "mean" else {}
    keys = [*score, *(CELL if column == "mean" else PEAK_CELLS[measure])]
    with CellTables(paths, keys) as tables:
        index = tables.index(**{key: {**cell, **score}[key] for key in keys})
        if index is None:
            return
        frames = tables.frames(index, [*REGION, column])
        values = np.array([frame[column].to_numpy(float) for frame in frames])
        columns = {name: tables.cells[index].get(name) for name in CELL}
        for level, pairs in _pairs(frames[0]).groupby("level", sort=False):
            found = _effects(values[:, pairs["L"]] - values[:, pairs["R"]])
            yield found.assign(measure=measure, **columns, level=level, roi=pairs["roi"].to_numpy())


def _pairs(names: pd.DataFrame) -> pd.DataFrame:
    """level, roi, and the row indices L and R of each region that both hemispheres have."""
    rows = names[["level", "roi", "hemi"]].assign(row=np.arange(len(names)))
    left, right = (rows[rows["hemi"] == hemi].drop(columns="hemi").rename(columns={"row": hemi}) for hemi in "LR")
    return left.merge(right, on=["level", "roi"])


def _effects(differences: np.ndarray) -> pd.DataFrame:
    """Statistics over subjects of (n_subjects, n_regions) differences, a row per region."""
    return pd.DataFrame(summarise(differences)).rename(columns={"mean": "effect"})
