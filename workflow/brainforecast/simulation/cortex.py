"""A simulated cortex: what is planted in it, and how it responds to stories.

A target v (a vertex) with the planted distance D and depth K responds to the words n of a story, at the time t of a
volume, by

    y_v(t) = s_v z[ sqrt(1 - q) z[ sum_n (f_n . a_v) h(t - onset_n) ]
                    + sqrt(q) z[ sum_n (g^K_{n+D} . b_v) h(t - onset_n) ] ] + e_v(t)

f_n = 1: a word is heard, whatever it says, so hearing alone follows the rate of speech; g^K are features
of windows of words at layer K of the language model (of their syntactic or semantic parts as seen from word n, where
these are planted); z scales to mean 0 and standard deviation 1 over a listener's
volumes; q is the forecast's share; s_v the signal-to-noise ratio; h a haemodynamic response evaluated at the exact time
since the word. There are no bins and no finite impulse response here: the encoding model must not grade its own
homework. A target of kind `present` has q = 0, a `silent` one only the noise e. Every draw is seeded by names
(listener, hemisphere, story, region), so neither the order of jobs nor their number changes a value.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import lfilter
from scipy.stats import gamma

from brainforecast.encoding.windows import shift
from brainforecast.simulation.planted import SimulatedStory, planted_features, planted_parts
from brainforecast.sources import COMPONENTS

CANONICAL_PEAK = 5.0  # seconds: the mode of a gamma density of shape 6 and scale 1
N_DRIFTS = 3

PRESENT = "present"
PLANTED = ["planted_source", "planted_depth", "planted_distance"]
# of the present; of true windows, by layer; of parts of windows, by source, layer and distance
Features = Mapping[str | int | tuple[str, int, int], Sequence[np.ndarray]]


@dataclass(frozen=True)
class Cortex:
    """The numbers that describe a simulated cortex and its scan; the names are those of config `simulation`.

    Parameters
    ----------
    seed : where every draw starts.
    tr : repetition time, seconds.
    width : words in the planted windows.
    components : first and last (excluded) principal component of windows that is planted.
    signal_to_noise : for `present` and `forecast` targets, standard deviation of the signal over that of the noise
        without its drift.
    forecast_share : q, the share of a forecast target's signal variance that comes from the window.
    weight_shares : variance of the weights common to a `region`, own to a vertex but common to listeners (`vertex`),
        own to a vertex of one listener (`listener`).
    response : `peak` of h (s), `peak_spread` (s) and `gain_spread` (natural log units) between listeners.
    noise : `autocorrelation` from a volume to the next, `drift` (standard deviation, that of the rest being 1).
    """

    seed: int
    tr: float
    width: int
    components: Sequence[int]
    signal_to_noise: Mapping[str, float]
    forecast_share: float
    weight_shares: Mapping[str, float]
    response: Mapping[str, float]
    noise: Mapping[str, float]


def generator(seed: int, *names: str) -> np.random.Generator:
    """A random generator of its own for each sequence of names."""
    return np.random.default_rng(np.random.SeedSequence([seed, *(zlib.crc32(name.encode()) for name in names)]))


def plant(targets: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Say of every target what its responses will follow.

    Parameters
    ----------
    targets : columns target, roi (null on the medial wall).
    regions : columns roi, kind, planted_distance (words), planted_depth (layer), planted_source; a region not listed
        is silent.

    Returns
    -------
    DataFrame with target, roi, kind, planted_distance, planted_depth, planted_source, one row per target.
    """
    truth = targets[["target", "roi"]].merge(regions, on="roi", how="left", validate="many_to_one")
    truth["kind"] = truth["kind"].fillna("silent")
    return truth.astype({"planted_distance": "Int32", "planted_depth": "Int32", "planted_source": "str"})


def haemodynamic_response(seconds: np.ndarray, *, peak: float = CANONICAL_PEAK) -> np.ndarray:
    """The canonical double gamma, stretched in time to peak at `peak` seconds after the word.

        h(t) = c(5 t / peak),   c(u) = G(u; 6) - G(u; 16) / 6

    G(u; k) is the density of a gamma distribution of shape k and scale 1 s: zero before the word.
    """
    scaled = np.asarray(seconds) * CANONICAL_PEAK / peak
    return gamma.pdf(scaled, 6) - gamma.pdf(scaled, 16) / 6


def features_to_plant(
    stories: Sequence[SimulatedStory], cortex: Cortex, parts: Sequence[tuple[str, int, int]] = ()
) -> dict[str | int | tuple, list[np.ndarray]]:
    """Features of every word, per story, the same for all listeners: that it is heard (f = 1), its windows (g^K).

    Parameters
    ----------
    parts : source, layer and distance of each part of windows that is planted.
    """
    ways = {"width": cortex.width, "components": cortex.components}
    true = {k: planted_features([story.activations[k] for story in stories], **ways) for k in stories[0].activations}
    heard = {PRESENT: [np.ones((len(story.onsets), 1)) for story in stories]}
    return {**heard, **true, **{part: planted_parts(stories, *part, **ways) for part in parts}}


def parts_to_plant(truth: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Source, layer and distance of each part of windows that some target follows."""
    there = truth.loc[truth["planted_source"].isin(COMPONENTS), PLANTED].drop_duplicates()
    return [(source, int(depth), int(distance)) for source, depth, distance in there.itertuples(index=False)]


def convolve_hrf(
    stories: Sequence[SimulatedStory], features: Sequence[np.ndarray], *, distance: int, tr: float, peak: float
) -> np.ndarray:
    """Word features as they reach the volumes: C_t = sum_n h(t tr - onset_n) f_{n + distance}.

    Returns
    -------
    (n_trs_total, n_components), the stories one after the other; f is zero beyond the ends of a story.
    """
    rows = []
    for story, vectors in zip(stories, features, strict=True):
        since = np.subtract.outer(tr * np.arange(story.n_trs(tr)), story.onsets)  # (n_trs, n_words)
        rows.append(haemodynamic_response(since, peak=peak) @ shift(vectors, distance))
    return np.concatenate(rows)


def simulate_hemisphere(
    truth: pd.DataFrame,
    stories: Sequence[SimulatedStory],
    features: Features,
    cortex: Cortex,
    *,
    listener: str,
    hemi: str,
) -> list[np.ndarray]:
    """Responses of one hemisphere of one listener: signal and noise, NaN on the medial wall (roi null).

    Returns
    -------
    (n_trs, n_targets) float32 per story
    """
    signal = simulate_signal(truth, stories, features, cortex, listener=listener, hemi=hemi)
    runs = np.split(signal, np.cumsum([story.n_trs(cortex.tr) for story in stories])[:-1])
    for story, run in zip(stories, runs, strict=True):
        run += draw_noise(*run.shape, cortex, rng=generator(cortex.seed, "noise", listener, hemi, story.name))
        run[:, truth["roi"].isna().to_numpy()] = np.nan
    return runs


def simulate_signal(
    truth: pd.DataFrame,
    stories: Sequence[SimulatedStory],
    features: Features,
    cortex: Cortex,
    *,
    listener: str,
    hemi: str,
) -> np.ndarray:
    """What the targets of one hemisphere would show without noise.

    Returns
    -------
    (n_trs_total, n_targets) float32, in standard deviations of the noise; zero for silent targets.
    """
    gain, peak = draw_listener(listener, cortex)
    signal = np.zeros((sum(story.n_trs(cortex.tr) for story in stories), len(truth)), dtype=np.float32)
    q = ((truth["kind"] == "forecast") * cortex.forecast_share).to_numpy()
    sound = np.abs(draw_weights(truth, 1, cortex, listener=listener, names=(PRESENT, hemi)))  # it excites
    reached = convolve_hrf(stories, features[PRESENT], distance=0, tr=cortex.tr, peak=peak)
    signal += np.sqrt(1 - q) * _z(reached @ sound.T)
    n_components = cortex.components[1] - cortex.components[0]
    weights = draw_weights(truth, n_components, cortex, listener=listener, names=("forecast", hemi))
    planted = truth[PLANTED].reset_index(drop=True).dropna()
    for (source, depth, distance), there in planted.groupby(list(planted)).indices.items():
        rows = planted.index[there]
        key, ahead = (int(depth), int(distance)) if source == "true" else ((source, int(depth), int(distance)), 0)
        reached = convolve_hrf(stories, features[key], distance=ahead, tr=cortex.tr, peak=peak)
        signal[:, rows] += np.sqrt(q[rows]) * _z(reached @ weights[rows].T)
    ratio = truth["kind"].map({**cortex.signal_to_noise, "silent": 0.0}).to_numpy(np.float32)
    return (gain * ratio * _z(signal)).astype(np.float32)


def draw_listener(listener: str, cortex: Cortex) -> tuple[float, float]:
    """Gain of all signals, exp(gain_spread normal), and peak of the response, peak +- peak_spread seconds, uniform."""
    rng = generator(cortex.seed, "listener", listener)
    gain = np.exp(cortex.response["gain_spread"] * rng.standard_normal())
    return float(gain), float(cortex.response["peak"] + cortex.response["peak_spread"] * rng.uniform(-1, 1))


def draw_weights(
    truth: pd.DataFrame, n_components: int, cortex: Cortex, *, listener: str, names: Sequence[str]
) -> np.ndarray:
    """Weights of each target on each component: the sum of a region's, a vertex's and a listener's own part.

    Parameters
    ----------
    names : what the weights are for; other names, other draws.

    Returns
    -------
    (n_targets, n_components), variance 1 where the shares sum to 1.
    """
    codes, rois = pd.factorize(truth["roi"].fillna("medial wall"))
    by_region = [generator(cortex.seed, *names, "region", roi).standard_normal(n_components) for roi in rois]
    shape = (len(truth), n_components)
    parts = {
        "region": np.array(by_region)[codes],
        "vertex": generator(cortex.seed, *names, "vertex").standard_normal(shape),
        "listener": generator(cortex.seed, *names, "listener", listener).standard_normal(shape),
    }
    return sum(np.sqrt(cortex.weight_shares[name]) * part for name, part in parts.items())


def draw_noise(n_trs: int, n_targets: int, cortex: Cortex, *, rng: np.random.Generator) -> np.ndarray:
    """Noise of one run: e_t = rho e_{t-1} + white, of variance 1, plus a drift of N_DRIFTS slow cosines.

    Returns
    -------
    (n_trs, n_targets) float32
    """
    rho, drift = cortex.noise["autocorrelation"], cortex.noise["drift"]
    white = rng.standard_normal((n_trs, n_targets), dtype=np.float32)
    white[1:] *= np.sqrt(1 - rho**2)  # the first row has variance 1, and so have all after it
    phases = np.pi * np.outer(np.arange(n_trs) + 0.5, np.arange(1, N_DRIFTS + 1)) / n_trs
    amplitudes = drift * np.sqrt(2 / N_DRIFTS) * rng.standard_normal((N_DRIFTS, n_targets))
    return (lfilter([1.0], [1.0, -rho], white, axis=0) + np.cos(phases) @ amplitudes).astype(np.float32)


def _z(columns: np.ndarray) -> np.ndarray:
    sd = columns.std(axis=0)
    return (columns - columns.mean(axis=0)) / np.where(sd > 0, sd, 1)
