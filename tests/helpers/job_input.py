"""Input of heavy jobs, and calls of them, in a module that a new process can import."""

import numpy as np

from brainforecast.controls.brain_scores import BrainWords, Listener, score_brains
from brainforecast.controls.brains import CONTENT, FORECAST, Brain, brain_features
from brainforecast.controls.scoring import ControlCell
from brainforecast.controls.shifted_scores import score_under_shifts
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.scoring import Encoding
from brainforecast.storage.responses import load_responses

FOLDS = FoldSettings("paper", n_folds=2, gap=0)
ENCODING = Encoding(tuple(range(6)), tuple(10.0**power for power in range(-1, 9)))
N_COMPONENTS = 20


def make_design(n_trs: int, n_windows: int) -> Design:
    rng, folds = np.random.default_rng(0), make_folds([n_trs], FOLDS)
    components = rng.standard_normal((n_windows, len(folds), n_trs, N_COMPONENTS), np.float32)
    return Design(components, range(n_windows), [n_trs], folds)


def score_shifts(path: str, n_shifts: int) -> None:
    """As the script does once its files are read: the responses are held, and their regions are scored."""
    measured = load_responses(path)
    n_trs, series = len(measured.responses), measured.responses[:, :50].copy()
    present, window = make_design(n_trs, 1), make_design(n_trs, 2).components
    cell = ControlCell.masked(present, window, ENCODING, np.ones(n_trs, bool))
    shifts = np.arange(n_shifts)[:, None] % n_trs
    score_under_shifts(series, [("fable", n_trs, n_trs)], shifts, {"lexical": cell})


def simulate_brains(path: str, n_brains: int) -> None:
    """As the script does once its files are read: the responses are held, and brains with their regions are scored."""
    measured, rng = load_responses(path), np.random.default_rng(2)
    n_trs, n_words, tr = len(measured.responses), 3 * len(measured.responses), 1.5
    series = measured.responses[:, :50].copy()
    vectors = [{"fable": rng.standard_normal((n_words, 25), np.float32)} for _ in range(2)]
    features = brain_features(*([story["fable"]] for story in vectors), width=7, distance=8)
    by_story = {kind: dict(zip(["fable"], parts, strict=True)) for kind, parts in features.items()}
    words = BrainWords(by_story, {"fable": np.sort(rng.uniform(1, tr * n_trs - 12, n_words))})
    listener = Listener("01", [("fable", n_trs, n_trs)], series, words, tr, 7)
    cell = ControlCell.masked(make_design(n_trs, 1), make_design(n_trs, 2).components, ENCODING, np.ones(n_trs, bool))
    brains = [Brain(kind, share, 5.0, n) for n in range(n_brains) for kind, share in ((CONTENT, 0.0), (FORECAST, 0.5))]
    score_brains(listener, cell, brains, np.full(50, 0.1))
