"""Censored volumes: neither fitted on nor scored, whatever their values; without any, nothing changes."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brainforecast.cells import Grid
from brainforecast.encoding.designs import WindowSettings
from brainforecast.encoding.folds import MIN_TEST_TRS, FoldSettings, make_folds, mask_folds
from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.encoding.scoring import Encoding
from brainforecast.errors import BadInput
from brainforecast.jobs.noise_ceiling import correlate_subject, mean_of_others, sum_responses
from brainforecast.jobs.scoring import score_grids
from brainforecast.storage.designs import write_designs
from brainforecast.storage.response_sums import write_sums
from brainforecast.storage.responses import Responses, save_responses
from helpers import plain_pipeline
from helpers.datasets import assert_bad_input
from helpers.simulated_encoding import ALPHAS, PAPER, TR, build_design, make_stories, volumes

DELAYS = tuple(range(4))
GRID = Grid("m", 0, "paper", "present", 0, (0,))
WINDOW = Grid("m", 0, "paper", "true", 3, (2,))


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def stories(rng):
    return make_stories(rng)


@pytest.fixture
def responses(rng, stories):
    """Responses that follow the words, and a quarter of the volumes censored, in runs of several and at both ends."""
    n = sum(volumes(stories))
    values = (rng.normal(size=(n, 11)) + 50).astype(np.float32)
    values[3:, :6] += 2 * np.cumsum(rng.normal(size=(n, 6)), axis=0)[3:] * 0.2
    used = rng.uniform(size=n) > 0.2
    used[[0, 1, 2, n - 1]] = used[100:112] = False
    n_trs = np.array(volumes(stories), np.int32)
    return Responses(values, np.arange(11, dtype=np.int32), n_trs, {"subject": "01"}, used)


def score(folder, stories, measured, encoding, grid=WINDOW, folds=PAPER):
    """Scores and alphas of one grid, through the file of designs, as a scoring job reads them."""
    windows = [WindowSettings("present", 1, (0,), 8), WindowSettings("true", 3, (2,), 8)]
    designs = [build_design(stories, window, folds) for window in windows]
    path = folder / "designs.safetensors"
    names = ["present", "window"]
    write_designs({name: [design] for name, design in zip(names, designs, strict=True)}, path)
    needed = [(path, name) for name in names[: 1 + (grid.width > 0)]]
    (found,) = score_grids(measured, "01", [grid], [needed], {"paper": encoding})
    return found


def test_scores_equal_scikit_learn_on_the_rows_that_remain(tmp_path, stories, responses):
    """PCA and delays of all rows, then ridge and correlation of the rows used only: mean over folds, every target."""
    encoding = Encoding(DELAYS, tuple(ALPHAS))
    found = score(tmp_path, stories, responses, encoding)
    n_trs, used = volumes(stories), responses.used
    blocks = [
        np.vstack(
            [
                plain_pipeline.sum_per_tr(plain_pipeline.window_vectors(s.vectors, *window), s.onsets, TR, n)
                for s, n in zip(stories, n_trs, strict=True)
            ]
        )
        for window in ((1, 0), (3, 2))
    ]
    expected = []
    for train, test in KFold(5).split(responses.responses):
        reduced = [
            make_pipeline(StandardScaler(), PCA(8, svd_solver="full")).fit(b[train]).transform(b) for b in blocks
        ]
        features = plain_pipeline.finite_impulse_response(np.hstack(reduced), DELAYS, n_trs)
        train, test = train[used[train]], test[used[test]]
        model = make_pipeline(StandardScaler(), RidgeCV(alphas=ALPHAS, alpha_per_target=True))
        Y = responses.responses.astype(float)
        predicted = model.fit(features[train], Y[train]).predict(features[test])
        expected.append([np.corrcoef(p, y)[0, 1] for p, y in zip(predicted.T, Y[test].T, strict=True)])
    np.testing.assert_allclose(found.brain_score[0], np.mean(expected, axis=0), atol=5e-5)


@pytest.mark.parametrize("scheme", ["paper", "strict"])
@pytest.mark.parametrize("grid", [GRID, WINDOW])
def test_values_of_censored_rows_do_not_matter(tmp_path, stories, responses, scheme, grid):
    """A million at each censored row, or none of it: the same scores and penalties, bit for bit."""
    encoding, folds = Encoding(DELAYS, tuple(ALPHAS), blocked=scheme == "strict"), FoldSettings(scheme, 5, 6)
    spoiled = responses.responses.copy()
    spoiled[~responses.used] = 1e6
    first = score(tmp_path, stories, responses, encoding, grid, folds)
    second = score(tmp_path, stories, replace(responses, responses=spoiled), encoding, grid, folds)
    np.testing.assert_array_equal(first.brain_score, second.brain_score)
    np.testing.assert_array_equal(first.alpha, second.alpha)
    every = score(tmp_path, stories, replace(responses, used=None), encoding, grid, folds)
    assert not np.array_equal(first.brain_score, every.brain_score)


def test_without_censored_rows_nothing_changes(tmp_path, stories, responses):
    """A mask of all rows and no mask give the same bits."""
    encoding = Encoding(DELAYS, tuple(ALPHAS))
    all_rows = np.ones(len(responses.used), bool)
    first, second = (score(tmp_path, stories, replace(responses, used=m), encoding) for m in (all_rows, None))
    np.testing.assert_array_equal(first.brain_score, second.brain_score)


def test_a_fold_without_rows_is_reported():
    """The subject, the fold and how many of its rows are censored; a fold with just enough rows is scored."""
    folds = make_folds([40], FoldSettings("paper", 4, 0))
    used = np.ones(40, bool)
    used[10 : 20 - MIN_TEST_TRS] = False
    assert mask_folds(folds, used, "sub-07")[1].test.sum() == MIN_TEST_TRS
    used[20 - MIN_TEST_TRS] = False
    with pytest.raises(BadInput) as error:
        mask_folds(folds, used, "sub-07")
    assert_bad_input(error, "sub-07", "2 volumes to hold out in fold 2 of 4", "8 of its 10 are censored")
    used[:] = False
    used[20:30] = True
    with pytest.raises(BadInput) as error:
        mask_folds(folds[2:3], used, "sub-07")
    assert_bad_input(error, "0 volumes to fit on", "30 of its 30")


# the other subjects' mean

RUNS = {"01": 50, "02": 48, "03": 50}
CENSORED = {"01": [0, 1, 5, 20], "02": [0, 1, 2, 30], "03": [0, 1, 5, 30, 31, 49]}


def write_subjects(folder, value_at_censored=None, censored=CENSORED):
    """Three subjects of one story, and their sums; the values at censored rows may be replaced."""
    folder.mkdir(exist_ok=True)
    shared = np.random.default_rng(0).normal(size=(50, 4))
    runs = {}
    for subject, n in RUNS.items():
        run = (shared[:n] + np.random.default_rng(int(subject)).normal(size=(n, 4)) + 9).astype(np.float32)
        used = np.ones(n, bool)
        used[censored.get(subject, [])] = False
        runs[subject] = run.astype(float), used
        if value_at_censored is not None:
            run[~used] = value_at_censored
        about = {"subject": subject, "stories": ["a"]}
        measured = Responses(run, np.arange(4, dtype=np.int32), np.array([n], np.int32), about, used)
        save_responses(measured, folder / f"{subject}.safetensors")
    paths = [folder / f"{subject}.safetensors" for subject in RUNS]
    write_sums(sum_responses(paths, "a", 4), folder / "a_sums.safetensors")
    return runs


def mean_for(folder, subject):
    return mean_of_others(folder / f"{subject}.safetensors", [folder / "a_sums.safetensors"])


def test_a_censored_volume_does_not_count_in_the_mean_of_the_others(tmp_path):
    """Against numpy: at each volume the mean of the others that have it; where none has, the one before or after it."""
    runs = write_subjects(tmp_path, 1e6)
    (found,) = mean_for(tmp_path, "01")
    stack = np.full((2, 50, 4), np.nan)
    for padded, (run, used) in zip(stack, (runs["02"], runs["03"]), strict=True):
        padded[: len(run)][used] = run[used]
    has = np.isfinite(stack[:, :, 0]).any(axis=0)
    np.testing.assert_allclose(found[has], np.nanmean(stack[:, has], axis=0), rtol=1e-6)
    assert np.flatnonzero(~has).tolist() == [0, 1, 30, 49]
    np.testing.assert_array_equal(found[[0, 1, 30, 49]], found[[2, 2, 29, 48]])


def test_the_ceiling_does_not_depend_on_values_at_censored_rows(tmp_path):
    """The others' mean and the plain correlation, and neither depends on one's own censored rows."""
    write_subjects(tmp_path / "one"), write_subjects(tmp_path / "two", 1e6)
    folds = make_folds([48], FoldSettings("paper", 4, 0))
    found = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        means = mean_for(folder, "02")
        found.append(correlate_subject(folder / "02.safetensors", means, folds).r)
    np.testing.assert_array_equal(*found)
    assert np.isfinite(found[0]).all()


def test_sums_without_censored_rows_are_as_before():
    """A mask of all rows changes no bit, and nothing is filled in where the first volumes are there."""
    run = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    first, second = ResponseSums.zeros(6, 4), ResponseSums.zeros(6, 4)
    first.add(run, np.array([0, 1, 3]))
    second.add(run, np.array([0, 1, 3]), used=np.ones(6, bool))
    np.testing.assert_array_equal(first.total, second.total)
    mean = first.mean(6)
    np.testing.assert_array_equal(mean[:, [0, 1, 3]], run)
    assert np.isnan(mean[:, 2]).all()
