"""The noise ceiling: the mean of the others holds nothing of the subject, and is scored like any model's present."""

import numpy as np
import pytest

from brainforecast.cells import LISTENERS, Grid
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.noise_ceiling import (
    TARGETS_AT_ONCE,
    ResponseSums,
    correlate_with_others,
    design_of_others,
)
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.jobs.noise_ceiling import mean_of_others, sum_responses
from brainforecast.storage.listener_correlation import read_listener_correlation
from brainforecast.storage.response_sums import read_sums, write_sums
from brainforecast.storage.responses import Responses, save_responses
from brainforecast.storage.scores import read_scores
from helpers import plain_pipeline
from scripts.encoding.build_listeners_design import build_listeners_design
from scripts.encoding.score_cells import score_cells

FOLDS = FoldSettings("paper", n_folds=5, gap=0)
ENCODING = Encoding((0,), tuple(np.logspace(-1, 8, 10)))
N_TARGETS = 9
# story and volumes of each run; only 03 has the myth, 01 has more volumes of the fable, 02 has the tale twice
RUNS = {
    "01": [("fable", 62), ("tale", 50)],
    "02": [("fable", 60), ("tale", 50), ("tale", 48)],
    "03": [("fable", 60), ("myth", 55)],
    "04": [("tale", 50)],
}
MASKED = {"01": [], "02": [4], "03": [4, 7], "04": [7]}  # targets a subject does not have


def runs_of(subject):
    """Each run on all targets, NaN where the subject has none: a signal shared by the story's subjects, and noise."""
    own, runs = np.random.default_rng(int(subject)), []
    for story, n in RUNS[subject]:
        shared = np.random.default_rng(len(story)).normal(size=(70, N_TARGETS))
        run = (shared[:n] + own.normal(size=(n, N_TARGETS)) + 100).astype(np.float32)
        run[:, MASKED[subject]] = np.nan
        runs.append((story, run))
    return runs


def write_responses(path, subject, runs):
    kept = np.setdiff1d(np.arange(N_TARGETS), MASKED[subject]).astype(np.int32)
    lengths = np.array([len(run) for _, run in runs], np.int32)
    description = {"subject": subject, "stories": [story for story, _ in runs]}
    responses = np.ascontiguousarray(np.concatenate([run for _, run in runs])[:, kept])
    save_responses(Responses(responses, kept, lengths, description), path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Responses of four subjects and the sums of three stories, as two rules write them."""
    return write_study(tmp_path, {})


def write_study(folder, poison):
    """As `folder`; `poison` is the factor of a subject's responses."""
    folder.mkdir(exist_ok=True)
    for subject in RUNS:
        runs = [(story, run * np.float32(poison.get(subject, 1))) for story, run in runs_of(subject)]
        write_responses(folder / f"{subject}.safetensors", subject, runs)
    for story in ("fable", "tale", "myth"):
        paths = [folder / f"{s}.safetensors" for s in RUNS if story in dict(RUNS[s])]
        write_sums(sum_responses(paths, story, N_TARGETS), folder / f"{story}_sums.safetensors")
    return folder


def means_of(folder, subject):
    sums = [folder / f"{story}_sums.safetensors" for story in dict(RUNS[subject])]
    return mean_of_others(folder / f"{subject}.safetensors", sums)


def expected_mean(subject, story, n_trs):
    """The others' mean, directly: every run of every other subject, stacked, and the mean over them."""
    others = [run for s in RUNS if s != subject for name, run in runs_of(s) if name == story]
    stack = np.full((len(others), n_trs, N_TARGETS), np.nan)
    for padded, run in zip(stack, others, strict=True):
        padded[: len(run)] = run[:n_trs]
    present = np.isfinite(stack)
    with np.errstate(invalid="ignore"):
        return np.where(present, stack, 0).sum(axis=0) / present.sum(axis=0)


@pytest.mark.parametrize("subject", RUNS)
def test_the_mean_is_that_of_the_others(folder, subject):
    """Against numpy's mean: other lengths, masked targets, a story with two runs; what no other subject has is NaN."""
    means = means_of(folder, subject)
    assert [len(mean) for mean in means] == [n for _, n in RUNS[subject]]
    for mean, (story, n) in zip(means, RUNS[subject], strict=True):
        expected = expected_mean(subject, story, n)
        if (subject, story) == ("01", "fable"):
            expected[60:] = expected[59]  # no other subject has the last two volumes: the one before is repeated
        np.testing.assert_allclose(mean, expected, rtol=1e-6)
    lacking = {"01": [4], "03": range(N_TARGETS)}.get(subject, [])
    assert set(np.flatnonzero(~np.isfinite(np.concatenate(means)).all(axis=0))) == set(lacking)


def test_sums_are_read_as_written(folder):
    sums = read_sums(folder / "fable_sums.safetensors")
    assert sums.total.shape == sums.count.shape == (62, N_TARGETS)
    assert sums.total.dtype == np.float64
    assert sums.count[:60, 7].tolist() == [2] * 60 and sums.count[60:, 0].tolist() == [1, 1]


@pytest.mark.parametrize("poisoned", [("01",), ("02",), ("04",)])
def test_ones_own_responses_are_not_in_the_mean(tmp_path, folder, poisoned):
    """A subject's own responses made a million times larger: only the mean for this subject stays."""
    bad = write_study(tmp_path / "poisoned", dict.fromkeys(poisoned, 2.0**20))
    for subject in ("01", "02", "04"):
        clean, changed = (np.concatenate(means_of(study, subject)) for study in (folder, bad))
        same = np.allclose(clean, changed, rtol=1e-6, equal_nan=True)
        assert same == (subject in poisoned)


def score(folder, subject):
    """The two jobs of a subject, as the rules run them."""
    sums = [folder / f"{story}_sums.safetensors" for story in dict(RUNS[subject])]
    responses, design, scores = (folder / f"{subject}{end}" for end in (".safetensors", "_design", "_scores"))
    build_listeners_design(responses, sums, design, folder / f"{subject}_correlation", n_components=5, folds=FOLDS)
    grid = Grid(LISTENERS, 0, "paper", "present", 0, (0,))
    designs, encodings = [[(design, grid.design)]], {"paper": ENCODING}
    score_cells(responses, designs, scores, subject=subject, grids=[grid], encodings=encodings)
    return read_scores(scores)


def test_the_ceiling_is_scored_like_a_plain_pipeline(folder):
    """Others' mean, PCA, ridge without delays, fold by fold, with scikit-learn."""
    found = score(folder, "02")
    others = np.concatenate([expected_mean("02", story, n) for story, n in RUNS["02"]])
    others = others[:, np.isfinite(others).all(axis=0)]
    Y = np.concatenate([run for _, run in runs_of("02")])[:, found.target]
    expected, _ = plain_pipeline.brain_scores([others], Y, [60, 50, 48], n_components=5, delays=[0])
    np.testing.assert_allclose(found.brain_score[0], expected.mean(axis=0), atol=5e-5)
    assert found.brain_score.mean() > 0.2


def test_a_story_of_one_subject_gives_no_ceiling(folder):
    """The job succeeds; every score is NaN, so the subject does not count."""
    found = score(folder, "03")
    assert found.brain_score.shape == (1, N_TARGETS - 2)
    assert np.isnan(found.brain_score).all()


@pytest.mark.parametrize("subject", ["01", "02", "04"])
def test_the_plain_correlation_equals_numpy(folder, subject):
    """Each target with itself in the others' mean, on held-out rows, mean over folds; NaN where no other has it."""
    score(folder, subject)
    found = read_listener_correlation(folder / f"{subject}_correlation")
    runs = [(story, n, run) for (story, n), (_, run) in zip(RUNS[subject], runs_of(subject), strict=True)]
    others = [expected_mean(subject, story, n) for story, n, _ in runs]
    if subject == "01":
        others[0][60:] = others[0][59]  # as in the design
    M, Y = np.concatenate(others), np.concatenate([run for *_, run in runs])
    lengths = [len(Y) // 5 + (k < len(Y) % 5) for k in range(5)]
    folds = np.split(np.arange(len(Y)), np.cumsum(lengths)[:-1])
    kept = [v for v in range(N_TARGETS) if v not in MASKED[subject]]
    assert found.target.tolist() == kept
    expected = [np.mean([np.corrcoef(M[fold, v], Y[fold, v])[0, 1] for fold in folds]) for v in kept]
    np.testing.assert_allclose(found.r, expected, atol=1e-5)
    assert np.isnan(found.r).sum() == {"01": 1}.get(subject, 0)  # target 4 of the others' fable
    assert np.nanmean(found.r) > 0.3


def test_a_listener_alone_in_a_story_has_no_plain_correlation(folder):
    """As the ceiling: no other subject heard the myth, so there is nothing to correlate with over all held-out rows."""
    score(folder, "03")
    found = read_listener_correlation(folder / "03_correlation")
    assert len(found.r) == N_TARGETS - 2
    assert np.isnan(found.r).all()


def test_a_constant_target_has_no_plain_correlation():
    """Constant in the training or the held-out rows of one fold: NaN in this fold, as its brain score."""
    rng = np.random.default_rng(0)
    M, Y = (rng.normal(size=(50, 4)).astype(np.float32) for _ in range(2))
    folds = make_folds([50], FOLDS)
    Y[folds[1].test, 0], Y[folds[2].train, 1], M[folds[3].test, 2] = 1, 1, 1
    found = correlate_with_others(Y, [M[:20], M[20:]], folds)
    assert np.argwhere(np.isnan(found[:, [0, 2, 3]])).tolist() == [[1, 0], [3, 1]]
    assert np.isnan(found[2, 1])


def test_blocks_of_targets_do_not_matter_to_the_plain_correlation():
    rng = np.random.default_rng(1)
    M, Y = (rng.normal(size=(40, TARGETS_AT_ONCE + 3)).astype(np.float32) for _ in range(2))
    folds = make_folds([40], FOLDS)
    found = correlate_with_others(Y, [M], folds)
    last = correlate_with_others(Y[:, -5:], [M[:, -5:]], folds)
    np.testing.assert_array_equal(found[:, -5:], last)


@pytest.mark.parametrize("scheme", ["paper", "strict"])
def test_long_stories_of_one_subject_give_no_ceiling(scheme):
    """The same where Lanczos finds the leading components, and where alpha is chosen on blocks."""
    folds = make_folds([600], FoldSettings(scheme, n_folds=5, gap=2))
    design = design_of_others([np.full((600, 3), np.nan, np.float32)], folds, 4)
    Y = np.random.default_rng(0).normal(size=(600, 2)).astype(np.float32)
    scores, _ = score_windows(Y, design, None, Encoding((0,), (1.0, 10.0), blocked=scheme == "strict"))
    assert np.isnan(scores).all()


def test_blocks_of_targets_do_not_matter():
    """More targets than fit into one block: the components of all of them, as in scikit-learn's PCA."""
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(0)
    signal = rng.normal(size=(80, 3)) * [3, 2, 1]
    mean = (signal @ rng.normal(size=(3, TARGETS_AT_ONCE + 500)) + 0.1 * rng.normal(size=(80, 1))).astype(np.float32)
    folds = make_folds([80], FOLDS)
    found = design_of_others([mean], folds, 3)
    for k, fold in enumerate(folds):
        z = (mean - mean[fold.train].mean(axis=0)) / mean[fold.train].std(axis=0)
        expected = PCA(3, svd_solver="full").fit(z[fold.train]).transform(z)
        np.testing.assert_allclose(np.abs(found.components[0, k]), np.abs(expected), rtol=1e-3, atol=1e-2)


def test_held_out_volumes_do_not_change_the_reduction(folder):
    """The others' held-out volumes made huge: the components of training rows stay, to the bit."""
    mean = np.nan_to_num(np.concatenate(means_of(folder, "04")), nan=100)
    folds = make_folds([len(mean)], FOLDS)
    for k, fold in enumerate(folds):
        poisoned = np.where(fold.test[:, None], np.float32(1e6), mean)
        clean, changed = (design_of_others([m], folds, 4).components[0, k][fold.train] for m in (mean, poisoned))
        np.testing.assert_array_equal(clean, changed)


def test_unrelated_subjects_reach_no_ceiling():
    """Subjects who share nothing: the mean over targets is 0 within its error."""
    rng = np.random.default_rng(0)
    sums, target = ResponseSums.zeros(200, 300), np.arange(300)
    runs = [rng.normal(size=(200, 300)).astype(np.float32) for _ in range(4)]
    for run in runs:
        sums.add(run, target)
    sums.add(runs[0], target, sign=-1)
    design = design_of_others([sums.mean(200)], make_folds([200], FOLDS), 20)
    scores = score_windows(runs[0], design, None, ENCODING)[0][0].mean(axis=0)
    assert abs(scores.mean()) < 4 * scores.std() / np.sqrt(len(scores))
