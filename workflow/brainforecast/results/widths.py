"""Forecast score by window width, at the distance that is best for the other subjects."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import rank_widths
from brainforecast.progress import Progress
from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.results.q_values import with_q_values
from brainforecast.statistics.inference import mean_and_ci
from brainforecast.statistics.selected_differences import SelectedDifferences, leave_one_out_best
from brainforecast.storage.columns import REGION

CURVE = ["model", "layer", "base", "source"]
SCORES = ("forecast_score", "series_forecast_score")
STATISTICS = ["n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value", "q_value"]
COLUMNS = [*CURVE, *REGION, "width", "distance", *STATISTICS]


def width_rows(paths_to_region_scores: Sequence[str | Path], *, n_draws: int, seed: int) -> pd.DataFrame:
    """F(w) of every region and width, at the distance that is best for w in the mean of the other subjects.

    The candidate distances are those that all widths of a (model, layer, base, source) share, so that widths compete on
    equal terms; if they share none, each width has its own. Subjects share what the distance is selected on, so the
    interval and the test of F(w) = 0 repeat the selection (`SelectedDifferences`); of one distance they are Student's
    and Wilcoxon's. q-values are over the regions of one level and width. Of a curve that is scored in targets and in
    series of regions, the score with more widths is taken (`cells.widths_are_of_series`).

    Parameters
    ----------
    paths_to_region_scores : the subjects' tables of regional scores.
    n_draws, seed : of the tests.
    """
    frames = [empty_frame(COLUMNS)]
    with CellTables(paths_to_region_scores, ["score", *CURVE, "width", "distance"]) as tables:
        curves = _indices(tables.cells)
        progress = Progress(sum(len(widths) for widths in curves.values() if len(widths) > 1), "width")
        for curve, widths in curves.items():
            shared = set.intersection(*(set(indices) for indices in widths.values()))
            for width, indices in widths.items() if len(widths) > 1 else ():
                distances = sorted(shared or indices)
                regions, values = _read(tables, [indices[distance] for distance in distances])
                found = at_best_distance(values, np.array(distances, float), n_draws=n_draws, seed=seed)
                rows = with_q_values(regions.assign(**found))
                frames.append(rows.assign(**dict(zip(CURVE, curve, strict=True)), width=width))
                progress.add()
    return cast(pd.concat(frames[1:] or frames, ignore_index=True)[COLUMNS])


def _indices(cells: Sequence[Mapping]) -> dict[tuple, dict[int, dict[int, int]]]:
    """Indices of the forecast scores' cells: (model, layer, base, source) -> width -> distance -> index."""
    indices: dict[tuple, dict[str, dict[int, dict[int, int]]]] = {}
    for index, cell in enumerate(cells):
        if cell["score"] in SCORES:
            scores = indices.setdefault(tuple(cell[key] for key in CURVE), {score: {} for score in SCORES})
            scores[cell["score"]].setdefault(cell["width"], {})[cell["distance"]] = index
    return {curve: max(scores.values(), key=rank_widths) for curve, scores in indices.items()}  # the first of equals


def _read(tables: CellTables, indices: Sequence[int]) -> tuple[pd.DataFrame, np.ndarray]:
    """level, hemi and roi of the regions, and F of each distance, (n_distances, n_subjects, n_regions)."""
    cells = [tables.frames(index, [*REGION, "mean"]) for index in indices]
    return cells[0][0][REGION], np.array([[frame["mean"].to_numpy(float) for frame in frames] for frames in cells])


def at_best_distance(values: np.ndarray, distances: np.ndarray, *, n_draws: int, seed: int) -> dict[str, np.ndarray]:
    """The statistics over subjects of F at the distance that is best for the others.

    Parameters
    ----------
    values : (n_distances, n_subjects, n_regions); distances : (n_distances,) words.

    Returns
    -------
    distance (chosen for most subjects), n_subjects, mean, sem, ci_low, ci_high, p_value : (n_regions,) each.
    """
    best, choice = leave_one_out_best(values)
    chosen = np.where(np.isfinite(best), distances[choice], np.nan)
    zero = np.zeros((1, values.shape[1]))
    tests = [
        SelectedDifferences({"F": region, "0": zero}, n_draws=n_draws, seed=seed).difference("F", "0")
        for region in np.moveaxis(values, 2, 0)
    ]
    tested = {name: np.array([test[name] for test in tests]) for name in ("ci_low", "ci_high", "p_value")}
    return {"distance": np.array(_most_frequent(chosen)), **mean_and_ci(best), **tested}


def _most_frequent(chosen: np.ndarray) -> list[float]:
    """The most frequent value of each column, the smallest of equals; NaN where it has none."""
    counts = [np.unique(column[np.isfinite(column)], return_counts=True) for column in chosen.T]
    return [values[n.argmax()] if len(n) else np.nan for values, n in counts]
