"""Differences of peaks and scores between regions, and between the hemispheres.

The argmax of a curve drifts to the middle of the grid where the curve is noisy, so a difference of peaks is compared
with the one that two regions with a common curve show at their own signal-to-noise. Tests are over subjects of this
recording.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput, nearest
from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.sources import PRESENT
from brainforecast.statistics.inference import summarise
from brainforecast.statistics.matched_peaks import MatchedPeaks
from brainforecast.statistics.peaks import peak
from brainforecast.storage.columns import CELL, PEAK_CELLS, REGION

logger = logging.getLogger("brainforecast")

EFFECT = ["effect", "ci_low", "ci_high", "p_value"]
CONTRAST_COLUMNS = ["contrast", "measure", *CELL, "hemi", *EFFECT, "bias", "p_matched", "n_subjects"]
SYMMETRY_COLUMNS = ["measure", *CELL, "level", "roi", *EFFECT, "q_value", "n_subjects"]
AXES = {"forecast_distance": "distance", "forecast_depth": "layer"}  # what each measure is an argmax over


def contrast_rows(
    paths_to_peaks: Mapping[str, Sequence[str | Path]],
    paths_to_scores: Sequence[str | Path],
    contrasts: Sequence[Mapping],
    *,
    n_draws: int,
    seed: int,
) -> pd.DataFrame:
    """First region minus second: three measures of each contrast, hemisphere and cell, the one that leads first.

    ``group_peak_distance`` is the peak of the region's mean curve over subjects, tested by `MatchedPeaks` alone;
    ``peak_distance`` the mean over subjects of the peak of their own curve; ``forecast_distance`` the mean over
    subjects and targets of each target's peak, as in the paper. For the last two, p_value is the signed-rank test
    within subjects. Depths likewise.

    Parameters
    ----------
    paths_to_peaks : the subjects' tables of regional peaks, by measure (forecast_distance, forecast_depth).
    paths_to_scores : the subjects' tables of regional scores.
    n_draws, seed : of the simulation of bias and p_matched.
    contrasts : each with `name`, `measure`, `first` and `second`: regions as {level, roi}, where roi is a name or a
        list of names that are pooled; a name that ends in ``*`` stands for all names with this prefix.

    Raises
    ------
    BadInput : a region without targets.
    """
    match = partial(MatchedPeaks, n_draws=n_draws, seed=seed)
    rows = []
    for measure in AXES:
        chosen = [contrast for contrast in contrasts if contrast["measure"] == measure]
        if chosen:
            rows += _contrasts_of(measure, paths_to_peaks[measure], paths_to_scores, chosen, match)
    return cast(pd.DataFrame(rows, columns=CONTRAST_COLUMNS))


def symmetry_rows(
    paths_to_peaks: Mapping[str, Sequence[str | Path]], paths_to_scores: Sequence[str | Path], cell: Mapping
) -> pd.DataFrame:
    """Left minus right of every region within subjects; q-values are over the regions of one level.

    Parameters
    ----------
    paths_to_peaks, paths_to_scores : as for `contrast_rows`; no paths to peaks where no windows are scored.
    cell : the reported model, layer, base, source, width and distance; `depth_distance` if that of depths differs.
    """
    window = {key: cell[key] for key in CELL}
    depth_window = window if cell.get("depth_distance") is None else window | {"distance": cell["depth_distance"]}
    measures = {  # paths, column, cell
        "forecast_distance": (paths_to_peaks["forecast_distance"], "forecast_distance", window),
        "forecast_depth": (paths_to_peaks["forecast_depth"], "forecast_depth", depth_window),
        "brain_score": (paths_to_scores, "mean", window | {"source": PRESENT, "width": 0, "distance": 0}),
        "forecast_score": (paths_to_scores, "mean", window),
    }
    scored = {measure: chosen for measure, chosen in measures.items() if chosen[0] and chosen[2]["width"] is not None}
    frames = [frame for measure, chosen in scored.items() for frame in _symmetry_of(measure, *chosen)]
    return cast(pd.concat(frames or [empty_frame(SYMMETRY_COLUMNS)], ignore_index=True)[SYMMETRY_COLUMNS])


def matches(names: pd.Series, pattern: str) -> np.ndarray:
    """Which names equal the pattern or, if it ends in ``*``, start with it."""
    return (names.str.startswith(pattern[:-1]) if pattern.endswith("*") else names == pattern).to_numpy()


def _contrasts_of(
    measure: str,
    paths_to_peaks: Sequence[str | Path],
    paths_to_scores: Sequence[str | Path],
    contrasts: Sequence[Mapping],
    match: Callable[..., MatchedPeaks],
) -> Iterator[dict]:
    score_keys = ["score", *CELL]
    with CellTables(paths_to_peaks, PEAK_CELLS[measure]) as peaks, CellTables(paths_to_scores, score_keys) as scores:
        if not peaks.cells:
            logger.info("no analysis has a %s: its contrasts are left out", measure.replace("_", " "))
        for index, cell in enumerate(peaks.cells):
            frames = peaks.frames(index, [*REGION, "n_targets", measure])
            curves, n_targets, positions = _region_curves(scores, cell, AXES[measure])
            for contrast in contrasts:
                for hemi in (None, "L", "R"):
                    sides = [_rows_named(frames[0], contrast, side, hemi) for side in ("first", "second")]
                    means = (_pooled(_column(frames, measure, x), _column(frames, "n_targets", x)) for x in sides)
                    pair = (_pooled(curves[..., x], n_targets[..., x]) for x in sides)
                    row = {"contrast": contrast["name"], **cell, "hemi": hemi}
                    found = [*_own_peaks(measure, *pair, positions, match), *_mean_of_targets(measure, *means)]
                    yield from (row | columns for columns in _with_bias(found))


def _own_peaks(
    measure: str, first: np.ndarray, second: np.ndarray, positions: np.ndarray, match: Callable[..., MatchedPeaks]
) -> Iterator[dict]:
    """Peak of the group's curve, then of the subjects' own, of two regions' (n_subjects, n_positions) curves."""
    complete = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
    first, second = first[complete], second[complete]
    if len(first) < 2:  # one subject has no residuals
        return
    name, matched = f"peak_{measure.removeprefix('forecast_')}", match(first, second, positions)
    group, (low, high) = matched.group(), matched.group_interval()
    yield {"measure": f"group_{name}", "effect": group.observed, "ci_low": low, "ci_high": high,
           "bias": group.bias, "p_matched": group.p_matched, "n_subjects": len(first)}  # fmt: skip
    own, difference = matched.of_subjects(), peak(first.T, positions) - peak(second.T, positions)
    yield {"measure": name, **_effects(difference[:, None]).iloc[0], "bias": own.bias, "p_matched": own.p_matched}


def _mean_of_targets(measure: str, first: np.ndarray, second: np.ndarray) -> Iterator[dict]:
    """The paper's measure, from the mean of the targets' peaks on both sides, (n_subjects,) each."""
    if np.isfinite(first - second).any():
        yield {"measure": measure, **_effects((first - second)[:, None]).iloc[0]}


def _with_bias(rows: Sequence[dict]) -> Iterator[dict]:
    """The rows of one contrast; the paper's measure with the bias of the subjects' own peaks, which precede it."""
    bias = np.nan
    for row in rows:
        bias = row.get("bias", bias)
        yield {**row, "bias": bias}


def _region_curves(scores: CellTables, cell: Mapping, axis: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forecast scores of every region along `axis`, (n_subjects, n_positions, n_regions), n_targets, and positions."""
    fixed = {"score": "forecast_score", **cell}
    found = {
        scored[axis]: index
        for index, scored in enumerate(scores.cells)
        if all(scored[key] == value for key, value in fixed.items())
    }
    positions = sorted(found)
    frames = [scores.frames(found[position], ["mean", "n_targets"]) for position in positions]
    curves, n_targets = (
        np.array([[frame[column].to_numpy(float) for frame in of_position] for of_position in frames]).swapaxes(0, 1)
        for column in ("mean", "n_targets")
    )
    return curves, n_targets, np.array(positions)


def _column(frames: Sequence[pd.DataFrame], column: str, here: np.ndarray) -> np.ndarray:
    """One column of the subjects' tables in the given rows, (n_subjects, n_rows)."""
    return np.array([frame[column][here].to_numpy(float) for frame in frames])


def _pooled(values: np.ndarray, n_targets: np.ndarray) -> np.ndarray:
    """Mean over the last axis, regions, weighted by their targets; NaN where none has a value."""
    weights = np.where(np.isfinite(values), n_targets, 0)
    sums, total = (weights * np.nan_to_num(values)).sum(axis=-1), weights.sum(axis=-1)
    return np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)


def _rows_named(names: pd.DataFrame, contrast: Mapping, side: str, hemi: str | None) -> np.ndarray:
    """Which rows of `names` belong to one side of the contrast in a hemisphere or, if None, both; (n_regions,) bool."""
    region = contrast[side]
    level = (names["level"] == region["level"]).to_numpy()
    patterns = [region["roi"]] if isinstance(region["roi"], str) else region["roi"]
    found = {pattern: level & matches(names["roi"], pattern) for pattern in patterns}
    for pattern, rows in found.items():
        if not rows.any():
            near = nearest(pattern, names["roi"][level])
            where = f"config contrasts, {contrast['name']}, {side}"
            raise BadInput(where, f"{region['level']} {pattern}", f"one that targets.parquet has; nearest is {near}")
    in_hemi = names["hemi"].isna() if hemi is None else names["hemi"] == hemi
    return np.any(list(found.values()), axis=0) & in_hemi.to_numpy()


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
