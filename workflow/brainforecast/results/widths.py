"""Forecast score by window width, at the distance that is best for the other subjects."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.statistics.inference import summarise
from brainforecast.statistics.selected_differences import leave_one_out_best
from brainforecast.storage.columns import REGION

CURVE = ["model", "layer", "base", "source"]
STATISTICS = ["n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value", "q_value"]
COLUMNS = [*CURVE, *REGION, "width", "distance", *STATISTICS]


def width_rows(paths_to_region_scores: Sequence[str | Path]) -> pd.DataFrame:
    """F(w) of every region and width, at the distance that is best for w in the mean of the other subjects.

    The candidate distances are those that all widths of a (model, layer, base, source) share, so that widths compete on
    equal terms; if they share none, each width has its own. q-values are over the regions of one level and width.
    """
    frames = [empty_frame(COLUMNS)]
    with CellTables(paths_to_region_scores, ["score", *CURVE, "width", "distance"]) as tables:
        for curve, widths in _indices(tables.cells).items():
            shared = set.intersection(*(set(indices) for indices in widths.values()))
            for width, indices in widths.items() if len(widths) > 1 else ():
                distances = sorted(shared or indices)
                found = _width_of_regions(tables, [indices[distance] for distance in distances], distances)
                frames.append(found.assign(**dict(zip(CURVE, curve, strict=True)), width=width))
    return cast(pd.concat(frames[1:] or frames, ignore_index=True)[COLUMNS])


def _indices(cells: Sequence[Mapping]) -> dict[tuple, dict[int, dict[int, int]]]:
    """Indices of the forecast scores' cells: (model, layer, base, source) -> width -> distance -> index."""
    indices: dict[tuple, dict[int, dict[int, int]]] = {}
    for index, cell in enumerate(cells):
        if cell["score"] == "forecast_score":
            widths = indices.setdefault(tuple(cell[key] for key in CURVE), {})
            widths.setdefault(cell["width"], {})[cell["distance"]] = index
    return indices


def _width_of_regions(tables: CellTables, indices: Sequence[int], distances: Sequence[int]) -> pd.DataFrame:
    """level, hemi, roi, distance and the statistics over subjects of one width."""
    cells = [tables.frames(index, [*REGION, "mean"]) for index in indices]
    regions = cells[0][0][REGION]
    values = np.array([[frame["mean"].to_numpy(float) for frame in frames] for frames in cells])
    best, choice = leave_one_out_best(values)
    chosen = np.where(np.isfinite(best), np.array(distances, float)[choice], np.nan)
    found = [
        regions.iloc[rows].assign(distance=_most_frequent(chosen[:, rows]), **summarise(best[:, rows]))
        for rows in regions.groupby([regions["level"], regions["hemi"].isna()], sort=False).indices.values()
    ]
    return pd.concat(found)


def _most_frequent(chosen: np.ndarray) -> list[float]:
    """The most frequent value of each column, the smallest of equals; NaN where it has none."""
    counts = [np.unique(column[np.isfinite(column)], return_counts=True) for column in chosen.T]
    return [values[n.argmax()] if len(n) else np.nan for values, n in counts]
