"""Folds: the paper's chunks, whole stories, gaps."""

import numpy as np
import pytest
from sklearn.model_selection import KFold

from brainforecast.encoding.folds import FoldSettings, fitting_gap, make_folds
from brainforecast.errors import BadInput


@pytest.mark.parametrize("n_trs", [[300], [264, 251], [101, 7, 55]])
def test_paper_folds_are_kfold_without_shuffling(n_trs):
    folds = make_folds(n_trs, FoldSettings("paper", n_folds=5, gap=12))
    expected = list(KFold(5).split(np.zeros(sum(n_trs))))
    assert len(folds) == 5
    for fold, (train, test) in zip(folds, expected, strict=True):
        np.testing.assert_array_equal(np.flatnonzero(fold.train), train)
        np.testing.assert_array_equal(np.flatnonzero(fold.test), test)


@pytest.mark.parametrize("n_trs", [[300], [264, 251], [60, 70, 80], [50, 60, 70, 80, 90, 100, 40]])
def test_strict_folds_hold_out_every_row_once_with_a_gap(n_trs):
    """No training row lies within the gap of a test row of its story."""
    story = np.repeat(np.arange(len(n_trs)), n_trs)
    folds = make_folds(n_trs, FoldSettings("strict", n_folds=5, gap=12))
    assert (sum(fold.test.astype(int) for fold in folds) == 1).all()
    for fold in folds:
        train, test = np.flatnonzero(fold.train), np.flatnonzero(fold.test)
        near = (np.abs(train[:, None] - test) <= 12) & (story[train][:, None] == story[test])
        assert not near.any()


def test_strict_folds_are_whole_stories_from_three_on():
    folds = make_folds([60, 70, 80], FoldSettings("strict", n_folds=5, gap=12))
    story = np.repeat([0, 1, 2], [60, 70, 80])
    assert len(folds) == 3
    for fold in folds:
        assert not set(story[fold.train]) & set(story[fold.test])


def test_a_gap_stays_inside_its_story():
    """The neighbour story, scanned at another time, keeps its rows."""
    folds = make_folds([50, 50], FoldSettings("strict", n_folds=2, gap=12))
    assert folds[0].train.sum() == 50


def test_too_few_volumes_are_reported():
    with pytest.raises(BadInput, match="10 TRs in 5 folds"):
        make_folds([10], FoldSettings("paper", n_folds=5, gap=0))
    with pytest.raises(BadInput, match="40 TRs in 2 folds with a gap of 30"):
        make_folds([40], FoldSettings("strict", n_folds=2, gap=30))


@pytest.mark.parametrize(("n_trs", "gap"), [([300], 200), ([120, 90], 60), ([300], 10)])
def test_a_measured_gap_leaves_half_of_the_training_rows(n_trs, gap):
    """The longest that does, and leaves another fold to choose alpha on; a shorter one is kept as it is."""
    settings = FoldSettings("strict", 5, gap, kept=0.5)
    found = fitting_gap(n_trs, settings)
    without = [(~fold.test).sum() for fold in make_folds(n_trs, settings)]

    def left(width: int) -> list[int]:
        folds = make_folds(n_trs, FoldSettings("strict", 5, width))
        return [fold.train.sum() for fold in folds]

    assert all(2 * n >= whole for n, whole in zip(left(found), without, strict=True))
    assert [fold.train.sum() for fold in make_folds(n_trs, settings)] == left(found)
    if gap == 10:
        assert found == 10
    else:
        longer = make_folds(n_trs, FoldSettings("strict", 5, found + 1))
        too_few = any(2 * n < whole for n, whole in zip(left(found + 1), without, strict=True))
        assert found < gap and (too_few or not all(has_inner_fold(fold, longer) for fold in longer))


def test_a_gap_of_the_config_is_never_shortened():
    """Too long a gap is an error of the config, and folds that touch have none."""
    with pytest.raises(BadInput, match="gap of 200"):
        make_folds([300], FoldSettings("strict", 5, 200))
    assert fitting_gap([300], FoldSettings("paper", 5, 12, kept=0.5)) == 0


def test_whole_stories_have_no_gap():
    """Nothing beside a test chunk is left out: all other rows are fitted on, and the gap that is shown says so."""
    n_trs, settings = [60, 70, 80], FoldSettings("strict", 5, 12, kept=0.5)
    assert fitting_gap(n_trs, settings) == 0
    assert all((fold.train == ~fold.test).all() for fold in make_folds(n_trs, settings))


def test_a_shortened_gap_leaves_folds_to_choose_alpha_on():
    """One story of 52 volumes with a gap of 20: half of the rows could be kept, but no test part of another fold."""
    settings = FoldSettings("strict", 5, 20, kept=0.3)
    folds = make_folds([52], settings)
    assert 0 < fitting_gap([52], settings) < 20
    assert all(has_inner_fold(fold, folds) for fold in folds)


def has_inner_fold(fold, folds):
    """Whether another fold has rows to fit on, and rows to test on, among the training rows of this one."""
    return any((one.train & fold.train).any() and (one.test & fold.train).any() for one in folds if one is not fold)
