"""Scores under common shifts are those of responses that were shifted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from brainforecast.controls import scoring
from brainforecast.controls.scoring import ControlCell, read_cells, side_by_side
from brainforecast.controls.shifted_scores import score_under_shifts
from brainforecast.encoding.common_shift import common_rows
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import Fold
from brainforecast.encoding.scoring import score_windows
from brainforecast.storage.designs import write_designs

RUNS = {"01": [("a", 70, 66), ("b", 90, 88)], "02": [("b", 88, 88)]}
SHIFTS = {"a": [0, 20, 46, 31], "b": [0, 33, 68, 20]}  # row 0 as recorded
N_REGIONS = 5


def shifts_of(subject: str) -> np.ndarray:
    return np.stack([SHIFTS[story] for story, *_ in RUNS[subject]], axis=1)


def series_of(subject: str) -> np.ndarray:
    n_trs = sum(n for _, n, _ in RUNS[subject])
    return np.random.default_rng(int(subject)).standard_normal((n_trs, N_REGIONS)).astype(np.float32)


def score_by_hand(series: np.ndarray, subject: str, draw: int, design: Design, windows: np.ndarray, encoding):
    """Only the volumes that all listeners have, cut out, rolled and masked, run by run."""
    shifted, rows, start = series.copy(), np.zeros(len(series), bool), 0
    for story, n_trs, common in RUNS[subject]:
        here = slice(start, start + common)
        shifted[here] = np.roll(series[here], SHIFTS[story][draw], axis=0)
        rows[here] = True
        start += n_trs
    folds = [Fold(fold.train & rows, fold.test & rows) for fold in design.folds]
    masked = Design(design.components, [0], design.n_trs, folds)
    both = [score_windows(shifted, masked, None, encoding)[0], score_windows(shifted, masked, windows, encoding)[0]]
    return np.concatenate(both).mean(axis=1)


@pytest.mark.parametrize("subject", RUNS)
@pytest.mark.parametrize("at_once", [None, 1, 3])
def test_scores_are_those_of_responses_shifted_by_hand(new_design, new_cell, subject, at_once, monkeypatch):
    """Each draw on its own and all of them as columns of one fit give the same, whatever fits into memory."""
    series, cell = series_of(subject), new_cell(RUNS[subject])
    if at_once:
        monkeypatch.setattr(scoring, "BLOCK_BYTES", at_once * series.nbytes)
    found = score_under_shifts(series, RUNS[subject], shifts_of(subject), {"paper": cell, "verdict": cell})
    assert found.shape == (2, 3, 4, N_REGIONS) and found.dtype == np.float32
    design, windows = new_design([n for _, n, _ in RUNS[subject]])
    for draw in range(4):
        expected = score_by_hand(series, subject, draw, design, windows, cell.encoding)
        np.testing.assert_allclose(found[0, :, draw], expected, atol=1e-5)
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(("at_once", "blocks"), [(1, [1, 1, 1, 1]), (3, [3, 1]), (9, [4])])
def test_copies_stand_side_by_side_as_far_as_memory_goes(at_once, blocks, monkeypatch):
    """Each is made when its block is filled, and stands whole in its columns."""
    copies = np.random.default_rng(0).standard_normal((4, 20, N_REGIONS)).astype(np.float32)
    monkeypatch.setattr(scoring, "BLOCK_BYTES", at_once * copies[0].nbytes)
    found = list(side_by_side(iter(copies), len(copies), copies[0].shape))
    assert [which.stop - which.start for which, _ in found] == blocks
    np.testing.assert_array_equal(np.hstack([responses for _, responses in found]), np.hstack(list(copies)))


def test_volumes_that_some_listener_lacks_count_for_nothing(new_cell):
    """Neither when fitted nor when held out, shifted or not."""
    series, cell = series_of("01"), new_cell(RUNS["01"])
    beyond = np.r_[66:70, 158:160]
    changed = series.copy()
    changed[beyond] = 1000.0
    first, second = (score_under_shifts(x, RUNS["01"], shifts_of("01"), {"paper": cell}) for x in (series, changed))
    np.testing.assert_array_equal(first, second)


def test_a_region_that_is_missing_or_constant_has_no_score(new_cell):
    """And changes nothing in the others."""
    series, cell = series_of("02"), new_cell(RUNS["02"])
    holes = series.copy()
    holes[:, 1], holes[:, 3] = np.nan, 2.0
    full, found = (score_under_shifts(x, RUNS["02"], shifts_of("02"), {"paper": cell}) for x in (series, holes))
    assert np.isnan(found[..., [1, 3]]).all()
    np.testing.assert_allclose(found[..., [0, 2, 4]], full[..., [0, 2, 4]], atol=1e-6)


@pytest.mark.parametrize("draw", range(4))
def test_censored_rows_count_for_nothing_where_they_were_recorded(new_design, new_cell, draw):
    """The rows scored are the same under every shift; what is rolled into them is as by hand."""
    subject, used = "01", np.random.default_rng(1).uniform(size=160) > 0.2
    series, plain = series_of(subject), new_cell(RUNS[subject])
    design, windows = new_design([n for _, n, _ in RUNS[subject]])
    rows = common_rows([(n, common) for _, n, common in RUNS[subject]])
    cell = ControlCell.masked(design, windows, plain.encoding, rows & used)
    found = score_under_shifts(series, RUNS[subject], shifts_of(subject), {"paper": cell})
    masked = replace(design, folds=[Fold(fold.train & used, fold.test & used) for fold in design.folds])
    expected = score_by_hand(series, subject, draw, masked, windows, cell.encoding)
    np.testing.assert_allclose(found[0, :, draw], expected, atol=1e-5)


def test_cells_read_leave_censored_rows_out(tmp_path, new_design, new_cell):
    """As recorded, scores do not depend on values at censored rows; a mask of all rows changes no bit."""
    runs, used = [("b", 88, 88)], np.arange(88) % 4 != 1
    design, windows = new_design([88])
    path = tmp_path / "job.safetensors"
    window = Design(windows, [3, 8], [88], design.folds)
    write_designs({"present": [design], "window": [window]}, path)
    cells = [{"base": "paper", "designs": [("job", "present"), ("job", "window")], "distances": [3, 8]}]
    encoding = new_cell(runs).encoding
    series = series_of("02")
    spoiled = np.where(used[:, None], series, np.float32(1e6))

    def scores(of: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
        read = read_cells(cells, [path], {"paper": encoding}, runs, mask)
        return score_under_shifts(of, runs, np.zeros((1, 1), int), read)

    np.testing.assert_array_equal(scores(series, used), scores(spoiled, used))
    np.testing.assert_array_equal(scores(series, np.ones(88, bool)), scores(series, None))
    assert not np.array_equal(scores(series, used), scores(series, None))


def test_a_fold_that_loses_its_rows_is_left_out(new_design, new_cell):
    """One listener left early: the folds of what it missed are scored in nobody; without any fold there is no score."""
    series = series_of("02")
    cell = new_cell([("b", 88, 50)])
    assert len(cell.present.folds) == 2 and cell.windows.shape[1] == 2
    assert np.isfinite(cell.score(series)).all()
    nothing = ControlCell.masked(*new_design([88]), cell.encoding, np.zeros(88, bool))
    assert np.isnan(nothing.score(series)).all()
