"""How well maps of the forecast distance and depth repeat: between halves of the subjects, and of the folds.

The argmax of noise, averaged over subjects, gives a flat map whose halves do not agree. The rank correlation over
targets between the maps of two halves therefore measures how reliable a map of d* or k* is.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast
from brainforecast.statistics.inference import mean_of_groups, random_halves, spearman, split_half
from brainforecast.storage.columns import CELL, PEAK_CELLS

MIN_TARGETS = 10  # a rank correlation over fewer is meaningless, so all targets are taken
COLUMNS = ["measure", *CELL, "halves", "n_splits", "n_targets", "targets", "r", "r_low", "r_high"]


def reliability_rows(
    paths_to_subjects: Mapping[str, Sequence[str | Path]],
    paths_to_group: Mapping[str, str | Path],
    n_targets: int,
    *,
    q_level: float,
    n_splits: int,
    seed: int,
) -> pd.DataFrame:
    """Agreement of the halves of each map, over the targets that pass its mask test.

    Parameters
    ----------
    paths_to_subjects, paths_to_group : the subjects' tables and the group's, by measure.
    n_targets : number of targets of the space.
    q_level : a target passes below it; if fewer than `MIN_TARGETS` pass, all targets are taken.
    n_splits, seed : of the random halves of the subjects, which are the same for every map.
    """
    halves = random_halves(len(next(iter(paths_to_subjects.values()))), n_splits, seed)
    rows = [
        row
        for measure, paths in paths_to_subjects.items()
        for row in _rows_of_measure(measure, (paths, paths_to_group[measure]), n_targets, halves, q_level)
    ]
    return cast(pd.DataFrame(rows, columns=COLUMNS))


def _rows_of_measure(
    measure: str, paths: tuple[Sequence, str | Path], n_targets: int, halves: np.ndarray, q_level: float
) -> Iterator[dict]:
    keys = PEAK_CELLS[measure]
    with CellTables(paths[0], keys) as subjects, CellTables([paths[1]], keys) as group:
        for index, cell in enumerate(subjects.cells):
            index_in_group = group.index(**cell)
            if index_in_group is None:  # no target of this curve has a score
                continue
            mapped = group.frames(index_in_group, ["target", "q_value"])[0]
            chosen, targets = _choose(mapped, q_level)
            columns = {"measure": measure, **cell, "n_targets": len(chosen), "targets": targets}
            by_subject = subjects.as_array(index, measure, n_targets)[:, chosen]
            yield columns | _over_subjects(by_subject, halves)
            folds = (subjects.as_array(index, name, n_targets)[:, chosen] for name in ("even_folds", "odd_folds"))
            yield columns | _over_folds(*folds)


def _choose(mapped: pd.DataFrame, q_level: float) -> tuple[np.ndarray, str]:
    """Targets to correlate over, and whether they are those that pass the mask test."""
    passed = mapped.loc[mapped["q_value"] < q_level, "target"].to_numpy()
    return (passed, "masked") if len(passed) >= MIN_TARGETS else (mapped["target"].to_numpy(), "all")


def _over_subjects(values: np.ndarray, halves: np.ndarray) -> dict:
    """Mean and 95 % range over random splits of the correlation between the maps of two halves of the subjects."""
    r = split_half(values, halves)
    r = r[np.isfinite(r)]
    low, high = np.percentile(r, [2.5, 97.5]) if len(r) else (np.nan, np.nan)
    mean = r.mean() if len(r) else np.nan
    return {"halves": "subjects", "n_splits": len(r), "r": mean, "r_low": low, "r_high": high}


def _over_folds(even: np.ndarray, odd: np.ndarray) -> dict:
    """Correlation of the maps of even and odd folds, each the mean over all subjects."""
    everyone = np.ones((1, len(even)), bool)
    r = spearman(mean_of_groups(even, everyone)[0], mean_of_groups(odd, everyone)[0])
    return {"halves": "folds", "n_splits": int(np.isfinite(r)), "r": r}
