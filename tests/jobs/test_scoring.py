"""A scoring job: however its grids are batched, each cell is scored as alone; regions are means of what is scored."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainforecast.cells import Grid
from brainforecast.encoding.designs import WindowSettings
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.jobs import scoring
from brainforecast.jobs.scoring import score_grids
from brainforecast.results.regions import Regions
from brainforecast.storage.designs import read_design, write_designs
from brainforecast.storage.responses import Responses
from helpers.simulated_encoding import ALPHAS, PAPER, build_design, make_stories, volumes

ENCODINGS = {"paper": Encoding(tuple(range(3)), tuple(ALPHAS))}
WINDOWS = {3: (-1, 0, 2), 4: (1, 2), 5: (0,)}  # distances of each width
GRIDS = [
    Grid("m", 0, "paper", "present", 0, (0,)),
    *(Grid("m", 0, "paper", "true", width, distances) for width, distances in WINDOWS.items()),
]
N = 12
TABLE = pd.DataFrame(
    {"hemi": ["L"] * 6 + ["R"] * 6, "roi": ["x", "x", "y", None, "z", "z"] * 2, "lobe": ["a"] * 3 + [None] * 9}
).astype("str")


@pytest.fixture(scope="module")
def stories():
    return make_stories(np.random.default_rng(3))


@pytest.fixture(scope="module")
def measured(stories):
    """Eleven of the twelve targets, one of them constant."""
    n = sum(volumes(stories))
    values = np.random.default_rng(5).normal(size=(n, N - 1)).astype(np.float32)
    values[3:] += np.cumsum(values, axis=0)[:-3] * 0.1
    values[:, 4] = 7
    return Responses(values, np.delete(np.arange(N), 2), np.array(volumes(stories), np.int32), {"subject": "01"})


@pytest.fixture(scope="module")
def path(stories, tmp_path_factory):
    """The designs of all grids."""
    path = tmp_path_factory.mktemp("designs") / "designs.safetensors"
    settings = {"present": WindowSettings("present", 1, (0,), 5)} | {
        f"{width}": WindowSettings("true", width, distances, 5) for width, distances in WINDOWS.items()
    }
    write_designs({name: [build_design(stories, window, PAPER)] for name, window in settings.items()}, path)
    return path


@pytest.fixture(scope="module")
def regions():
    return Regions.from_targets(TABLE)


def designs_of(grids, path):
    return [[(path, "present"), *([(path, f"{grid.width}")] if grid.width else [])] for grid in grids]


def alone(responses, measured, grid, path):
    """Scores and penalties of each fold, from one call for the grid."""
    present = read_design(path, "present", measured.n_trs)
    windows = read_design(path, f"{grid.width}", measured.n_trs, grid.distances).components if grid.width else None
    return score_windows(responses, present, windows, ENCODINGS["paper"])


@pytest.mark.parametrize("most", [1, 2, 4, 48])
def test_cells_are_scored_as_alone_however_they_are_batched(monkeypatch, measured, path, most):
    """Windows of several grids in one call, and of one grid in several, in any order of the grids."""
    monkeypatch.setattr(scoring, "MOST_WINDOWS", most)
    for grids in (GRIDS, GRIDS[::-1]):
        parts = score_grids(measured, "01", grids, designs_of(grids, path), ENCODINGS)
        for grid, found in zip(grids, parts, strict=True):
            brain_score, alpha = alone(measured.responses, measured, grid, path)
            assert (found.subject, found.grid) == ("01", grid)
            np.testing.assert_allclose(found.brain_score, brain_score.mean(axis=1), rtol=0, atol=2e-6)
            if grid.width == 0:
                np.testing.assert_array_equal(found.alpha.mean(axis=0), np.median(alpha[0], axis=0))


def test_one_call_takes_the_windows_of_several_grids(monkeypatch, measured, path):
    """The baseline, then all windows in the order of the job."""
    calls = []
    score = scoring.score_windows

    def counted(responses, present, windows, *others):
        calls.append(None if windows is None else len(windows))
        return score(responses, present, windows, *others)

    monkeypatch.setattr(scoring, "score_windows", counted)
    score_grids(measured, "01", GRIDS, designs_of(GRIDS, path), ENCODINGS)
    assert calls == [None, 6]


def test_regions_that_are_kept_are_means_of_all_targets(measured, path, regions):
    """Of every level; a target that the subject lacks, or that is constant, is not counted."""
    grids = [GRIDS[0], *(replace(grid, keep="regions") for grid in GRIDS[1:])]
    designs = designs_of(GRIDS, path)
    kept = score_grids(measured, "01", grids, designs, ENCODINGS, regions)
    full = score_grids(measured, "01", GRIDS, designs, ENCODINGS)
    assert [part.grid for part in kept] == grids
    np.testing.assert_array_equal(kept[0].brain_score, full[0].brain_score)
    for part, of_targets in zip(kept[1:], full[1:], strict=True):
        mean, n_targets = regions.mean(of_targets.brain_score, of_targets.target)
        np.testing.assert_array_equal(part.mean, mean)
        np.testing.assert_array_equal(part.n_targets, n_targets)
        whole = (regions.names["level"] == "all") & regions.names["hemi"].isna()
        assert part.n_targets[:, whole].tolist() == [[N - 2]] * len(part.mean)


def test_series_of_regions_are_scored_like_targets(measured, path, regions):
    """The mean series of each region, a constant one without a score, beside targets in the same job."""
    grids = [*GRIDS, *(replace(grid, keep="regions", score="regions") for grid in GRIDS)]
    designs = designs_of(grids, path)
    found = score_grids(measured, "01", grids, designs, ENCODINGS, regions)
    expected = score_grids(measured, "01", GRIDS, designs[: len(GRIDS)], ENCODINGS)
    for part, of_targets in zip(found[: len(GRIDS)], expected, strict=True):
        np.testing.assert_array_equal(part.brain_score, of_targets.brain_score)
    names = regions.names.fillna("").agg("/".join, axis=1).tolist()
    series = {
        "roi/L/x": measured.responses[:, [0, 1]].mean(axis=1),
        "lobe//a": measured.responses[:, [0, 1]].mean(axis=1),
        "roi/R/z": measured.responses[:, [9, 10]].mean(axis=1),
        "all//all": measured.responses.mean(axis=1),
    }
    for part, grid in zip(found[len(GRIDS) :], GRIDS, strict=True):
        brain_score = alone(np.stack(list(series.values()), axis=1), measured, grid, path)[0].mean(axis=1)
        columns = [names.index(name) for name in series]
        np.testing.assert_allclose(part.mean[:, columns], brain_score, rtol=0, atol=1e-5)
        assert part.n_targets[:, columns].tolist() == [[2, 2, 2, 11]] * len(part.mean)
        absent = names.index("roi/L/y")
        assert np.isnan(part.mean[:, absent]).all() and not part.n_targets[:, absent].any()


def test_the_log_counts_every_fit(caplog, measured, path, regions):
    """Cells, times folds, times targets or regions; the last line has them all."""
    caplog.set_level("INFO", logger="brainforecast")
    grids = [*GRIDS, replace(GRIDS[0], keep="regions", score="regions")]
    score_grids(measured, "01", grids, designs_of(grids, path), ENCODINGS, regions)
    n_folds = len(read_design(path, "present", measured.n_trs).folds)
    n_fits = 7 * n_folds * (N - 1) + n_folds * int(np.isfinite(regions.series(measured)).all(axis=0).sum())
    assert caplog.records[-1].message == f"fit {n_fits} of {n_fits} (100 %), about 0 s left"
