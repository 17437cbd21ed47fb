"""Scores: agreement with a plain scikit-learn pipeline, no leak, nothing from nothing, planted windows found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainforecast.encoding.designs import Story, WindowSettings
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, extract_activations
from brainforecast.pretrained.loading import load_model
from brainforecast.readers.words import prepare_words
from helpers import plain_pipeline
from helpers.simulated_encoding import ALPHAS, PAPER, TR, build_design, make_stories, volumes, with_times

pytest_plugins = ["helpers.language_models"]

ENCODING = Encoding(tuple(range(6)), tuple(ALPHAS))
REAL_DISTANCES = (-10, 8, 30)


def design(stories, source="present", width=1, distances=(0,), n_components=12, folds=PAPER, lexical=()):
    return build_design(stories, WindowSettings(source, width, distances, n_components, lexical), folds)


def follow(stories, width, distance, rng, n_targets):
    """Responses two rows after the window at a distance, without noise, (n_trs_total, n_targets)."""
    rows = [
        plain_pipeline.sum_per_tr(plain_pipeline.window_vectors(story.vectors, width, distance), story.onsets, TR, n)
        for story, n in zip(stories, volumes(stories), strict=True)
    ]
    delayed = plain_pipeline.finite_impulse_response(np.vstack(rows), [2], volumes(stories))
    return delayed @ rng.normal(size=(delayed.shape[1], n_targets))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_scores_equal_the_plain_pipeline(rng):
    """Two stories, noise and signal, present and windows: every fold and target within 1e-4."""
    stories = make_stories(rng)
    Y = follow(stories, 3, 2, rng, 30) * rng.uniform(0, 0.5, 30)
    Y = (Y + rng.normal(size=Y.shape) * 4 + 100).astype(np.float32)
    present, windows = design(stories), design(stories, "true", 3, (-4, 2, 9))
    alone, _ = score_windows(Y, present, None, ENCODING)
    with_window, _ = score_windows(Y, present, windows.components, ENCODING)

    def summed(width, distance):
        return np.vstack(
            [
                plain_pipeline.sum_per_tr(plain_pipeline.window_vectors(s.vectors, width, distance), s.onsets, TR, n)
                for s, n in zip(stories, present.n_trs, strict=True)
            ]
        )

    settings = {"n_components": 12, "delays": range(6)}
    expected, _ = plain_pipeline.brain_scores([summed(1, 0)], Y, present.n_trs, **settings)
    np.testing.assert_allclose(alone[0], expected, atol=1e-4)
    for index, distance in enumerate((-4, 2, 9)):
        expected, _ = plain_pipeline.brain_scores([summed(1, 0), summed(3, distance)], Y, present.n_trs, **settings)
        np.testing.assert_allclose(with_window[index], expected, atol=1e-4)


def test_word_rate_is_a_column_of_a_lexical_base(rng):
    """A brain that counts words gains from windows of other words, which count them too; not once the base does."""
    stories = [replace(with_times(story), vectors=story.vectors + np.float32(0.4)) for story in make_stories(rng)]
    counts = [
        plain_pipeline.sum_per_tr(np.ones((len(s.onsets), 1)), s.onsets, TR, n)
        for s, n in zip(stories, volumes(stories), strict=True)
    ]
    present, counting = (design(stories, n_components=3, lexical=names) for names in ((), ("word_rate",)))
    np.testing.assert_array_equal(counting.components[..., :-1], present.components)
    np.testing.assert_array_equal(counting.components[0, 0, :, -1:], np.vstack(counts))
    delayed = plain_pipeline.finite_impulse_response(np.vstack(counts), [2], present.n_trs)
    Y = (delayed + rng.normal(size=(len(delayed), 60))).astype(np.float32)
    windows = design(stories, "shuffled", 7, (4,), n_components=3).components
    gains = [
        (score_windows(Y, X, windows, ENCODING)[0] - score_windows(Y, X, None, ENCODING)[0]).mean()
        for X in (present, counting)
    ]
    assert gains[0] > 0.01 and gains[1] <= 0


@pytest.mark.slow
def test_scores_equal_the_plain_pipeline_on_real_data(shared_data, smollm2):
    """Real subjects, every sixth, real words and model, the paper's settings: every fold and region within 1e-3."""
    root = shared_data / "pieman"
    words, _ = prepare_words(root / "stimuli/gentle/pieman/align.csv")
    tokenizer, model = load_model(str(smollm2))
    settings = ExtractionSettings(context=1024, stride=256, word_vector="last", batch_size=8)
    X = extract_activations(words["word"].tolist(), tokenizer, model, settings, layers=[20])[20]
    onsets = words["onset"].to_numpy()
    runs = sorted(root.glob("sub-*/func/*_timeseries.tsv"))[::6]
    Y = np.hstack([pd.read_csv(run, sep="\t").to_numpy(np.float32) for run in runs])  # one subject after the other
    assert Y.shape == (300, 600)
    story = Story("pieman", X, onsets)
    present, windows = (
        build_design([story], WindowSettings(*window, n_components=20), n_trs=[len(Y)])
        for window in (("present", 1, (0,)), ("true", 7, REAL_DISTANCES))
    )
    pairs = [score_windows(Y, present, None, ENCODING), score_windows(Y, present, windows.components, ENCODING)]
    scores, alphas = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    vectors = [X, *(plain_pipeline.window_vectors(X, 7, distance) for distance in REAL_DISTANCES)]
    summed = [plain_pipeline.sum_per_tr(v, onsets, TR, len(Y)) for v in vectors]
    for index, ours in enumerate(scores):
        blocks = summed[:1] + summed[index : index + 1] if index else summed[:1]
        expected, expected_alphas = plain_pipeline.brain_scores(blocks, Y, [len(Y)], n_components=20, delays=range(6))
        same = np.isclose(alphas[index], expected_alphas)  # two with the same error to rounding may swap
        assert same.mean() >= 0.9995
        np.testing.assert_allclose(ours[same], expected[same], atol=1e-3)


@pytest.mark.parametrize("blocked", [False, True])
def test_nothing_fitted_sees_held_out_rows(rng, blocked):
    """Held-out responses made a million times larger: the fold's alphas and scores stay as they are."""
    stories = make_stories(rng)
    folds = FoldSettings("strict", n_folds=5, gap=12) if blocked else PAPER
    present = design(stories, folds=folds)
    encoding = Encoding(ENCODING.delays, ENCODING.alphas, blocked=blocked)
    Y = (follow(stories, 1, 0, rng, 20) + rng.normal(size=(len(present.folds[0].test), 20)) * 3).astype(np.float32)
    clean, alphas = score_windows(Y, present, None, encoding)
    for k, fold in enumerate(present.folds):
        poisoned = Y.copy()
        poisoned[~fold.train] *= 2.0**20
        scores, chosen = score_windows(poisoned, present, None, encoding)
        np.testing.assert_array_equal(chosen[:, k], alphas[:, k])
        np.testing.assert_allclose(scores[:, k], clean[:, k], atol=1e-5)


def test_permuted_brains_score_nothing(rng):
    """Rows of the responses in another order: the mean over targets is 0 within its error, and so is each target."""
    stories = make_stories(rng)
    present = design(stories)
    Y = follow(stories, 1, 0, rng, 400) + rng.normal(size=(len(present.folds[0].test), 400))
    permuted = np.stack([rng.permutation(column) for column in Y.T], axis=1).astype(np.float32)
    true, null = (
        score_windows(y.astype(np.float32), present, None, ENCODING)[0][0].mean(axis=0) for y in (Y, permuted)
    )
    assert true.mean() > 0.5
    assert abs(null.mean()) < 4 * null.std() / np.sqrt(len(null))
    assert np.abs(null).max() < 5 * null.std() < 0.6  # about .09: scores of folds share training rows


def test_a_planted_window_gives_its_distance_back(rng):
    """F peaks where the responses look, for the past and for the future, and the shuffled control does not."""
    stories = make_stories(rng, (900, 800))
    present = design(stories)
    distances = list(range(-6, 13, 2))
    windows = {source: design(stories, source, 3, distances) for source in ("true", "shuffled")}
    for planted in (-4, 2, 8):
        Y = follow(stories, 3, planted, rng, 10)
        Y = (Y + rng.normal(size=Y.shape) * Y.std()).astype(np.float32)
        alone = score_windows(Y, present, None, ENCODING)[0].mean(axis=1)
        gains = {
            k: score_windows(Y, present, w.components, ENCODING)[0].mean(axis=1) - alone for k, w in windows.items()
        }
        assert distances[gains["true"].mean(axis=1).argmax()] == planted
        assert gains["shuffled"].mean(axis=1).max() < 0 < 0.05 < gains["true"].mean(axis=1).max()


def test_constant_target_has_no_score(rng):
    stories = make_stories(rng)
    present = design(stories)
    Y = rng.normal(size=(len(present.folds[0].test), 3)).astype(np.float32)
    Y[:, 1] = 0.1
    scores, _ = score_windows(Y, present, None, ENCODING)
    assert np.isnan(scores[..., 1]).all()
    assert np.isfinite(scores[..., [0, 2]]).all()


def test_blocks_of_targets_do_not_matter(rng):
    stories = make_stories(rng)
    present = design(stories)
    Y = rng.normal(size=(len(present.folds[0].test), 25)).astype(np.float32)
    whole, _ = score_windows(Y, present, None, ENCODING)
    parts, _ = score_windows(Y, present, None, Encoding(ENCODING.delays, ENCODING.alphas, block=4))
    np.testing.assert_allclose(whole, parts, atol=1e-5)


def test_strict_folds_need_a_third_to_choose_alpha_on(rng):
    stories = make_stories(rng)
    present = design(stories, folds=FoldSettings("strict", n_folds=2, gap=12))
    Y = rng.normal(size=(len(present.folds[0].test), 3)).astype(np.float32)
    with pytest.raises(BadInput, match=r"2 folds.*three folds or more"):
        score_windows(Y, present, None, Encoding(ENCODING.delays, ENCODING.alphas, blocked=True))
