"""A simulated cortex: how its targets respond to stories.

A target v (a vertex) with the planted distance D and depth K responds to the words n of a story, at the time t of a
volume, by

    y_v(t) = s_v z[ sqrt(1 - q) z[ sum_n (f_n . a_v) h(t - onset_n) ]
                    + sqrt(q) z[ sum_n (g^K_{n+D} . b_v) h(t - onset_n) ] ] + e_v(t)

f_n = 1 for every word, so that this term follows the rate of speech; g^K are features of windows of words at layer K of
the language model (of their syntactic or semantic parts as seen from word n, where these are planted); z scales to mean
0 and standard deviation 1 over a subject's volumes; q is the forecast's share; s_v the signal-to-noise ratio; h a
haemodynamic response evaluated at the exact time since the word. There are no bins and no finite impulse response here:
the encoding model must not be tested on its own assumptions. A target of kind `present` has q = 0, a `silent` one only
the noise e. Where content is planted in a passive target, it is all of the signal:

    y_v(t) = s_v z[ sum_n (c^K_{n+D} . b_v) h(t - onset_n) ] + e_v(t)

with c^K the features of the present word n at layer K, D = 0 (`present`), or of the window of words that ends D < 0
words away (`past`). Every draw is seeded by names (subject, hemisphere, story, region), so neither the order of jobs
nor their number changes a value.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from brainforecast.encoding.windows import shift
from brainforecast.simulation.planted import Features, SimulatedStory, features_to_plant
from brainforecast.simulation.truth import (
    FORECAST,
    PAST,
    PLANTED,
    PRESENT,
    SILENT,
    TRUE,
    contents_to_plant,
    parts_to_plant,
    windows_to_plant,
)

CANONICAL_PEAK = 5.0  # seconds: the mode of a gamma density of shape 6 and scale 1
RESPONSE_ENDS = 10.0  # in peaks: the double gamma has passed, but for 1e-8 of its largest value
N_DRIFTS = 3


@dataclass(frozen=True)
class SignalToNoise:
    """Standard deviation of the signal over that of the noise without its drift: passive targets, and forecasting."""

    present: float
    forecast: float


@dataclass(frozen=True)
class WeightShares:
    """Variance of the weights: shared within a region; of a vertex, shared by subjects; of a vertex in one subject."""

    region: float
    vertex: float
    listener: float


@dataclass(frozen=True)
class ResponseSettings:
    """The haemodynamic response: peak (s); spread over subjects of the peak (s) and of the gain (natural log units)."""

    peak: float
    peak_spread: float
    gain_spread: float


@dataclass(frozen=True)
class NoiseSettings:
    """Autocorrelation from a volume to the next, and standard deviation of the drift, that of the rest being 1."""

    autocorrelation: float
    drift: float


@dataclass(frozen=True)
class Cortex:
    """Settings of a simulated cortex and its scan; the names are those of config `simulation`.

    Parameters
    ----------
    seed : of every draw.
    tr : repetition time, seconds.
    width : words in the planted windows.
    components : first and last (excluded) principal component of windows that is planted.
    forecast_share : q, the share of a forecast target's signal variance that comes from the window, where the table
        of regions has none.
    content_components : as `components`, of the words that passive targets follow.
    """

    seed: int
    tr: float
    width: int
    components: Sequence[int]
    signal_to_noise: SignalToNoise
    forecast_share: float
    weight_shares: WeightShares
    response: ResponseSettings
    noise: NoiseSettings
    content_components: Sequence[int] = (0, 20)

    @classmethod
    def from_config(cls, section: Mapping, *, seed: int, tr: float, width: int) -> "Cortex":
        """Build from config `simulation.cortex`; an unknown or a missing key is a TypeError."""
        settings = {key: SECTIONS[key](**value) if key in SECTIONS else value for key, value in section.items()}
        return cls(seed=seed, tr=tr, width=width, **settings)


SECTIONS = {
    "signal_to_noise": SignalToNoise,
    "weight_shares": WeightShares,
    "response": ResponseSettings,
    "noise": NoiseSettings,
}


def features_of_targets(truth: pd.DataFrame, stories: Sequence[SimulatedStory], cortex: Cortex) -> Features:
    """Compute the features of stories that the targets of a truth, of both hemispheres, follow."""
    return features_to_plant(
        stories,
        parts_to_plant(truth),
        contents_to_plant(truth),
        layers=windows_to_plant(truth),
        width=cortex.width,
        components=cortex.components,
        content_components=cortex.content_components,
    )


def simulate_hemisphere(
    truth: pd.DataFrame,
    stories: Sequence[SimulatedStory],
    features: Features,
    cortex: Cortex,
    *,
    subject: str,
    hemi: str,
) -> list[np.ndarray]:
    """Simulate the responses of one hemisphere of one subject: signal and noise, NaN on the medial wall (roi null).

    Returns
    -------
    (n_trs, n_targets) float32 per story
    """
    signal = simulate_signal(truth, stories, features, cortex, subject=subject, hemi=hemi)
    runs = np.split(signal, np.cumsum([story.n_trs(cortex.tr) for story in stories])[:-1])
    for story, run in zip(stories, runs, strict=True):
        run += draw_noise(*run.shape, cortex.noise, rng=generator(cortex.seed, "noise", subject, hemi, story.name))
        run[:, truth["roi"].isna().to_numpy()] = np.nan
    return runs


def simulate_signal(
    truth: pd.DataFrame,
    stories: Sequence[SimulatedStory],
    features: Features,
    cortex: Cortex,
    *,
    subject: str,
    hemi: str,
) -> np.ndarray:
    """Simulate the responses of the targets of one hemisphere without noise.

    Returns
    -------
    (n_trs_total, n_targets) float32, in standard deviations of the noise; zero for silent targets.
    """
    gain, peak = draw_gain_and_peak(subject, cortex)
    signal = np.zeros((sum(story.n_trs(cortex.tr) for story in stories), len(truth)), dtype=np.float32)
    q = truth["planted_share"].to_numpy()
    a = np.abs(draw_weights(truth, 1, cortex, subject=subject, names=(PRESENT, hemi)))  # words excite
    responses = [response_matrix(story.onsets, story.n_trs(cortex.tr), tr=cortex.tr, peak=peak) for story in stories]
    C = convolve_hrf(responses, features[PRESENT])
    signal += np.sqrt(1 - q) * _z(C @ a.T)
    n_components = cortex.components[1] - cortex.components[0]
    b = draw_weights(truth, n_components, cortex, subject=subject, names=(FORECAST, hemi))
    planted = truth[["kind", *PLANTED]].reset_index(drop=True)
    ahead_of_word = planted.loc[planted["kind"] == FORECAST, PLANTED]
    for (source, depth, distance), indices in ahead_of_word.groupby(list(PLANTED)).indices.items():
        rows = ahead_of_word.index[indices]
        key, ahead = (int(depth), int(distance)) if source == TRUE else ((source, int(depth), int(distance)), 0)
        C = convolve_hrf(responses, features[key], ahead)
        signal[:, rows] += np.sqrt(q[rows]) * _z(C @ b[rows].T)
    content = planted[planted["kind"].isin([PRESENT, PAST])].dropna(subset="planted_depth")
    content = content.fillna({"planted_distance": 0})  # the present word's own
    for (kind, depth, distance), indices in content.groupby(["kind", *PLANTED[1:]]).indices.items():
        rows = content.index[indices]
        C = convolve_hrf(responses, features[kind, int(depth)], int(distance))
        b = draw_weights(truth, C.shape[1], cortex, subject=subject, names=("content", hemi))
        signal[:, rows] = C @ b[rows].T
    return (gain * _signal_to_noise(truth, cortex) * _z(signal)).astype(np.float32)


def convolve_hrf(responses: Sequence[np.ndarray], features: Sequence[np.ndarray], distance: int = 0) -> np.ndarray:
    """Convolve word features with the haemodynamic response: C_t = sum_n h(t tr - onset_n) f_{n + distance}.

    Parameters
    ----------
    responses : of each story, from `response_matrix`; features : (n_words, n_components) of each.

    Returns
    -------
    (n_trs_total, n_components), the stories one after the other; f is zero beyond the ends of a story.
    """
    return np.concatenate([h @ shift(vectors, distance) for h, vectors in zip(responses, features, strict=True)])


def response_matrix(onsets: np.ndarray, n_trs: int, *, tr: float, peak: float) -> np.ndarray:
    """The haemodynamic response to each word at each volume, (n_trs, n_words); onsets : (n_words,), s."""
    since = np.subtract.outer(tr * np.arange(n_trs), onsets)
    response = np.zeros(since.shape)
    during = (since > 0) & (since < RESPONSE_ENDS * peak)
    response[during] = haemodynamic_response(since[during], peak=peak)
    return response


def haemodynamic_response(seconds: np.ndarray, *, peak: float = CANONICAL_PEAK) -> np.ndarray:
    """The canonical double gamma, stretched in time to peak at `peak` seconds after the word.

        h(t) = c(5 t / peak),   c(u) = G(u; 6) - G(u; 16) / 6

    G(u; k) is the density of a gamma distribution of shape k and scale 1 s: zero before the word.
    """
    scaled = np.asarray(seconds) * CANONICAL_PEAK / peak
    return _gamma_density(scaled, 6.0) - _gamma_density(scaled, 16.0) / 6


def _gamma_density(seconds: np.ndarray, shape: float) -> np.ndarray:
    """G(u; k) = u^(k - 1) exp(-u) / (k - 1)!, 0 before 0."""
    u = np.maximum(seconds, 0.0)
    return np.exp(special.xlogy(shape - 1, u) - u - special.gammaln(shape))


def generator(seed: int, *names: str) -> np.random.Generator:
    """A separate random generator for each sequence of names."""
    return np.random.default_rng(np.random.SeedSequence([seed, *(zlib.crc32(name.encode()) for name in names)]))


def draw_gain_and_peak(subject: str, cortex: Cortex) -> tuple[float, float]:
    """Draw a subject's gain, exp(gain_spread normal), and peak, uniform within peak +- peak_spread seconds."""
    rng = generator(cortex.seed, "listener", subject)
    gain = np.exp(cortex.response.gain_spread * rng.standard_normal())
    return float(gain), float(cortex.response.peak + cortex.response.peak_spread * rng.uniform(-1, 1))


def draw_weights(
    truth: pd.DataFrame, n_components: int, cortex: Cortex, *, subject: str, names: Sequence[str]
) -> np.ndarray:
    """Draw the weights of each target on each component: the sum of a region's, a vertex's and a subject's own part.

    Parameters
    ----------
    names : what the weights are for; other names give other draws.

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
        "listener": generator(cortex.seed, *names, "listener", subject).standard_normal(shape),
    }
    return sum(np.sqrt(getattr(cortex.weight_shares, name)) * part for name, part in parts.items())


def draw_noise(n_trs: int, n_targets: int, noise: NoiseSettings, *, rng: np.random.Generator) -> np.ndarray:
    """Draw the noise of one run: e_t = rho e_{t-1} + white, of variance 1, plus a drift of N_DRIFTS slow cosines.

    Returns
    -------
    (n_trs, n_targets) float32
    """
    rho = noise.autocorrelation
    white = rng.standard_normal((n_trs, n_targets), dtype=np.float32)
    white[1:] *= np.sqrt(1 - rho**2)  # the first row has variance 1, and so have all after it
    phases = np.pi * np.outer(np.arange(n_trs) + 0.5, np.arange(1, N_DRIFTS + 1)) / n_trs
    amplitudes = noise.drift * np.sqrt(2 / N_DRIFTS) * rng.standard_normal((N_DRIFTS, n_targets))
    e = white.astype(np.float64)
    for row in range(1, n_trs):
        e[row] += rho * e[row - 1]
    return (e + np.cos(phases) @ amplitudes).astype(np.float32)


def _signal_to_noise(truth: pd.DataFrame, cortex: Cortex) -> np.ndarray:
    """Standard deviation of the signal of each target over that of its noise, float32."""
    ratio = cortex.signal_to_noise
    by_kind = {SILENT: 0.0, PRESENT: ratio.present, PAST: ratio.present, FORECAST: ratio.forecast}
    return (truth["kind"].map(by_kind) * truth["gain"]).to_numpy(np.float32)


def _z(columns: np.ndarray) -> np.ndarray:
    sd = columns.std(axis=0)
    return (columns - columns.mean(axis=0)) / np.where(sd > 0, sd, 1)
