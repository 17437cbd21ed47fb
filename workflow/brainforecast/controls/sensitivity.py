"""Group means of R, F and M in every variant of the reported cell, and how far a contrast of peaks moves.

The statistic of a lobe or of the whole brain is, in each subject, the unweighted mean of its regions' statistics; the
curve of one side of a contrast likewise, both hemispheres pooled. Leaving subjects out is a mean over the others: no
score is computed anew. Subjects are read one at a time, so memory does not grow with their number.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.controls.claims import CONTRAST
from brainforecast.controls.group_tables import PLACE, STATISTICS, places_of
from brainforecast.planning.sensitivity import AS_REPORTED, LONG_DELAYS, STRICT, VERDICT_STRICT
from brainforecast.results.contrasts import matches
from brainforecast.results.frames import cast
from brainforecast.statistics.peaks import peak
from brainforecast.storage.variant_scores import VariantScores, read_variant_scores

COLUMNS = ["variant", "base", "statistic", *PLACE, "value", "sem", "n_subjects", "gap"]


LABELS = {
    AS_REPORTED: "as reported",
    STRICT: "strict folds",
    LONG_DELAYS: "delays to 12 s",
    VERDICT_STRICT: "base verdict, strict folds",
}
CHANGED = {
    "components": "{} components",
    "context": "context of {} tokens",
    "word_vector": "word vector: {} of tokens",
    "exclude": "without {}",
}


class Moments:
    """Mean and standard error over subjects of an array, one subject at a time (Welford); NaN is left out."""

    def __init__(self, shape: Sequence[int]) -> None:
        """Start without subjects."""
        self.n = np.zeros(shape, int)
        self._mean, self._squares = np.zeros(shape), np.zeros(shape)

    def add(self, values: np.ndarray) -> None:
        """Add a subject."""
        is_there = np.isfinite(values)
        self.n += is_there
        difference = np.where(is_there, values - self._mean, 0)
        self._mean += difference / np.maximum(self.n, 1)
        self._squares += difference * np.where(is_there, values - self._mean, 0)

    @property
    def mean(self) -> np.ndarray:
        """NaN where no subject has a value."""
        return np.where(self.n > 0, self._mean, np.nan)

    @property
    def sem(self) -> np.ndarray:
        """NaN below two subjects."""
        return np.where(self.n > 1, np.sqrt(self._squares / np.maximum(self.n - 1, 1) / np.maximum(self.n, 1)), np.nan)


def sensitivity_rows(paths: Mapping[str, str | Path], regions: pd.DataFrame, wanted: Mapping) -> pd.DataFrame:
    """Rows of group/sensitivity.parquet: R, F and M of each place, then the contrast, variant by variant.

    Parameters
    ----------
    paths : the file of each subject (`storage.variant_scores`).
    regions : hemi, region, lobe; a place that no subject has gets no rows.
    wanted : variants, pair, curve, contrast, excluded (`planning.controls.VariantJobs.table`).
    """
    places, columns = places_of(regions, np.ones(len(regions), int))
    members = np.zeros((len(places), len(regions)))
    for row, of_place in enumerate(columns):
        members[row, of_place] = 1
    bases = {variant["name"]: variant["base"] for variant in wanted["variants"]}
    bases |= {name: bases[AS_REPORTED] for name in wanted["excluded"]}
    statistics = {name: Moments((len(STATISTICS), len(places))) for name in bases}
    contrasts = {name: Moments((1,)) for name in bases}
    gaps: dict[str, list[int]] = {name: [] for name in bases}
    for subject, path in paths.items():
        scores = read_variant_scores(path)
        for variant in wanted["variants"]:
            found = scores[variant["name"]]
            of_places = _over_members(statistics_of_variant(found, variant["distances"], wanted["pair"]), members)
            of_contrast = np.array([contrast_of_peaks(found, variant["distances"], regions, wanted)])
            for name in _groups(variant["name"], subject, wanted["excluded"]):
                statistics[name].add(of_places)
                contrasts[name].add(of_contrast)
                gaps[name] += [] if found.gap is None else [found.gap]
    frames = []
    for name, base in bases.items():
        named = {"variant": name, "base": base, "gap": np.median(gaps[name]) if gaps[name] else np.nan}
        found = statistics[name]
        for row, statistic in enumerate(STATISTICS):
            values = {"value": found.mean[row], "sem": found.sem[row], "n_subjects": found.n[row]}
            frames.append(places.assign(**named, statistic=statistic, **values)[found.n[row] > 0])
        difference = contrasts[name]
        if difference.n[0]:
            place = {"level": CONTRAST, "hemi": None, "region": wanted["contrast"]["name"]}
            values = {"value": difference.mean, "sem": difference.sem, "n_subjects": difference.n}
            frames.append(pd.DataFrame(named | place | {"statistic": "peak_distance"} | values))
    return cast(pd.concat(frames, ignore_index=True)[COLUMNS])


def variant_label(name: str) -> str:
    """The setting that a variant changes, in words."""
    kind, _, value = name.partition("-")
    return LABELS[name] if name in LABELS else CHANGED.get(kind, "{}").format(value)


def is_shuffle(variants: pd.Series) -> pd.Series:
    """Which names are of draws of the shuffled control."""
    return variants.astype(str).str.startswith("shuffle-")


def statistics_of_variant(scores: VariantScores, distances: Sequence[int], pair: Sequence[int]) -> np.ndarray:
    """R, F and M of each region, (3, n_regions) float64.

    Parameters
    ----------
    distances : of the scores; pair : distances of the mirror window and of the window.
    """
    alone, *ahead = scores.brain_score.astype(np.float64)
    mirrored, window = (ahead[distances.index(distance)] for distance in pair)
    return np.stack([alone, window - alone, window - mirrored])


def contrast_of_peaks(scores: VariantScores, distances: Sequence[int], regions: pd.DataFrame, wanted: Mapping) -> float:
    """Peak of the first side's mean curve minus that of the second's, words; NaN without curves or without a side.

    Parameters
    ----------
    distances : of the scores; wanted : curve (distances) and contrast, as for `sensitivity_rows`.
    """
    curve, contrast = wanted["curve"], wanted["contrast"]
    if not curve or not set(curve) <= set(distances):
        return np.nan
    alone, *ahead = scores.brain_score.astype(np.float64)
    F = np.stack([ahead[distances.index(distance)] for distance in curve]) - alone  # (n_positions, n_regions)
    sides = np.stack([_side(regions, contrast[side]) for side in ("first", "second")]).astype(float)
    first, second = peak(_over_members(F, sides), np.array(curve))
    return float(first - second)


def _groups(variant: str, subject: str, excluded: Mapping[str, Sequence[str]]) -> list[str]:
    """The variants whose means a subject's scores of one variant are part of."""
    without = [name for name, subjects in excluded.items() if subject not in subjects]
    return [variant, *(without if variant == AS_REPORTED else [])]


def _side(regions: pd.DataFrame, side: Mapping) -> np.ndarray:
    """Which regions one side of a contrast has, of both hemispheres, (n_regions,) bool."""
    if side["level"] == "all":
        return np.ones(len(regions), bool)
    names = regions["lobe" if side["level"] == "lobe" else "region"].astype(object).fillna("").astype(str)
    patterns = [side["roi"]] if isinstance(side["roi"], str) else side["roi"]
    return np.any([matches(names, pattern) for pattern in patterns], axis=0)


def _over_members(values: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Mean of values, (n_rows, n_regions), over the regions of each place that are finite, (n_rows, n_places)."""
    is_there = np.isfinite(values)
    sums, counts = np.where(is_there, values, 0) @ members.T, is_there @ members.T
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
