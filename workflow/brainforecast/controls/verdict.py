"""The verdict on a forecast score: supported, not above a passive listener, or undecided, with the reason.

T_F and T_M are the group's means of F and of M, its difference to the mirror, in the base `verdict`. In order:

    supported           T_F > 0 and T_M > 0, and p_family <= threshold for both
    not_above_passive   R is above its own shifts, and the upper 95 % limit of T_M lies below m*
    undecided           everything else

m* is the smallest M that a forecast of the share in question would show at the R found (`smallest_difference`). The
threshold is the level, or less where the rule, tried on the shifts themselves, rejects too often. Where passive whole
brains, simulated from the study's own words, pass in more than the level, nothing is supported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from brainforecast.cells import VERDICT
from brainforecast.controls.brains import CONTENT, FORECAST, PASSIVE
from brainforecast.controls.group_tables import PLACE, STATISTICS
from brainforecast.encoding.common_shift import around_story
from brainforecast.results.frames import without_null_hemispheres
from brainforecast.statistics.common_shift import (
    FEWEST,
    largest,
    limits,
    p_family,
    p_under_shifts,
    p_value,
    standardise,
    threshold,
)
from brainforecast.statistics.distributions import binomial_survival

SUPPORTED, NOT_ABOVE_PASSIVE, UNDECIDED = "supported", "not_above_passive", "undecided"
FEW_SHIFTS = "too few shifts"
PASSIVE_PASS = "this study's own passive brains pass"
NO_SIGNAL = "no signal"
CANNOT_EXCLUDE = "this design cannot exclude it"
LITTLE_DATA = "too little data"
R, F, M = STATISTICS
FEWEST_DRAWS = 99
LARGEST_SIZE = 0.06  # of the rule on the shifts themselves, at a level of .05: up to here the level stays
POWER = 0.8


@dataclass(frozen=True)
class VerdictSettings:
    """Config `verdict`: level of the tests; share of the signal that a forecast to be excluded makes up.

    fewest_shifts : with fewer, everything is undecided.
    """

    level: float
    share: float
    fewest_shifts: int = FEWEST_DRAWS


@dataclass(frozen=True, eq=False)
class ShiftedStatistics:
    """The group's statistics under common shifts.

    Parameters
    ----------
    table : group/shifts.parquet: base, statistic, level, hemi, region, draw, value, n_subjects.
    draws : group/shift_draws.parquet: draw, story, shift, n_trs.
    """

    table: pd.DataFrame
    draws: pd.DataFrame

    @cached_property
    def places(self) -> pd.DataFrame:
        """level, hemi, region and n_subjects of each column of the arrays."""
        first = self.table[(self.table["draw"] == 0) & (self.table["base"] == VERDICT)]
        first = first[first["statistic"] == F]
        return first[[*PLACE, "n_subjects"]].reset_index(drop=True)

    def of(self, base: str, statistic: str) -> np.ndarray:
        """Values of one statistic, (K + 1, n_places); row 0 is as recorded."""
        rows = self.table[(self.table["base"] == base) & (self.table["statistic"] == statistic)]
        return rows.sort_values("draw", kind="stable")["value"].to_numpy(float).reshape(-1, len(self.places))

    @property
    def bases(self) -> list[str]:
        """The bases scored."""
        return list(self.table["base"].unique())

    @property
    def n_shifts(self) -> int:
        """K."""
        return int(self.table["draw"].max())

    def columns_of(self, level: str) -> np.ndarray:
        """Columns of one level: a family."""
        return np.flatnonzero(self.places["level"] == level)

    @cached_property
    def apart(self) -> np.ndarray:
        """Whether two draws are as far from each other as each is from the recording, in every story; (K, K) bool."""
        shifts = self.draws.pivot(index="draw", columns="story", values="shift").to_numpy()
        n_trs = self.draws.groupby("story")["n_trs"].first().to_numpy()
        shortest = around_story(shifts, n_trs).min(axis=0)
        return (around_story(shifts[:, None] - shifts[None], n_trs) >= shortest).all(axis=2)

    def tests(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """p_value and p_family of each place, the families being the levels."""
        family = np.full(values.shape[1], np.nan)
        for level in self.places["level"].unique():
            columns = self.columns_of(level)
            family[columns] = p_family(values[:, columns])
        return p_value(values), family

    def size(self, statistic: str, level_of_places: str, level: float) -> tuple[float, float]:
        """The rule's own size on a family in the base `verdict`, and the threshold to use: see `threshold`.

        Each draw takes its turn as the recording, against the draws that are far from it; it errs if the smallest
        p_family of the family is at or below the level. Where fewer than FEWEST draws have enough others far from them,
        as in short stories or very many, the size is not known: a share of a few says nothing, and the level stays.
        """
        if not self.n_shifts:
            return np.nan, level  # a story too short for any shift
        values = self.of(VERDICT, statistic)[:, self.columns_of(level_of_places)]
        p = p_under_shifts(values, self.apart, p_family)
        smallest = np.fmin.reduce(p, axis=1) if len(p) >= FEWEST else np.empty(0)
        return threshold(smallest, level, LARGEST_SIZE * level / 0.05)


@dataclass(frozen=True, eq=False)
class Judge:
    """The rule, on one study.

    Parameters
    ----------
    shifted : statistics of the study under shifts.
    brains : group/simulated_brains.parquet: kind, share, peak, brain, level, hemi, region and STATISTICS.
    lobes : hemi, region, lobe: which regions a lobe is the mean of.
    """

    shifted: ShiftedStatistics
    brains: pd.DataFrame
    lobes: pd.DataFrame
    settings: VerdictSettings

    @cached_property
    def thresholds(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Size of the rule and threshold, by statistic (F, M) and level of places."""
        levels = self.shifted.places["level"].unique()
        return {(s, name): self.shifted.size(s, name, self.settings.level) for s in (F, M) for name in levels}

    @cached_property
    def smallest_differences(self) -> np.ndarray:
        """m* of each place, (n_places,): of regions from the brains, of lobes and whole brain the mean of regions'."""
        places, found = self.shifted.places, np.full(len(self.shifted.places), np.nan)
        regions = self.shifted.columns_of("roi")
        wanted = self.brains[(self.brains["kind"] == FORECAST) & np.isclose(self.brains["share"], self.settings.share)]
        wanted = wanted[wanted["level"] == "roi"]
        found_R = self.shifted.of(VERDICT, R)[0]
        groups = self._groups(places, regions)
        per_peak = [smallest_difference(of_peak, found_R, groups) for _, of_peak in wanted.groupby("peak")]
        return np.min(per_peak, axis=0) if per_peak else found

    def _groups(self, places: pd.DataFrame, regions: np.ndarray) -> list[np.ndarray]:
        """For each place, the columns of the regions it is the mean of."""
        named = places.iloc[regions].merge(self.lobes, on=["hemi", "region"], how="left")
        lobe = named["lobe"].to_numpy()
        return [
            np.array([column]) if level == "roi" else regions if level == "all" else regions[lobe == region]
            for column, (level, region) in enumerate(zip(places["level"], places["region"], strict=True))
        ]

    @cached_property
    def brain_supported(self) -> pd.DataFrame:
        """Every simulated brain and place with `supported`: whether the rule supports it at the study's own shifts."""
        order = self.shifted.places[PLACE].assign(column=range(len(self.shifted.places)))
        brains = self.brains.merge(order, on=PLACE)
        passed = np.ones(len(brains), bool)
        for statistic in (F, M):
            values = self.shifted.of(VERDICT, statistic)
            sd = values.std(axis=0)
            z_draws = standardise(values)[1:]
            of_brain, column = brains[statistic].to_numpy(float), brains["column"].to_numpy()
            z = (of_brain - values.mean(axis=0)[column]) / np.where(sd > 0, sd, np.inf)[column]
            for level in self.shifted.places["level"].unique():
                rows = (brains["level"] == level).to_numpy()
                null = np.sort(largest(z_draws[:, self.shifted.columns_of(level)]))
                at_least = len(null) - np.searchsorted(null, z[rows], side="left")
                p = (1 + at_least) / (len(null) + 1)
                passed[rows] &= (p <= self.thresholds[statistic, level][1]) & (of_brain[rows] > 0)
        return brains.assign(supported=passed)

    @cached_property
    def power(self) -> pd.DataFrame:
        """kind, share, level, hemi, region, supported (share of brains), mirror_difference (mean), n_brains.

        Shares of FORECAST start at 0, which is the passive brain that follows content.
        """
        keys = ["kind", "share", *PLACE]
        grouped = self.brain_supported.groupby(keys, dropna=False, sort=False)
        columns = {"supported": ("supported", "mean"), M: (M, "mean"), "n_brains": ("supported", "size")}
        return grouped.agg(**columns).reset_index()

    @property
    def passive_pass(self) -> bool:
        """Whether passive whole brains pass in more than the level: all together, or one kind beyond chance."""
        whole = self.brain_supported
        whole = whole[(whole["level"] == "all") & whole["kind"].isin(PASSIVE)]
        if whole.empty:
            return False
        level = self.settings.level
        by_kind = [binomial_survival(int(g.sum()), len(g), level) < 0.05 / len(PASSIVE)
                   for _, g in whole.groupby("kind")["supported"]]  # fmt: skip
        return bool(whole["supported"].mean() > level or any(by_kind))

    @cached_property
    def smallest_effects(self) -> np.ndarray:
        """M at the smallest share that is supported with probability POWER, (n_places,); NaN if none is."""
        places, power = self.shifted.places, self.power
        curve = power[(power["kind"] == FORECAST) | (power["kind"] == CONTENT)].sort_values("share")
        found = np.full(len(places), np.nan)
        by_place = dict(iter(without_null_hemispheres(curve).groupby(PLACE)))
        for column, key in enumerate(without_null_hemispheres(places)[PLACE].itertuples(index=False, name=None)):
            rows = by_place.get(key)
            found[column] = np.nan if rows is None else _at_power(rows["supported"].to_numpy(), rows[M].to_numpy())
        return found

    def verdicts(self) -> tuple[list[str], list[str]]:
        """Verdict and reason of each place."""
        shifted, n = self.shifted, len(self.shifted.places)
        if shifted.n_shifts < self.settings.fewest_shifts:
            return [UNDECIDED] * n, [FEW_SHIFTS] * n
        values = {s: shifted.of(VERDICT, s) for s in STATISTICS}
        families = {s: shifted.tests(values[s])[1] for s in (F, M)}
        p_R, upper_M = p_value(values[R]), limits(values[M])[1]
        decided = []
        for i, level in enumerate(shifted.places["level"]):
            passes = [families[s][i] <= self.thresholds[s, level][1] and values[s][0, i] > 0 for s in (F, M)]
            signal = p_R[i] <= self.settings.level
            decided.append(self._decide(all(passes), signal, upper_M[i], self.smallest_differences[i]))
        return [verdict for verdict, _ in decided], [reason for _, reason in decided]

    def _decide(self, passes: bool, signal: bool, upper: float, smallest: float) -> tuple[str, str]:
        if passes:
            if self.passive_pass:
                return UNDECIDED, PASSIVE_PASS
            return SUPPORTED, "F and M are above their shifts"
        if not signal:
            return UNDECIDED, NO_SIGNAL
        if not smallest > 0:
            return UNDECIDED, CANNOT_EXCLUDE
        if upper < smallest:
            share = f"{self.settings.share:g}"
            return NOT_ABOVE_PASSIVE, f"a forecast of share {share} or more, of the simulated kind, is excluded"
        return UNDECIDED, LITTLE_DATA


def forecast_verdicts(judge: Judge) -> pd.DataFrame:
    """Rows of the claim `forecast` in group/verdicts.parquet: a row per place, base and statistic (F, M)."""
    shifted = judge.shifted
    verdict, reason = judge.verdicts()
    frames = []
    for base in shifted.bases:
        for statistic in (F, M):
            values = shifted.of(base, statistic)
            p, family = shifted.tests(values)
            low, high = limits(values) if shifted.n_shifts else (np.full(len(p), np.nan),) * 2
            votes = base == VERDICT and statistic == M
            effects = judge.smallest_effects if votes else np.full(len(p), np.nan)
            columns = {
                "base": base, "statistic": statistic, "effect": values[0], "ci_low": low, "ci_high": high,
                "p_value": p, "p_family": family, "smallest_effect": effects,
                "n_subjects": shifted.places["n_subjects"], "n_shifts": shifted.n_shifts,
                "verdict": verdict, "reason": reason,
            }  # fmt: skip
            frames.append(pd.concat([shifted.places[PLACE], pd.DataFrame(columns)], axis=1))
    table = pd.concat(frames, ignore_index=True)
    table.insert(0, "claim", "forecast")
    return table


def smallest_difference(brains: pd.DataFrame, found: np.ndarray, groups: Sequence[np.ndarray]) -> np.ndarray:
    """M of a forecast at the R found, less two standard errors: M = b R + c R^2 over the regions of many brains.

    Parameters
    ----------
    brains : rows of regions of brains with one share and peak: brain, brain_score, mirror_difference.
    found : R of each place of the study; groups : for each place, the places of the regions it is the mean of.

    Returns
    -------
    (n_groups,); the standard error is the jackknife's over brains: regions of a brain share their weights' draw.
    """
    x, y = brains[R].to_numpy(float), brains[M].to_numpy(float)
    codes = pd.factorize(brains["brain"])[0]
    X = np.stack([x, x**2], axis=1)
    n = codes.max() + 1
    XX = np.stack([X[codes == b].T @ X[codes == b] for b in range(n)])
    Xy = np.stack([X[codes == b].T @ y[codes == b] for b in range(n)])
    predictors = np.stack([[np.mean(found[g]), np.mean(found[g] ** 2)] for g in groups])  # (n_groups, 2)
    fit = np.linalg.lstsq(XX.sum(0), Xy.sum(0), rcond=None)[0]
    without = np.stack([np.linalg.lstsq(XX.sum(0) - XX[b], Xy.sum(0) - Xy[b], rcond=None)[0] for b in range(n)])
    left_out = predictors @ without.T  # (n_groups, n_brains)
    error = np.sqrt((n - 1) / n * np.square(left_out - left_out.mean(axis=1, keepdims=True)).sum(axis=1))
    return predictors @ fit - 2 * error


def _at_power(supported: np.ndarray, effects: np.ndarray) -> float:
    """The effect where a power curve first reaches POWER, on the line between its points."""
    above = np.flatnonzero(supported >= POWER)
    if not len(above):
        return np.nan
    i = above[0]
    if i == 0:
        return float(effects[0])
    part = (POWER - supported[i - 1]) / (supported[i] - supported[i - 1])
    return float(effects[i - 1] + part * (effects[i] - effects[i - 1]))
