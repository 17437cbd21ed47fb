"""Folds without words: found by planning, as the folds of the scoring jobs are."""

import numpy as np
import pytest

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.errors import BadInput
from brainforecast.planning.silence import Stretch, check_silent_folds, fold_stretches
from helpers.datasets import write_lines

TR = 2.0


def mask(stretches: tuple[Stretch, ...], n_trs: list[int]) -> np.ndarray:
    """The rows of the concatenated stories that are in stretches."""
    starts, found = np.cumsum([0, *n_trs]), np.zeros(sum(n_trs), bool)
    for stretch in stretches:
        found[starts[stretch.story] + stretch.start : starts[stretch.story] + stretch.stop] = True
    return found


@pytest.mark.parametrize("scheme", ["paper", "strict"])
@pytest.mark.parametrize("seed", range(8))
def test_folds_are_those_of_the_scoring_jobs(scheme, seed):
    """Any number of stories, folds and volumes gives the same training and test rows."""
    rng = np.random.default_rng(seed)
    n_trs = rng.integers(30, 90, size=rng.integers(1, 7)).tolist()
    folds = {"scheme": scheme, "n_folds": int(rng.integers(2, 6)), "gap": int(rng.integers(0, 5))}
    ours, theirs = fold_stretches(n_trs, folds), make_folds(n_trs, FoldSettings(**folds))
    assert len(ours) == len(theirs)
    for fold, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mask(fold.test, n_trs), other.test)
        np.testing.assert_array_equal(mask(fold.train, n_trs), other.train)


@pytest.fixture
def planned(tmp_path):
    """A function that plans one story of `n_trs` volumes whose words are spoken between two times, every second."""

    def plan(n_trs: int | None, first: float, last: float, *, n_subjects: int = 1, shift: float = 0.0) -> Plan:
        times = np.arange(first, last)
        rows = [f"{onset}\t0.5\tword" for onset in times]
        path = write_lines(tmp_path / "words.tsv", "onset\tduration\tword", *rows)
        names = [f"{number:02d}" for number in range(1, n_subjects + 1)]
        runs = {name: (Run(name, "myth", None, ("run.tsv",), 0, n_trs),) for name in names}
        return Plan(runs, {"myth": Story(str(path), None, shift)}, TR)

    return plan


def config(n_folds: int = 5, delays: tuple[int, ...] = (0, 1, 2), **folds: object) -> dict:
    section = {"scheme": "paper", "n_folds": n_folds, "gap": 2, **folds}
    return {"encoding": {"row_offset": 1, "delays": list(delays), "folds": section}}


def test_a_silent_tail_is_one_line(planned):
    """Words end at 60 s of 200 s: the third fold of five, from 80 s on, is the first without any."""
    message = (
        r"^config key encoding.folds.n_folds: found fold 3 of sub-01 and 1 more scored on myth 80 to 120 s, where no "
        r"word is spoken; expected words in every fold: dataset.tail .* fewer folds than 5 are longer$"
    )
    with pytest.raises(BadInput, match=message):
        check_silent_folds(config(), planned(100, 0, 60, n_subjects=2))


def test_words_in_every_fold_pass(planned):
    check_silent_folds(config(), planned(100, 0, 199))
    check_silent_folds(config(n_folds=2), planned(100, 0, 140))


def test_the_delays_carry_words_into_a_fold(planned):
    """The last word starts in volume 39 and stands in row 40; a fold from row 42 on has it with a delay of 2."""
    words = planned(84, 0, 79)
    check_silent_folds(config(n_folds=2), words)
    with pytest.raises(BadInput, match="fold 1 of sub-01 fitted on myth 84 to 168 s"):
        check_silent_folds(config(n_folds=2, delays=(0, 1)), words)


def test_a_training_part_may_be_silent(planned):
    """All words are in the first half, so the fold that holds it out is fitted on silence."""
    with pytest.raises(BadInput, match="fold 1 of sub-01 fitted on myth 100 to 200 s"):
        check_silent_folds(config(n_folds=2), planned(100, 0, 40))


def test_the_shift_of_the_story_counts(planned):
    """Words that lie in a fold by their file are spoken after it on the scan's clock."""
    check_silent_folds(config(n_folds=2), planned(100, 0, 140))
    with pytest.raises(BadInput, match="fold 1 of sub-01 scored on myth 0 to 100 s"):
        check_silent_folds(config(n_folds=2), planned(100, 0, 60, shift=120))


def test_words_before_the_run_reach_no_fold(planned):
    with pytest.raises(BadInput, match="fold 1 of sub-01 scored on myth 0 to 40 s"):
        check_silent_folds(config(), planned(100, 0, 30, shift=-100))


def test_a_gap_may_leave_only_silence(planned):
    """Words surround the edge of the folds; without a gap each training part has some of them."""
    words = planned(100, 80, 120)
    check_silent_folds(config(n_folds=2), words)
    with pytest.raises(BadInput, match="fold 1 of sub-01 fitted on myth 160 to 200 s"):
        check_silent_folds(config(n_folds=2, scheme="strict", gap=30), words)


def test_runs_that_are_not_here_are_not_checked(planned):
    """Their number of volumes is not known."""
    check_silent_folds(config(), planned(None, 0, 60))
