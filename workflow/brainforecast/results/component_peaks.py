"""Distances at which the syntactic and the semantic forecast score of each region peak, and their difference."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.sources import COMPONENTS
from brainforecast.statistics.inference import mean_and_ci, summarise
from brainforecast.storage.columns import DISTANCE_CELL, REGION, UNITS

DIFFERENCE = "semantic - syntactic"
STATISTICS = ["n_subjects", "mean", "sem", "ci_low", "ci_high", "p_value", "q_value"]
COLUMNS = [*DISTANCE_CELL, *REGION, *STATISTICS]
PEAK_UNITS = UNITS | {
    "source": f"true, syntactic or semantic windows; or {DIFFERENCE}, the difference of two peaks of the same subject",
    "mean": "words, mean over subjects of the distance at which the region's own curve peaks",
    "sem": "standard error over subjects, words",
    "p_value": "two-sided Wilcoxon signed-rank test over subjects of the difference; null elsewhere",
    "q_value": "p_value, Benjamini-Hochberg over the regions of the same level",
}


def component_peak_rows(paths_to_region_peaks: Sequence[str | Path]) -> pd.DataFrame:
    """Peak of F(d) for true, syntactic and semantic windows in every region, and semantic minus syntactic.

    Parameters
    ----------
    paths_to_region_peaks : the subjects' tables of regional distances (`roi_distances`).
    """
    frames = [empty_frame(COLUMNS)]
    with CellTables(paths_to_region_peaks, DISTANCE_CELL) as tables:
        for cell in tables.cells:
            if cell["source"] == COMPONENTS[0]:
                frames += _peak_frames(tables, cell)
    return cast(pd.concat(frames[1:] or frames, ignore_index=True)[COLUMNS])


def _peak_frames(tables: CellTables, cell: Mapping) -> Iterator[pd.DataFrame]:
    """A frame per source, and per level the tested difference; the source of `cell` is not used."""
    found = {source: _peaks(tables, cell | {"source": source}) for source in ("true", *COMPONENTS)}
    found = {source: peaks for source, peaks in found.items() if peaks is not None}
    for source, (regions, values) in found.items():
        yield regions.assign(**cell | {"source": source}, **mean_and_ci(values), p_value=np.nan, q_value=np.nan)
    if all(source in found for source in COMPONENTS):
        regions, syntactic, semantic = *found["syntactic"], found["semantic"][1]
        groups = regions.groupby([regions["level"], regions["hemi"].isna()], sort=False).indices.values()
        for rows in groups:
            tested = summarise(semantic[:, rows] - syntactic[:, rows])
            yield regions.iloc[rows].assign(**cell | {"source": DIFFERENCE}, **tested)


def _peaks(tables: CellTables, cell: Mapping) -> tuple[pd.DataFrame, np.ndarray] | None:
    """Regions and the peaks of their curves, (n_subjects, n_regions); None where the cell was not scored."""
    index = tables.index(**cell)
    if index is None:
        return None
    frames = tables.frames(index, [*REGION, "peak_distance"])
    return frames[0][REGION], np.array([frame["peak_distance"].to_numpy(float) for frame in frames])
