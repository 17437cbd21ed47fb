"""How well maps of the forecast distance and depth repeat: between halves of the subjects, and of the stories.

The argmax of noise, averaged over subjects, gives a flat map whose halves do not agree. The rank correlation over
targets between the maps of two halves therefore measures how reliable a map of d* or k* is. Random halves of the
subjects have the same stories, so what repeats between them may be a trait of these stories; halves of the stories
share neither subjects nor stories. Halves of the folds would not do: any two folds are fitted to training rows they
share.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components

from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast
from brainforecast.statistics.inference import random_halves, split_half
from brainforecast.storage.columns import CELL, PEAK_CELLS

MIN_TARGETS = 10  # a rank correlation over fewer is meaningless, so all targets are taken
COLUMNS = ["measure", *CELL, "halves", "n_splits", "n_targets", "targets", "r", "r_low", "r_high"]


def reliability_rows(
    paths_to_subjects: Mapping[str, Sequence[str | Path]],
    paths_to_group: Mapping[str, str | Path],
    n_targets: int,
    *,
    stories: Sequence[Sequence[str]],
    q_level: float,
    n_splits: int,
    seed: int,
) -> pd.DataFrame:
    """Agreement of the halves of each map, over the targets that pass its mask test.

    Parameters
    ----------
    paths_to_subjects, paths_to_group : the subjects' tables and the group's, by measure.
    n_targets : number of targets of the space.
    stories : those of each subject, in the order of the subjects' tables.
    q_level : a target passes below it; if fewer than `MIN_TARGETS` pass, all targets are taken.
    n_splits, seed : of the random halves, which are the same for every map.
    """
    halves = {"subjects": random_halves(len(stories), n_splits, seed), "stories": story_halves(stories, n_splits, seed)}
    rows = [
        row
        for measure, paths in paths_to_subjects.items()
        for row in _rows_of_measure(measure, (paths, paths_to_group[measure]), n_targets, halves, q_level)
    ]
    return cast(pd.DataFrame(rows, columns=COLUMNS))


def story_halves(stories: Sequence[Sequence[str]], n_splits: int, seed: int) -> np.ndarray:
    """Different random halves of the subjects that share no story, (n <= n_splits, n_subjects) of bool.

    Subjects who share a story, directly or through others, stay together; with one such group there is no split.
    """
    groups = _groups(stories)
    splits = random_halves(groups.max() + 1, n_splits, seed)[:, groups]
    splits = splits[splits.any(axis=1)]
    return np.unique(splits ^ ~splits[:, :1], axis=0)  # the first subject in the first half: a split is met once


def _groups(stories: Sequence[Sequence[str]]) -> np.ndarray:
    """Number of each subject's group, from 0: subjects who share a story have the same."""
    names = sorted({story for of_subject in stories for story in of_subject})
    has = np.array([[name in of_subject for name in names] for of_subject in stories], int)  # (n_subjects, n_stories)
    return connected_components(has @ has.T, directed=False)[1]


def _rows_of_measure(
    measure: str, paths: tuple[Sequence, str | Path], n_targets: int, halves: Mapping[str, np.ndarray], q_level: float
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
            for kind, splits in halves.items():
                if len(splits):
                    yield columns | {"halves": kind} | _over_splits(by_subject, splits)


def _choose(mapped: pd.DataFrame, q_level: float) -> tuple[np.ndarray, str]:
    """Targets to correlate over, and whether they are those that pass the mask test."""
    passed = mapped.loc[mapped["q_value"] < q_level, "target"].to_numpy()
    return (passed, "masked") if len(passed) >= MIN_TARGETS else (mapped["target"].to_numpy(), "all")


def _over_splits(values: np.ndarray, splits: np.ndarray) -> dict:
    """Mean and 95 % range over splits of the correlation between the maps of two halves; one split has no range."""
    r = split_half(values, splits)
    r = r[np.isfinite(r)]
    low, high = np.percentile(r, [2.5, 97.5]) if len(r) > 1 else (np.nan, np.nan)
    return {"n_splits": len(r), "r": r.mean() if len(r) else np.nan, "r_low": low, "r_high": high}
