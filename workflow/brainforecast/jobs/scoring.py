"""Steps of a scoring job: from files of designs and responses to the scores of its grids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from brainforecast.cells import REGIONS, TARGETS, Grid
from brainforecast.encoding.folds import mask_folds
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.progress import Progress
from brainforecast.storage.designs import read_design
from brainforecast.storage.responses import Responses
from brainforecast.storage.scores import RegionScores, Scores, join

if TYPE_CHECKING:
    from brainforecast.results.regions import Regions  # at run time only where regions are kept: it loads tables

# Windows scored in one call, which shares what they have in common. More would save little, and hold the scores and
# penalties of every fold: 0.6 GB of a cortex of 80,000 vertices in 20 folds.
MOST_WINDOWS = 48
DesignFiles = Sequence[tuple[str | Path, str]]  # file and name of the present's design and, with windows, of theirs
Batch = list[tuple[int, tuple[int, ...]]]  # index of a grid, and some of its distances


def locate_designs(cells: Iterable[Mapping], paths: Iterable[str | Path]) -> list[list[tuple[str | Path, str]]]:
    """File and name of each design of each cell of a scoring job.

    Parameters
    ----------
    cells : ``designs`` of each is a list of job and design name; the job is the stem of its file.
    paths : files of the design jobs.
    """
    by_job = {Path(path).stem: path for path in paths}
    return [[(by_job[job], name) for job, name in cell["designs"]] for cell in cells]


def encodings(params: Mapping) -> dict[str, Encoding]:
    """How the designs of each base become predictions, from the rule's params (`planning.study.Study.encoding`)."""
    return {base: Encoding(**{**params, "delays": delays}) for base, delays in params["delays"].items()}


def read_regions(grids: Iterable[Grid], path_to_targets: str | Path | None) -> "Regions | None":
    """The regions of the targets, if some grid keeps regions only."""
    if all(grid.keep == TARGETS for grid in grids):
        return None
    from brainforecast.results.regions import Regions  # tables take a second to load, which other jobs save

    return Regions.from_file(path_to_targets)


def score_grids(
    measured: Responses,
    subject: str,
    grids: Sequence[Grid],
    designs: Sequence[DesignFiles],
    encodings: Mapping[str, Encoding],
    regions: "Regions | None" = None,
) -> list[Scores | RegionScores]:
    """Compute brain scores of the cells of grids, in their order.

    Windows beside one present are scored together, up to `MOST_WINDOWS` of them, neighbours beside each other; of
    their folds only what is kept stays in memory.

    Parameters
    ----------
    measured : responses of the subject; its censored rows are left out of every fold.
    designs : of each grid.
    encodings : of each base.
    regions : of the targets, where a grid keeps or scores regions.
    """
    parts: list[list[Scores | RegionScores]] = [[] for _ in grids]
    series = _series(measured, regions) if any(grid.score == REGIONS for grid in grids) else None
    progress = Progress(_n_fits(measured, grids, designs, series), "fit")
    for members in _beside_one_present(grids, designs):
        first = grids[members[0]]
        present = read_design(*designs[members[0]][0], measured.n_trs)
        present = replace(present, folds=mask_folds(present.folds, measured.used, f"sub-{subject}"))
        responses = measured.responses if first.score == TARGETS else series[:, np.isfinite(series[0])]
        for batch in _batches(grids, members):
            windows = [window for index, distances in batch for window in _windows(designs[index], measured, distances)]
            brain_score, alpha = score_windows(responses, present, windows or None, encodings[first.base], progress)
            start = 0
            for index, distances in batch:
                rows, start = slice(start, start + len(distances)), start + len(distances)
                grid = replace(grids[index], distances=distances)
                part = Scores.from_folds(subject, grid, measured.target, brain_score[rows], alpha[rows])
                parts[index].append(part if grid.keep == TARGETS else _by_region(part, regions, series))
    return [join(found) for found in parts]


def _n_fits(
    measured: Responses, grids: Sequence[Grid], designs: Sequence[DesignFiles], series: np.ndarray | None
) -> int:
    """Cells, times folds, times targets; all designs of a job have as many folds."""
    n_series = 0 if series is None else int(np.isfinite(series[0]).sum())
    n_targets = {TARGETS: measured.responses.shape[1], REGIONS: n_series}
    n_folds = len(read_design(*designs[0][0], measured.n_trs).folds)
    return sum(len(grid.distances) * n_folds * n_targets[grid.score] for grid in grids)


def _series(measured: Responses, regions: "Regions") -> np.ndarray:
    """Mean series of every region, (n_trs_total, n_regions); NaN in every volume where the subject has none."""
    series = regions.series(measured)
    series[:, ~np.isfinite(series).all(axis=0)] = np.nan
    return series


def _by_region(part: Scores, regions: "Regions", series: np.ndarray | None) -> RegionScores:
    """Means over regions of the scores of targets; scores of series as they are."""
    if part.grid.score == TARGETS:
        mean, n_targets = regions.mean(part.brain_score, part.target)
    else:
        mean = np.full((len(part.brain_score), series.shape[1]), np.nan)
        mean[:, np.isfinite(series[0])] = part.brain_score
        n_targets = np.where(np.isfinite(mean), regions.counts(part.target), 0)
    return RegionScores(part.subject, part.grid, mean, n_targets)


def _beside_one_present(grids: Sequence[Grid], designs: Sequence[DesignFiles]) -> Iterator[list[int]]:
    """Indices of the grids that are scored beside the same design of the present, in the same base, in order."""
    alike: dict[tuple, list[int]] = {}
    for index, (grid, files) in enumerate(zip(grids, designs, strict=True)):
        alike.setdefault((*files[0], grid.base, grid.score), []).append(index)
    yield from alike.values()


def _batches(grids: Sequence[Grid], members: Sequence[int]) -> Iterator[Batch]:
    """What is scored in one call: each baseline alone, then windows."""
    for index in members:
        if grids[index].width == 0:
            yield [(index, grids[index].distances)]
    cells = [(index, distance) for index in members if grids[index].width > 0 for distance in grids[index].distances]
    for start in range(0, len(cells), MOST_WINDOWS):
        of_grids = groupby(cells[start : start + MOST_WINDOWS], key=itemgetter(0))
        yield [(index, tuple(distance for _, distance in pairs)) for index, pairs in of_grids]


def _windows(files: DesignFiles, measured: Responses, distances: Sequence[int]) -> Iterator[np.ndarray]:
    """The windows of a grid at some distances, (n_folds, n_trs_total, n_components) each; none of a baseline."""
    for path, name in files[1:]:
        yield from read_design(path, name, measured.n_trs, distances).components
