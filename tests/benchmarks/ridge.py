"""Time of scoring many targets on one design, against scikit-learn's and himalaya's ridge with one alpha per target.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/ridge.py``. Ours and the peers standardise, fit,
choose alphas, predict and correlate in the same 5 folds of the same arrays, in turn. The peers may take a part of
the targets, at two sizes: their time is then extrapolated on the line through both. The last line is one JSON object.
"""

import argparse
from collections.abc import Callable

import numpy as np
from measuring import (
    ALPHAS,
    DELAYS,
    extrapolate,
    in_words,
    medians,
    peak_rss_mb,
    peer_parts,
    ratios,
    read_sizes,
    report,
    simulate_responses,
    slope,
)
from sklearn.linear_model import RidgeCV

from brainforecast.encoding.correlation import pearson
from brainforecast.encoding.delays import delay
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.leave_one_out import DirectErrors, LeaveOneOutWeights
from brainforecast.encoding.reduction import standardise
from brainforecast.encoding.ridge import CentredTargets, LeaveOneOut, decompose
from brainforecast.encoding.scoring import Encoding, score_windows

try:
    import himalaya.ridge
except ImportError:
    himalaya = None
    print("himalaya is not installed and is left out; to have it: envs/run pip install himalaya==0.4.11")

Fit = Callable[[np.ndarray, np.ndarray], object]


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(
        __doc__.splitlines()[0],
        targets=(20480, "targets"),
        volumes=(1040, "volumes"),
        features=(240, "columns of the design, delays included"),
        peer_targets=(4096, "targets the peers take; as many as --targets for all"),
        repeats=(3, "repeats"),
    )
    design = simulate_design(sizes.volumes, sizes.features)
    Y = simulate_responses(design.components[0, 0], sizes.targets)
    seconds = {"ours": lambda: ours(design, Y)}
    seconds["ours"]()  # warm up: threads start once
    peak = peak_rss_mb()  # before any peer has run
    parts = peer_parts(sizes)
    peers = (
        {} if sizes.no_peer else {"scikit-learn": fit_scikit_learn} | ({"himalaya": fit_himalaya} if himalaya else {})
    )
    for name, fit in peers.items():
        seconds |= {f"{name}, {n} targets": lambda fit=fit, n=n: peer(fit, design, Y[:, :n]) for n in parts}
    taken = medians(seconds, sizes.repeats)
    whole = {name: extrapolate(parts, [taken[f"{name}, {n} targets"] for n in parts], sizes.targets) for name in peers}
    for name, s in {"ours": taken["ours"], **whole}.items():
        print(f"{name}, {sizes.targets} targets: {in_words(s)}")
    agreement = {name: agree(fit, design, Y[:, : parts[1]]) for name, fit in peers.items()}
    how_it_grows = {} if sizes.no_slopes else slopes(design, Y, sizes)
    report(ratios(taken["ours"], whole), agreement, peak, sizes, slopes=how_it_grows)


def simulate_design(volumes: int, n_features: int) -> Design:
    """Smooth features with their delayed copies, like the components of a story."""
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.standard_normal((volumes, -(-n_features // len(DELAYS)))), axis=0) * 0.15
    features = (smooth + rng.standard_normal(smooth.shape)) * np.linspace(3, 0.7, smooth.shape[1])
    X = delay(features, DELAYS, [volumes])[:, :n_features].astype(np.float32)
    folds = make_folds([volumes], FoldSettings("paper", n_folds=5, gap=0))
    return Design(np.broadcast_to(X, (1, len(folds), *X.shape)), [0], [volumes], folds)


def ours(design: Design, Y: np.ndarray) -> np.ndarray:
    """The one scoring path of the workflow; the design is delayed already."""
    return score_windows(Y, design, None, Encoding((0,), ALPHAS))[0][0]


def peer(fit: Fit, design: Design, Y: np.ndarray) -> np.ndarray:
    """Scores of each fold by an estimator."""
    scores = []
    for X, fold in standardised(design):
        model = fit(X[fold.train], Y[fold.train])
        scores.append(pearson(np.asarray(model.predict(X[fold.test])).T, Y[fold.test].T))
    return np.stack(scores)


def standardised(design: Design):
    """The design on the scale of each fold, and the fold."""
    for k, fold in enumerate(design.folds):
        yield standardise(design.components[0, k].astype(np.float64), fold.train), fold


def fit_scikit_learn(X: np.ndarray, Y: np.ndarray) -> object:
    """Exact leave-one-out, float64: the same alphas as ours are expected."""
    return RidgeCV(alphas=ALPHAS, alpha_per_target=True).fit(X, Y.astype(np.float64))


def fit_himalaya(X: np.ndarray, Y: np.ndarray) -> object:
    """Five folds inside the training rows, float32, numpy: another criterion, so only similar scores are expected."""
    model = himalaya.ridge.RidgeCV(alphas=np.asarray(ALPHAS, np.float32), fit_intercept=True, cv=5)
    return model.fit(X.astype(np.float32), Y)


def agree(fit: Fit, design: Design, Y: np.ndarray) -> dict[str, float]:
    """How far a peer's alphas, predictions (in the unit of the noise's sd) and scores are from ours."""
    same, tied, predictions = [], [], 0.0
    for X, fold in standardised(design):
        model, train = fit(X[fold.train], Y[fold.train]), decompose(X[fold.train])
        responses = CentredTargets.from_responses(np.ascontiguousarray(Y[fold.train].T))
        predicted, chosen = LeaveOneOut.fit(train, X[fold.test], ALPHAS).fit_predict(responses)
        theirs = indices_of(model.best_alphas_ if hasattr(model, "best_alphas_") else model.alpha_)
        loo = LeaveOneOutWeights.from_shrinkage(train.U, train.shrinkage(ALPHAS))
        errors = DirectErrors.from_weights(loo, train.U).errors(responses.Y)
        rows = np.arange(len(errors))
        same.append(chosen == theirs)
        tied.append(np.abs(errors[rows, chosen] - errors[rows, theirs]) <= 1e-6 * errors.min(axis=1))
        expected = (np.asarray(model.predict(X[fold.test])) - Y[fold.train].mean(axis=0, dtype=float)).T
        predictions = max(predictions, np.abs(predicted - expected)[same[-1]].max())
    scores = np.abs(ours(design, Y) - peer(fit, design, Y))
    same, tied = np.stack(same), np.stack(tied)
    return {
        "alphas equal": same.mean(),
        "alphas equal or tied": (same | tied).mean(),
        "max difference of predictions, same alpha": predictions,
        "max difference of scores, same alpha": scores[same].max(),
        "median difference of scores": np.median(scores),
    }


def indices_of(alphas: np.ndarray) -> np.ndarray:
    """Index of each alpha in the grid."""
    return np.abs(np.log(np.asarray(alphas))[:, None] - np.log(ALPHAS)).argmin(axis=1)


def slopes(design: Design, Y: np.ndarray, sizes: argparse.Namespace) -> dict[str, float]:
    """How our time grows with targets and volumes."""
    longer = {n: simulate_design(n, sizes.features) for n in (sizes.volumes * k for k in (1, 2, 4))}
    brains = {n: simulate_responses(d.components[0, 0], 4096) for n, d in longer.items()}
    return {
        "targets": slope([sizes.targets // k for k in (4, 2, 1)], lambda n: ours(design, Y[:, :n])),
        "volumes": slope(list(longer), lambda n: ours(longer[n], brains[n])),
    }


if __name__ == "__main__":
    main()
