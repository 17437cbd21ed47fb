"""What a verdict rests on: the rule's own size, leaks between folds, and what this study could have seen.

Each number is a row of group/verdict_checks.parquet; `check` is its name:

    size, threshold       how often the rule, tried on the shifts themselves, rejects at the level, and the level used
                          instead where that is too often; by statistic and family (level of regions)
    brain_score           R as recorded
    p_value               of R against its own shifts
    misaligned_score      mean of R over the shifts: about 0 where the folds do not leak
    misaligned_error      its standard error: sd over shifts / sqrt(number of independent shifts)
    leaks                 1 where folds leak through slow drift, 0 where they do not, null where it is not judged
    smallest_difference   m*, the smallest M of a simulated forecast of `verdict.share`
    passive_pass          1 where passive whole brains of this study pass too often: then nothing is supported
    supported             share of simulated brains of one kind and share that the rule supports; of regions, their mean
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from brainforecast.cells import VERDICT
from brainforecast.controls.verdict import Judge, M, R
from brainforecast.results.frames import cast
from brainforecast.statistics.common_shift import p_value

COLUMNS = ["check", "level", "hemi", "region", "statistic", "kind", "share", "value", "n_brains"]
VOLUMES_PER_SHIFT = 8  # volumes between shifts that count as independent
SMALL_SHARE = 0.2  # of R: a misaligned R up to here is no leak
ERRORS = 2  # standard errors above 0 from which a misaligned R is one


def check_rows(judge: Judge) -> pd.DataFrame:
    """Every check of a study, a row each."""
    rows = [*_sizes(judge), {"check": "passive_pass", "value": float(judge.passive_pass)}]
    scores = misaligned_scores(judge).assign(smallest_difference=judge.smallest_differences)
    names = [name for name in scores if name not in ("level", "hemi", "region")]
    long = scores.melt(["level", "hemi", "region"], names, var_name="check").assign(statistic=R)
    long.loc[long["check"] == "smallest_difference", "statistic"] = M
    return cast(pd.concat([pd.DataFrame(rows), long, shares_supported(judge)], ignore_index=True)[COLUMNS])


def misaligned_scores(judge: Judge) -> pd.DataFrame:
    """R under shifts of every place, in the base `verdict`.

    Folds leak where the misaligned R is above a fifth of R and above twice its error. Not judged where R does not pass
    its own shifts: there a fifth of R is nothing. Shifts of less than 8 volumes are not independent of each other, so
    their number is that of the volumes / 8, but never more than were drawn.

    Returns
    -------
    table : level, hemi, region, brain_score, p_value, misaligned_score, misaligned_error, leaks.
    """
    shifted, level = judge.shifted, judge.settings.level
    values = shifted.of(VERDICT, R)
    recorded, p = values[0], p_value(values)
    mean, error = (np.full(len(p), np.nan) for _ in range(2))
    if shifted.n_shifts:
        n_volumes = shifted.draws.groupby("story")["n_trs"].first().sum()
        independent = np.clip(n_volumes / VOLUMES_PER_SHIFT, 1, shifted.n_shifts)
        mean, error = values[1:].mean(axis=0), values[1:].std(axis=0) / np.sqrt(independent)
    leaks = (mean > SMALL_SHARE * recorded) & (mean > ERRORS * error)
    columns = {"brain_score": recorded, "p_value": p, "misaligned_score": mean, "misaligned_error": error}
    leaks = np.where(p <= level, leaks.astype(float), np.nan)
    return pd.concat([shifted.places[["level", "hemi", "region"]], pd.DataFrame(columns | {"leaks": leaks})], axis=1)


def shares_supported(judge: Judge) -> pd.DataFrame:
    """Share of simulated brains that the rule supports, by kind and share: whole brain, each lobe, mean of regions."""
    power = judge.power.rename(columns={"supported": "value"})
    regions = power[power["level"] == "roi"].groupby(["kind", "share"], as_index=False, sort=False)
    regions = regions.agg(value=("value", "mean"), n_brains=("n_brains", "max")).assign(level="roi")
    wide = power[power["level"] != "roi"].drop(columns=M)
    return pd.concat([wide, regions], ignore_index=True).assign(check="supported")


def _sizes(judge: Judge) -> Iterator[dict]:
    for (statistic, level), (size, threshold) in judge.thresholds.items():
        for check, value in (("size", size), ("threshold", threshold)):
            yield {"check": check, "level": level, "statistic": statistic, "value": value}
