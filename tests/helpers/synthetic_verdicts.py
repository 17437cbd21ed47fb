"""Tables that a verdict is made from, small and from known numbers: shifts, simulated brains, contrasts."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from brainforecast.controls.brains import FORECAST, PASSIVE
from brainforecast.controls.verdict import Judge, ShiftedStatistics, VerdictSettings

N_TRS, SHORTEST = 160, 20
BASES = ("paper", "lexical", "verdict")
STATISTICS = ("brain_score", "forecast_score", "mirror_difference")
PEAKS, SHARES = (4.0, 5.0, 6.0), (0.25, 0.5, 0.75, 1.0)
SD = {"brain_score": 0.01, "forecast_score": 0.003, "mirror_difference": 0.004}  # of one region over shifts
LOBES = ("frontal", "occipital", "temporal")
EFFECTS = {  # R, F and M as recorded, by lobe
    "frontal": (0.10, 0.030, 0.040),  # a forecast
    "temporal": (0.12, -0.002, -0.004),  # follows the story, and no forecast
    "occipital": (0.00, 0.000, 0.000),  # no signal
}
TWO_FORECASTS = EFFECTS | {"temporal": (0.12, 0.030, 0.040)}


def regions(n_per_lobe: int) -> pd.DataFrame:
    """hemi, region, lobe: regions of both hemispheres."""
    names = [(hemi, f"{lobe}{i:02d}", lobe) for hemi in "LR" for lobe in LOBES for i in range(n_per_lobe)]
    return pd.DataFrame(names, columns=["hemi", "region", "lobe"])


def draws(n_trs: int = N_TRS, shortest: int = SHORTEST) -> pd.DataFrame:
    """Every admissible shift of one story."""
    shifts = np.arange(shortest, n_trs - shortest + 1)
    return pd.DataFrame({"draw": 1 + np.arange(len(shifts)), "story": "desert", "shift": shifts, "n_trs": n_trs})


def shifts(lobes: pd.DataFrame, n_draws: int, effects: Mapping = EFFECTS, misaligned: float = 0.0) -> pd.DataFrame:
    """group/shifts.parquet of 16 subjects: noise under shifts, with R of `misaligned`; the effects as recorded."""
    rng = np.random.default_rng(0)
    frames = []
    for base in BASES:
        for i, statistic in enumerate(STATISTICS):
            values = rng.normal(0, SD[statistic], (n_draws + 1, len(lobes)))
            values[0] /= 10
            values[0] += lobes["lobe"].map(lambda lobe, i=i: effects[lobe][i]).to_numpy(float)
            values[1:] += misaligned if statistic == "brain_score" else 0.0
            for level, hemi, region, columns in places(lobes):
                of_draws = {"draw": np.arange(n_draws + 1), "value": values[:, columns].mean(axis=1)}
                keys = {"base": base, "statistic": statistic, "level": level, "hemi": hemi, "region": region}
                frames.append(pd.DataFrame({**keys, **of_draws, "n_subjects": 16}))
    return pd.concat(frames, ignore_index=True)


def simulated_brains(lobes: pd.DataFrame, n_per_peak: int = 4, passive: float = 0.0) -> pd.DataFrame:
    """group/simulated_brains.parquet: F and M grow with the share; those of passive brains are `passive`."""
    rng = np.random.default_rng(1)
    kinds = [(kind, 0.0) for kind in PASSIVE] + [(FORECAST, share) for share in SHARES]
    frames, R = [], np.array([max(effects[0], 0.02) for effects in lobes["lobe"].map(EFFECTS)])
    for kind, share in kinds:
        for number, peak in enumerate(np.repeat(PEAKS, n_per_peak)):
            found = np.stack([R, share * R / 4 + passive, share * R / 3 + passive])
            found += rng.normal(0, [[SD[s] / 4] for s in STATISTICS], found.shape)
            for level, hemi, region, columns in places(lobes):
                means = dict(zip(STATISTICS, found[:, columns].mean(axis=1), strict=True))
                keys = {"kind": kind, "share": share, "peak": peak, "brain": number}
                frames.append({**keys, "level": level, "hemi": hemi, "region": region, **means})
    return pd.DataFrame(frames)


def places(lobes: pd.DataFrame) -> list[tuple]:
    """level, hemi, region and the rows of `lobes` averaged."""
    rows = [("roi", row.hemi, row.region, [i]) for i, row in enumerate(lobes.itertuples())]
    rows += [("lobe", None, lobe, np.flatnonzero(lobes["lobe"] == lobe)) for lobe in sorted(set(lobes["lobe"]))]
    return [*rows, ("all", None, "all", np.arange(len(lobes)))]


@cache
def judge(n_per_lobe: int = 2, *, n_draws: int | None = None, two_forecasts: bool = False, misaligned: float = 0.0,
          passive: float = 0.0) -> Judge:  # fmt: skip
    """The rule on the tables above, made once; the first `n_draws` shifts only, if given."""
    lobes, drawn = regions(n_per_lobe), draws()
    drawn = drawn if n_draws is None else drawn.head(n_draws)
    effects = TWO_FORECASTS if two_forecasts else EFFECTS
    shifted = ShiftedStatistics(shifts(lobes, len(drawn), effects, misaligned), drawn)
    return Judge(shifted, simulated_brains(lobes, passive=passive), lobes, VerdictSettings(0.05, 0.5))


CELL = {"model": "tiny", "layer": 16, "base": "paper", "source": "true", "width": 7, "distance": 8, "depth_distance": 6}
CONTRASTS = [
    {"name": "frontal - temporal", "measure": "forecast_distance", "first": {"level": "lobe", "roi": "frontal"},
     "second": {"level": "lobe", "roi": "temporal"}},
    {"name": "upper - lower", "measure": "forecast_depth", "first": {"level": "roi", "roi": "frontal*"},
     "second": {"level": "roi", "roi": ["frontal00", "frontal01"]}},
]  # fmt: skip


def strict(n_per_lobe: int = 2) -> pd.DataFrame:
    """group/sensitivity.parquet: F of every place in strict folds."""
    rows = [(*place, -0.01) for *place, _ in places(regions(n_per_lobe))]
    table = pd.DataFrame(rows, columns=["level", "hemi", "region", "value"])
    return table.assign(variant="verdict-strict", base="verdict", statistic="forecast_score", n_subjects=16)


def contrasts(**changes: object) -> pd.DataFrame:
    """group/contrasts.parquet: both measures of both contrasts, pooled and left, in two cells."""
    found = {"effect": 3.0, "ci_low": 1.5, "ci_high": 4.5, "p_value": 0.01, "bias": 0.5, "p_matched": 0.004} | changes
    rows = []
    for contrast, (measure, own) in zip(CONTRASTS, MEASURES, strict=True):
        cell = {key: CELL[key] for key in ("model", "base", "source", "width")}
        cell |= {"layer": 16, "distance": None} if own == "peak_distance" else {"layer": None, "distance": 6}
        for base in ("paper", "lexical"):
            for hemi in (None, "L"):
                for column in (f"group_{own}", own, measure):
                    effect = found["effect"] if (base, hemi, column) == ("paper", None, f"group_{own}") else -99.0
                    keys = {"contrast": contrast["name"], "measure": column, **cell, "base": base, "hemi": hemi}
                    rows.append({**keys, **found, "effect": effect, "n_subjects": 16})
    return pd.DataFrame(rows)


MEASURES = (("forecast_distance", "peak_distance"), ("forecast_depth", "peak_depth"))
