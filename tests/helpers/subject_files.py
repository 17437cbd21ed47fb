"""Tables of subjects with known scores, written as the workflow writes them, and group tables made from them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from brainforecast.cells import Grid
from brainforecast.results.forecast_peaks import forecast_depths, forecast_distances
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import subject_tables
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from brainforecast.storage.scores import RegionScores, Scores, write_scores

SUBJECTS = [f"{number:02d}" for number in range(1, 7)]
N_FOLDS = 5
DISTANCES = (-1, 0, 3, 8)  # of layer 2, width 7; other layers have distance 8 alone, width 3 shares 0 and 3
GRIDS = [
    *(Grid("m", layer, "paper", "present", 0, (0,)) for layer in (0, 1, 2)),
    *(Grid("m", layer, "paper", "true", 7, (8,)) for layer in (0, 1)),
    Grid("m", 2, "paper", "true", 7, DISTANCES[2:]),
    Grid("m", 2, "paper", "true", 7, DISTANCES[:2]),
    Grid("m", 2, "paper", "true", 3, (-3, 0, 3, 5)),
]
HEMI = ["L"] * 14 + ["R"] * 14
ROI = ["a-1"] * 4 + ["a-2"] * 3 + ["b"] * 5 + [None, "c"] + ["a-1"] * 3 + ["a-2"] * 4 + ["b"] * 6 + ["c"]
LOBE = {"a-1": "front", "a-2": "front", "b": "back", "c": "back", None: None}
N_TARGETS = len(ROI)
ABSENT, CONSTANT = 12, 17  # a target that no subject has; one whose scores are NaN
LAYERS = [("gpt2", 0), ("gpt2", 4), ("gpt2", 8), ("listeners", 0), ("other", 3)]  # cells of `layer_frames`
N_LAYER_TARGETS = 7


def targets() -> pd.DataFrame:
    """28 targets: two hemispheres of four regions in two lobes, and one target without a region."""
    return pd.DataFrame({"target": range(N_TARGETS), "hemi": HEMI, "roi": ROI, "lobe": [LOBE[roi] for roi in ROI]})


class FoldScores(NamedTuple):
    """Scores and penalties of a grid, (n_distances, N_FOLDS, n_targets) each."""

    grid: Grid
    target: np.ndarray
    brain_score: np.ndarray
    alpha: np.ndarray


def make_scores(subject: str) -> list[Scores]:
    """What score files keep of `make_folds`."""
    return [Scores.from_folds(subject, *part) for part in make_folds(subject)]


def make_folds(subject: str) -> list[FoldScores]:
    """Scores of one subject without target `ABSENT`; distances in two blocks, the later one first."""
    rng = np.random.default_rng(int(subject))
    target = np.delete(np.arange(N_TARGETS), ABSENT)
    common = np.random.default_rng(0).normal(0, 0.05, (40, len(target)))  # shared by all subjects

    def draw(grid: Grid) -> FoldScores:
        shape = (len(grid.distances), N_FOLDS, len(target))
        shared = np.array([common[5 * grid.layer + grid.width + distance] for distance in grid.distances])[:, None]
        brain = (shared + rng.normal(0.2, 0.1, shape)).astype(np.float32)
        brain[..., target == CONSTANT] = np.nan
        return FoldScores(grid, target, brain, rng.choice([1.0, 10.0, 100.0], shape).astype(np.float32))

    return [draw(grid) for grid in GRIDS]


def by_region(parts: Iterable[Scores], regions: Regions, widths: Collection[int]) -> Iterator[Scores | RegionScores]:
    """What score files keep of the same scores if windows of these widths keep regions only."""
    for part in parts:
        if part.grid.width in widths:
            mean, n_targets = regions.mean(part.brain_score, part.target)
            yield RegionScores(part.subject, replace(part.grid, keep="regions"), mean, n_targets)
        else:
            yield part


def write_subjects(folder: Path, widths_by_region: Collection[int] = ()) -> Path:
    """Every table of every subject: <folder>/<table>/sub-<subject>.parquet."""
    regions = Regions.from_targets(targets())
    for subject in SUBJECTS:
        for index, part in enumerate(by_region(make_scores(subject), regions, widths_by_region)):
            write_scores([part], folder / "scores" / f"{subject}-{index}.safetensors")
        scores = SubjectScores(sorted((folder / "scores").glob(f"{subject}-*.safetensors")))
        for name, frames in subject_tables(scores, regions).items():
            write_table(frames, folder / name / f"sub-{subject}.parquet", units=UNITS, provenance={"n": int(subject)})
    return folder


def write_group_peaks(folder: Path) -> Path:
    """Peaks of the group, from the subjects' tables: <folder>/group-<measure>.parquet."""
    forecasts = paths(folder, "forecast_scores")
    distances = forecast_distances(paths(folder, "forecast_distance"), forecasts, N_TARGETS, distance=8, reference=0)
    depths = forecast_depths(paths(folder, "forecast_depth"), forecasts, N_TARGETS)
    for name, frames in (("forecast_distance", distances), ("forecast_depth", depths)):
        write_table(frames, folder / f"group-{name}.parquet", units=UNITS)
    return folder


def paths(folder: Path, name: str) -> list[Path]:
    """The files of one table."""
    return sorted((folder / name).glob("*.parquet"))


def read(folder: Path, name: str) -> pd.DataFrame:
    """One table of all subjects, text as text."""
    table = pd.concat([pd.read_parquet(path) for path in paths(folder, name)], ignore_index=True)
    return table.astype({column: str for column in table.select_dtypes("category")})


def layer_frames(subject: int, cells: list[tuple[str, int]]) -> Iterator[pd.DataFrame]:
    """Brain scores of one subject in each (model, layer), over `N_LAYER_TARGETS` targets.

    Subjects before 4 have no target 2, target 5 is NaN for all, and the noise ceiling of subject 3 is NaN.
    """
    rng = np.random.default_rng(subject)
    target = np.delete(np.arange(N_LAYER_TARGETS), 2 if subject < 4 else [])
    for model, layer in cells:
        score = rng.normal(0.1, 0.05, len(target)).astype(np.float32)
        score[target == 5] = np.nan
        if model == "listeners":
            score = np.where(target == 1, -0.01, 2 * score)
            score = np.full(len(target), np.nan) if subject == 3 else score
        yield pd.DataFrame({"subject": f"{subject:02d}", "model": model, "layer": layer, "base": "paper",
                            "target": target, "brain_score": score, "alpha": 1.0,
                            "listener_correlation": 1.5 * score if model == "listeners" else np.nan})  # fmt: skip
