"""Time of one subject's curve F(d), reduction included, against the same curve by a plain scikit-learn pipeline.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/sweep.py``. The peer takes a few distances and
two small numbers of targets. Its curve is: the present reduced once, each window reduced once, and for each distance
what the line through the two sizes gives for all targets. The last line is one JSON object.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from measuring import (
    ALPHAS,
    DELAYS,
    extrapolate,
    in_words,
    peak_rss_mb,
    peer_parts,
    ratios,
    read_sizes,
    report,
    simulate_responses,
    slope,
    timed,
)
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brainforecast.encoding.correlation import pearson
from brainforecast.encoding.delays import delay, words_to_trs
from brainforecast.encoding.designs import Design, FeatureSettings, Story, WindowSettings, build_designs_together
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.encoding.windows import shift, window_offsets

TR, WORDS_PER_SECOND, N_COMPONENTS, N_FOLDS = 1.5, 2.54, 20, 5


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(
        __doc__.splitlines()[0],
        targets=(4096, "targets"),
        volumes=(1040, "volumes"),
        features=(768, "features of a word"),
        width=(7, "words in a window"),
        distances=(41, "distances, from -10 on"),
        peer_targets=(1024, "targets the peer takes"),
        peer_distances=(2, "distances the peer takes"),
        repeats=(1, "repeats"),
    )
    n_trs, distances = sizes.volumes, range(-10, -10 + sizes.distances)
    story = simulate_story(n_trs, sizes.features)
    present, windows = design_ours(story, n_trs, sizes.width, distances)
    Y = simulate_responses(delay(present.components[0, 0], DELAYS, [n_trs]), sizes.targets)
    ours, peers, agreement, peak = [], [], {}, 0
    for _ in range(sizes.repeats):
        designing = timed(lambda: design_ours(story, n_trs, sizes.width, distances))[0]
        scoring, scores = timed(lambda: score_ours(Y, present, windows))
        peak = peak or peak_rss_mb()  # before the peer has run
        ours.append({"design": designing, "targets": scoring, "total": designing + scoring})
        print_parts("ours", ours[-1])
        if not sizes.no_peer:
            taken, agreement = peer_curve(story, Y, scores, distances, sizes)
            peers.append(taken)
            print_parts("scikit-learn, scaled to all distances and targets", taken)
    how_it_grows = {} if sizes.no_slopes else slopes(sizes)
    report(compare(ours, peers), agreement, peak, sizes, y_mb=round(Y.nbytes / 2**20), slopes=how_it_grows)


def print_parts(who: str, seconds: dict[str, np.ndarray]) -> None:
    print(f"{who}:", ", ".join(f"{part} {in_words(s)}" for part, s in seconds.items()), flush=True)


def compare(ours: list[dict[str, np.ndarray]], peers: list[dict[str, np.ndarray]]) -> list[dict[str, float]]:
    """Ratios of the medians over repeats: of the total, and of its two parts."""
    both = [{}, {}]
    for part in ("total", "design", "targets") if peers else ():
        mine, theirs = (np.median([run[part] for run in runs], axis=0) for runs in (ours, peers))
        name = "scikit-learn" if part == "total" else f"scikit-learn, {part}"
        for ratio, more in zip(both, ratios(mine, {name: theirs}), strict=True):
            ratio.update(more)
    return both


def simulate_story(n_trs: int, n_features: int) -> Story:
    """A smooth story whose components fall in variance."""
    rng = np.random.default_rng(0)
    n_words = int(n_trs * TR * WORDS_PER_SECOND)
    smooth = np.cumsum(rng.standard_normal((n_words, 64)), axis=0) * 0.1
    vectors = (smooth + rng.standard_normal(smooth.shape)) @ rng.standard_normal((64, n_features))
    vectors += rng.standard_normal(vectors.shape) * 3
    return Story("story", vectors.astype(np.float32), np.sort(rng.uniform(0, n_trs * TR, n_words)))


def design_ours(story: Story, n_trs: int, width: int, distances: Sequence[int]) -> tuple[Design, np.ndarray]:
    """The present and the windows."""
    present, windows = build_together(story, n_trs, [("present", 1, [0]), ("true", width, distances)])
    return present, windows.components


def build_together(story: Story, n_trs: int, windows: Sequence[tuple[str, int, Sequence[int]]]) -> list[Design]:
    """Windows of one source, each (source, width, distances), as a design job of the workflow builds them."""
    features = FeatureSettings(tr=TR, row_offset=1, seed=0, block=100)
    settings = [WindowSettings(source, width, list(found), N_COMPONENTS) for source, width, found in windows]
    folds = FoldSettings("paper", n_folds=N_FOLDS, gap=0)
    return [design for (design,) in build_designs_together([story], [[n_trs]], settings, features, folds)]


def score_ours(Y: np.ndarray, present: Design, windows: np.ndarray) -> np.ndarray:
    """One scoring job, (n_distances, n_folds, n_targets)."""
    return score_windows(Y, present, windows, Encoding(DELAYS, ALPHAS))[0]


def peer_curve(
    story: Story, Y: np.ndarray, scores: np.ndarray, distances: Sequence[int], sizes: argparse.Namespace
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Seconds of the peer's curve, extrapolated from a part, and how far its scores are from ours."""
    parts = peer_parts(sizes)
    present_taken, present = timed(lambda: reduce_plainly(story, sizes.volumes, range(1)))
    reducing, fitting, apart = [], ([], []), 0.0
    for index in np.linspace(0, len(distances) - 1, sizes.peer_distances).astype(int):
        offsets = window_offsets(sizes.width, distances[index])
        taken, window = timed(lambda offsets=offsets: reduce_plainly(story, sizes.volumes, offsets))
        reducing.append(taken)
        for n, seconds in zip(parts, fitting, strict=True):
            taken, theirs = timed(lambda n=n, window=window: fit_plainly(present, window, Y[:, :n], sizes.volumes))
            seconds.append(taken)
        apart = max(apart, np.nanmax(np.abs(theirs - scores[index][:, : parts[1]])))
    design = present_taken + len(distances) * np.median(reducing, axis=0)
    targets = len(distances) * extrapolate(parts, [np.median(s, axis=0) for s in fitting], sizes.targets)
    seconds = {"design": design, "targets": targets, "total": design + targets}
    return seconds, {"max difference of scores": apart, "distances": len(reducing), "targets": parts[1]}


def reduce_plainly(story: Story, n_trs: int, offsets: Sequence[int]) -> list[np.ndarray]:
    """Form the window, sum it per TR, standardise and reduce it in each fold, step by step."""
    sums = words_to_trs(story.onsets, tr=TR, n_trs=n_trs, row_offset=1)
    window = sums @ np.hstack([shift(story.vectors, offset) for offset in offsets]).astype(np.float64)
    reduced = []
    for train, _ in KFold(N_FOLDS).split(window):
        fitted = make_pipeline(StandardScaler(), PCA(N_COMPONENTS, svd_solver="full")).fit(window[train])
        reduced.append(fitted.transform(window))
    return reduced


def fit_plainly(present: list[np.ndarray], window: list[np.ndarray], Y: np.ndarray, n_trs: int) -> np.ndarray:
    """Scores of each fold, (n_folds, n_targets), with scikit-learn's ridge."""
    scores = []
    for k, (train, test) in enumerate(KFold(N_FOLDS).split(Y)):
        X = delay(np.hstack([present[k], window[k]]), DELAYS, [n_trs])
        model = make_pipeline(StandardScaler(), RidgeCV(alphas=ALPHAS, alpha_per_target=True))
        predicted = model.fit(X[train], Y[train].astype(np.float64)).predict(X[test])
        scores.append(pearson(predicted.T, Y[test].T))
    return np.stack(scores)


def slopes(sizes: argparse.Namespace) -> dict[str, float]:
    """How our time grows; the reduction of a story set, shared by its subjects, separately from a subject's scores."""
    stories = {n: simulate_story(n, sizes.features) for n in (sizes.volumes // 2, sizes.volumes, 2 * sizes.volumes)}
    designs = {n: design_ours(story, n, sizes.width, range(12)) for n, story in stories.items()}
    brains = {n: simulate_responses(delay(d.components[0, 0], DELAYS, [n]), 6000) for n, (d, _) in designs.items()}

    def score(volumes: int = sizes.volumes, distances: int = 4, targets: int = 6000) -> None:
        present, windows = designs[volumes]
        score_ours(brains[volumes][:, :targets], present, windows[:distances])

    return {
        "targets": slope([1500, 3000, 6000], lambda n: score(targets=n)),
        "volumes": slope(list(stories), lambda n: score(volumes=n)),
        "distances": slope([3, 6, 12], lambda n: score(distances=n)),
        "distances, reduction": slope(
            [6, 12, 24], lambda n: design_ours(stories[sizes.volumes], sizes.volumes, sizes.width, range(n))
        ),
        "volumes, reduction": slope(list(stories), lambda n: design_ours(stories[n], n, sizes.width, range(4))),
    }


if __name__ == "__main__":
    main()
