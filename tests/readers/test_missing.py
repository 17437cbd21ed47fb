"""Missing volumes: stopped at, masked or interpolated, and named; targets that are always missing do not count."""

import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.missing import complete_run, fill_rows
from helpers.datasets import assert_bad_input

N, TARGETS = 30, 20


@pytest.fixture
def run():
    """A run with a medial wall of two targets."""
    values = np.random.default_rng(0).normal(size=(N, TARGETS)).astype(np.float32)
    values[:, [3, 8]] = np.nan
    return values


def wanted(first=0, last=N):
    kept = np.zeros(N, bool)
    kept[first:last] = True
    return kept


def test_a_whole_run_stays_as_it_is(run):
    """The medial wall is no reason to stop, and no value changes."""
    found = complete_run(run.copy(), wanted(), "stop", "run.func.gii")
    np.testing.assert_array_equal(found.values, run)
    assert found.used.all() and (found.n_interpolated, found.notes) == (0, ())


def test_volumes_missing_in_every_target_stop(run):
    """The file, its volumes, the rows of a table, and what can be done."""
    run[[9, 10, 27]] = np.nan
    with pytest.raises(BadInput) as error:
        complete_run(run, wanted(), "stop", "sub-01_timeseries.tsv")
    parts = ("volumes 9, 10, 27", "rows 11, 12, 29 of the file", "in every target", "dataset.missing_volumes: mask")
    assert_bad_input(error, "sub-01_timeseries.tsv", *parts, "interpolate")
    with pytest.raises(BadInput) as error:
        complete_run(run, wanted(), "stop", "run.func.gii")
    assert "row" not in str(error.value)


def test_a_volume_missing_in_many_targets_stops(run):
    """It names the volume and how many targets it would cost."""
    run[14, :12] = np.nan
    with pytest.raises(BadInput) as error:
        complete_run(run, wanted(), "stop", "run.tsv")
    assert_bad_input(error, "run.tsv", "volume 14 (the first is 0; row 16 of the file)", "n/a in 10 of 18 targets")


def test_many_missing_volumes_are_named_briefly(run):
    run[:20] = np.nan
    with pytest.raises(BadInput) as error:
        complete_run(run, wanted(), "stop", "run.func.gii")
    assert "9, 10, 11 and 8 more" in str(error.value)


def test_a_target_missing_in_few_volumes_is_noted_and_left_to_be_masked(run, caplog):
    """One target of 18 may be n/a at a volume in every mode; its line is in the log and in the notes."""
    run[14, 0] = run[20, 1] = np.inf
    for mode in ("stop", "mask", "interpolate"):
        found = complete_run(run.copy(), wanted(), mode, "run.tsv")
        np.testing.assert_array_equal(found.values, run)
        assert found.used.all()
        (note,) = found.notes
        assert "volumes 14, 20" in note and "up to 1 of 18 targets; 2 targets are masked" in note
        assert note in caplog.text


@pytest.mark.parametrize("mode", ["stop", "mask", "interpolate"])
def test_volumes_outside_the_story_may_be_missing(run, mode):
    """They are not used, and finite where the others are."""
    run[:2] = np.nan
    run[28, :5] = np.nan
    found = complete_run(run.copy(), wanted(2, 28), mode, "run.tsv")
    assert np.flatnonzero(~found.used).tolist() == [0, 1, 28]
    assert found.notes == ()
    np.testing.assert_array_equal(found.values[2:28], run[2:28])
    assert np.isfinite(found.values[:, [0, 1, 2]]).all()


def test_masked_volumes_are_on_the_line_between_their_neighbours(run):
    """By numpy's interp for every target, also those measured in a volume that is masked; ends as the nearest."""
    run[[0, 9, 10, 29]] = np.nan
    run[15, :12] = np.nan
    original = run.copy()
    found = complete_run(run, wanted(), "mask", "run.tsv")
    missing = [0, 9, 10, 15, 29]
    assert np.flatnonzero(~found.used).tolist() == missing
    kept = np.setdiff1d(np.arange(N), missing)
    for target in np.setdiff1d(np.arange(TARGETS), [3, 8]):
        expected = np.interp(np.arange(N), kept, original[kept, target])
        np.testing.assert_allclose(found.values[:, target], expected, atol=1e-6)
    np.testing.assert_array_equal(found.values[kept], original[kept])
    assert np.isnan(found.values[:, [3, 8]]).all()


def test_interpolated_volumes_are_used_and_keep_what_was_measured(run):
    run[[9, 10]] = np.nan
    run[15, :12] = np.nan
    original = run.copy()
    found = complete_run(run, wanted(), "interpolate", "run.tsv")
    assert found.used.all() and found.n_interpolated == 3
    measured = np.isfinite(original)
    np.testing.assert_array_equal(found.values[measured], original[measured])
    np.testing.assert_allclose(found.values[15, 0], (original[14, 0] + original[16, 0]) / 2, atol=1e-6)
    np.testing.assert_allclose(found.values[9, 5], (2 * original[8, 5] + original[11, 5]) / 3, atol=1e-6)


def test_a_run_of_interpolated_volumes_is_refused(run):
    """A quarter of a run may be interpolated, as no more was measured otherwise; masked volumes may be more."""
    run[1:8] = np.nan
    assert complete_run(run.copy(), wanted(), "interpolate", "run.tsv").n_interpolated == 7
    run[9] = np.nan
    with pytest.raises(BadInput) as error:
        complete_run(run.copy(), wanted(), "interpolate", "run.tsv")
    assert_bad_input(error, "run.tsv", "8 of its 30 volumes", "mask")
    assert complete_run(run, wanted(), "mask", "run.tsv").used.sum() == 22


@pytest.mark.parametrize("mode", ["mask", "interpolate"])
def test_a_story_without_any_volume_stops_in_every_mode(run, mode):
    """Half of the targets are n/a in each half of the run."""
    run[:15, :10] = np.nan
    run[15:, 10:] = np.nan
    with pytest.raises(BadInput) as error:
        complete_run(run, wanted(), mode, "run.tsv")
    assert_bad_input(error, "run.tsv", "all of its 30 volumes")


def test_rows_are_filled_in_place():
    run = np.array([[0.0], [9], [9], [6], [9]], np.float32)
    fill_rows(run, np.array([True, False, False, True, False]))
    np.testing.assert_allclose(run[:, 0], [0, 2, 4, 6, 6])
