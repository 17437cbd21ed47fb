"""The tables of the group, from the tables of its subjects.

Every subject's table holds one row group a cell, in the same order, so the group is summarised cell by cell: memory
holds one cell of every subject, never a whole table.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from brainforecast.errors import BadInput
from brainforecast.statistics import describe, summarise

NOT_COMPUTED = {"brain_score": ["noise_ceiling"]}  # columns readers may count on, null until an analysis fills them
TABLE_STATISTICS = ["n_subjects", "mean", "sem", "p_value", "q_value"]


def summarise_cells(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int, statistics: Sequence[str]
) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of one column, a frame per cell.

    Parameters
    ----------
    paths : the subjects' tables; value : the column; keys : the columns that name a cell; n_targets : of the space.
    statistics : names of `brainforecast.statistics.summarise`.
    """
    for cell, frames in cells_of(paths, [*keys, "target", value]):
        found = summarise(spread(frames, value, n_targets))
        there = np.flatnonzero(found["n_subjects"] > 0)
        columns = {"target": there.astype(np.int32)} | {name: found[name][there] for name in statistics}
        columns |= {name: np.full(len(there), np.nan) for name in NOT_COMPUTED.get(value, ())}
        yield _with_keys(cell, keys, columns)


def cells_of(paths: Sequence[str | Path], columns: Sequence[str]) -> Iterator[tuple[pd.DataFrame, list[pd.DataFrame]]]:
    """For each cell: the first subject's first row, and the frames of all subjects."""
    with ExitStack() as stack:
        files = [stack.enter_context(pq.ParquetFile(path)) for path in paths]
        counts = {path: file.num_row_groups for path, file in zip(paths, files, strict=True)}
        for path, count in counts.items():
            if count != files[0].num_row_groups:
                raise BadInput(path, f"{count} cells", f"{files[0].num_row_groups}, as {paths[0]} has")
        for index in range(files[0].num_row_groups):
            frames = [file.read_row_group(index, columns=list(columns)).to_pandas() for file in files]
            yield frames[0].iloc[:1], frames


def spread(frames: Sequence[pd.DataFrame], value: str, n_targets: int) -> np.ndarray:
    """Values of each subject on all targets of the space, (n_subjects, n_targets); NaN where it has none."""
    values = np.full((len(frames), n_targets), np.nan)
    for row, frame in zip(values, frames, strict=True):
        row[frame["target"].to_numpy()] = frame[value].to_numpy()
    return values


def summarise_regions(paths: Sequence[str | Path], keys: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Statistics over subjects of the region means, a frame per cell; q-values are over the regions of one level."""
    names = ["level", "hemi", "roi"]
    for cell, frames in cells_of(paths, [*keys, *names, "mean"]):
        regions, values = frames[0][names], np.stack([frame["mean"].to_numpy(float) for frame in frames])
        for _, rows in regions.groupby([regions["level"], regions["hemi"].isna()], sort=False).indices.items():
            found = summarise(values[:, rows])
            yield _with_keys(cell, keys, {**regions.iloc[rows].reset_index(drop=True), **found})


def forecast_distances(
    paths_to_distances: Sequence[str | Path],
    paths_to_forecasts: Sequence[str | Path],
    n_targets: int,
    *,
    distance: int,
    reference: int,
) -> Iterator[pd.DataFrame]:
    """d* over subjects with the test of its mask, F(distance) - F(reference), a frame per grid.

    A grid without these two distances has no test: its p_value and q_value are NaN.
    """
    keys = ["model", "layer", "source", "width"]
    masks = _mask_tests(paths_to_forecasts, keys, n_targets, distance, reference)
    for cell, frames in cells_of(paths_to_distances, [*keys, "target", "forecast_distance"]):
        found = describe(spread(frames, "forecast_distance", n_targets))
        tested = masks.get(tuple(cell[keys].iloc[0]), {"p_value": np.full(n_targets, np.nan)} | _no_q(n_targets))
        there = np.flatnonzero(found["n_subjects"] > 0)
        columns = {name: found[name][there] for name in ("n_subjects", "mean", "sem")}
        columns |= {name: tested[name][there] for name in ("p_value", "q_value")}
        yield _with_keys(cell, keys, {"target": there.astype(np.int32), **columns})


def contrast_rows(paths: Sequence[str | Path], contrasts: Sequence[dict], *, keys: Sequence[str]) -> pd.DataFrame:
    """First region minus second, each subject with itself: effect, 95 % interval, signed-rank p.

    Parameters
    ----------
    paths : the subjects' regional distances.
    contrasts : each with `name`, `first` and `second`, regions as {level, roi}.
    """
    rows = []
    for cell, frames in cells_of(paths, [*keys, "level", "hemi", "roi", "forecast_distance", "peak_distance"]):
        for contrast in contrasts:
            for hemi in (None, "L", "R"):
                for measure in ("forecast_distance", "peak_distance"):
                    pairs = [_difference(frame, contrast, hemi, measure) for frame in frames]
                    difference = np.array(pairs, float)[:, None]
                    if np.isfinite(difference).any():
                        found = {name: value[0] for name, value in summarise(difference).items()}
                        rows.append(
                            {"contrast": contrast["name"], "measure": measure, **cell[list(keys)].iloc[0], "hemi": hemi}
                            | {"effect": found["mean"]}
                            | {name: found[name] for name in ("ci_low", "ci_high", "p_value", "n_subjects")}
                        )
    return pd.DataFrame(rows, columns=CONTRAST_COLUMNS).astype({"hemi": "str", "contrast": "str", "measure": "str"})


CONTRAST_COLUMNS = [
    *("contrast", "measure", "model", "layer", "source", "width", "hemi"),
    *("effect", "ci_low", "ci_high", "p_value", "n_subjects"),
]


def _difference(frame: pd.DataFrame, contrast: dict, hemi: str | None, measure: str) -> float:
    here = frame["hemi"].isna() if hemi is None else frame["hemi"] == hemi
    sides = []
    for side in ("first", "second"):
        region = contrast[side]
        found = frame.loc[here & (frame["level"] == region["level"]) & (frame["roi"] == region["roi"]), measure]
        sides.append(found.iloc[0] if len(found) else np.nan)
    return sides[0] - sides[1]


def _mask_tests(paths: Sequence, keys: list[str], n_targets: int, distance: int, reference: int) -> dict[tuple, dict]:
    """p and q of F(distance) - F(reference) for each grid that has both."""
    held: dict[tuple, dict[int, np.ndarray]] = {}
    tests = {}
    for cell, frames in cells_of(paths, [*keys, "distance", "target", "forecast_score"]):
        key, here = tuple(cell[keys].iloc[0]), int(cell["distance"].iloc[0])
        if here in (distance, reference):
            held.setdefault(key, {})[here] = spread(frames, "forecast_score", n_targets)
        if len(held.get(key, ())) == 2:
            pair = held.pop(key)
            found = summarise(pair[distance] - pair[reference])
            tests[key] = {name: found[name] for name in ("p_value", "q_value")}
    return tests


def _no_q(n: int) -> dict[str, np.ndarray]:
    return {"q_value": np.full(n, np.nan)}


def _with_keys(cell: pd.DataFrame, keys: Sequence[str], columns: dict) -> pd.DataFrame:
    """A frame of columns beside the repeated keys of its cell."""
    frame = pd.DataFrame(columns)
    repeated = cell[list(keys)].loc[cell.index.repeat(len(frame))].reset_index(drop=True)
    return pd.concat([repeated, frame], axis=1)
