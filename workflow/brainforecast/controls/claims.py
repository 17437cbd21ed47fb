"""Every claim with a verdict: forecasts of regions, and differences of their distance and depth.

A contrast of config claims that its first region looks farther ahead (`forecast_distance`), or at a deeper layer
(`forecast_depth`), than its second. Its statistic is `group_peak_distance` or `group_peak_depth`: first minus second,
the peak of the region's own curve, mean over subjects, both hemispheres pooled, in the reported cell. In this order:

    supported    both regions are supported as forecasts; p_matched <= level; and the difference lies above 0
                 and above its bias
    undecided    everything else, with the first of these that does not hold as the reason

p_matched is the share of simulated differences as large, where both regions have one common curve, each at its own
signal-to-noise; bias is their mean (`statistics.matched_peaks`). p_matched has two sides, so without the last condition
a difference that is positive but far below its bias would pass. A side is supported if its row is: of a lobe, the
lobe's; of a region, that of each hemisphere; of a side made of several regions, all of theirs. A difference is never
`not_above_passive`: no difference of a given size is simulated that could be excluded.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.cells import VERDICT
from brainforecast.controls.verdict import PLACE, SUPPORTED, UNDECIDED, F, Judge, forecast_verdicts
from brainforecast.planning.sensitivity import VERDICT_STRICT
from brainforecast.results.contrasts import matches
from brainforecast.results.frames import cast

PEAKS = {"forecast_distance": "group_peak_distance", "forecast_depth": "group_peak_depth"}  # claim: statistic
STRICT_F = "forecast_score_strict"
REGION_OPEN = "a region of the contrast is not supported"
NO_SIMULATION = "no matched simulation"
NO_DIFFERENCE = "no difference beyond the matched simulation"
WRONG_SIGN = "the first region is not the later one"
DIFFERS = "the first region is later, beyond the matched simulation"
CONTRAST = "contrast"  # the level of its rows; region is the contrast's name


def verdict_rows(
    judge: Judge,
    contrasts: pd.DataFrame,
    sensitivity: pd.DataFrame,
    wanted: Sequence[Mapping],
    cell: Mapping[str, object],
) -> pd.DataFrame:
    """Rows of group/verdicts.parquet: every claim.

    Parameters
    ----------
    contrasts, sensitivity : tables of the group.
    wanted : config `contrasts`: name, measure, first, second.
    cell : config `maps`, the reported cell.
    """
    forecasts = forecast_verdicts(judge)
    differences = contrast_verdicts(forecasts, contrasts, wanted, cell, level=judge.settings.level)
    strict = strict_rows(forecasts, sensitivity)
    return pd.concat([cast(forecasts), cast(strict), differences], ignore_index=True)


def strict_rows(forecasts: pd.DataFrame, sensitivity: pd.DataFrame) -> pd.DataFrame:
    """F in strict folds beside each forecast's verdict, base `verdict`: printed for its sign, without a vote or a test.

    Parameters
    ----------
    sensitivity : group/sensitivity.parquet, with the variant `verdict-strict`.
    """
    strict = sensitivity[(sensitivity["variant"] == VERDICT_STRICT) & (sensitivity["statistic"] == F)]
    strict = strict[[*PLACE, "value"]].rename(columns={"value": "effect"})
    rows = forecasts[(forecasts["base"] == VERDICT) & (forecasts["statistic"] == F)]
    kept = rows[["claim", *PLACE, "base", "n_subjects", "verdict", "reason"]].assign(statistic=STRICT_F)
    return kept.merge(strict, on=PLACE, how="left").reindex(columns=forecasts.columns)


def contrast_verdicts(
    forecasts: pd.DataFrame,
    contrasts: pd.DataFrame,
    wanted: Sequence[Mapping],
    cell: Mapping[str, object],
    *,
    level: float,
) -> pd.DataFrame:
    """A row per contrast of the reported cell, with the columns of `forecasts`; none where it was not computed.

    p_family is p_value, p_matched: each contrast is one test, fixed in config.
    """
    voting = forecasts[forecasts["base"] == VERDICT].drop_duplicates(PLACE)
    rows = []
    for contrast in wanted:
        statistic = PEAKS[contrast["measure"]]
        for row in _reported(contrasts, contrast["name"], statistic, cell).to_dict("records"):
            open_side = not all(_supported(voting, contrast[side]) for side in ("first", "second"))
            verdict, reason = _decide(row, open_side, level)
            rows.append({
                "claim": contrast["measure"], "level": CONTRAST, "region": contrast["name"], "base": cell["base"],
                "statistic": statistic, **{key: row[key] for key in ("effect", "ci_low", "ci_high", "n_subjects")},
                "p_value": row["p_matched"], "p_family": row["p_matched"], "verdict": verdict, "reason": reason,
            })  # fmt: skip
    return cast(pd.DataFrame(rows, columns=forecasts.columns))


def _decide(row: Mapping, open_side: bool, level: float) -> tuple[str, str]:
    if open_side:
        return UNDECIDED, REGION_OPEN
    if pd.isna(row["p_matched"]):
        return UNDECIDED, NO_SIMULATION
    if row["p_matched"] > level:
        return UNDECIDED, NO_DIFFERENCE
    return (SUPPORTED, DIFFERS) if row["effect"] > max(0, row["bias"]) else (UNDECIDED, WRONG_SIGN)


def _reported(contrasts: pd.DataFrame, name: str, statistic: str, cell: Mapping[str, object]) -> pd.DataFrame:
    """The row of a contrast in the reported cell, hemispheres pooled; depths have a distance, distances a layer."""
    position = {"layer": "layer"} if statistic == PEAKS["forecast_distance"] else {"distance": "depth_distance"}
    keys = {key: key for key in ("model", "base", "source", "width")} | position
    wanted = {"contrast": name, "measure": statistic} | {column: cell[key] for column, key in keys.items()}
    kept = contrasts[contrasts["hemi"].isna()]
    for column, value in wanted.items():
        kept = kept[kept[column] == value]
    return kept


def _supported(voting: pd.DataFrame, side: Mapping) -> bool:
    """Whether all places of one side of a contrast are supported; not without any."""
    patterns = [side["roi"]] if isinstance(side["roi"], str) else side["roi"]
    here = voting[voting["level"] == side["level"]]
    found = [here[matches(here["region"].astype(str), pattern)] for pattern in patterns]
    return all(len(rows) and (rows["verdict"] == SUPPORTED).all() for rows in found)
