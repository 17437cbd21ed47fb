"""Group means of R, F and M of each region, lobe and the whole brain: under common shifts, and in simulated brains.

    R = score of the present alone      F = score with the window - R      M = score with the window - with its mirror

The statistic of a lobe or of the whole brain is the unweighted mean of its regions' statistics. Subjects are read one
at a time, so memory does not grow with their number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.storage.control_scores import read_control_scores

STATISTICS = ("brain_score", "forecast_score", "mirror_difference")
PLACE = ["level", "hemi", "region"]  # level: roi, lobe or all


def shift_rows(paths: Sequence[str | Path], bases: Sequence[str], regions: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the rows of each base and statistic of group/shifts.parquet, draw by draw; draw 0 is as recorded.

    Parameters
    ----------
    paths : files of the subjects (`storage.control_scores`); bases : in their order there.
    regions : hemi, region, lobe; a region that no subject has gets no rows.
    """
    means, counts = mean_over_subjects(map(read_control_scores, paths))  # (n_bases, 3, n_draws, n_regions)
    places, columns = places_of(regions, counts.min(axis=(0, 1, 2)))
    for base, of_base, n_of_base in zip(bases, means, counts, strict=True):
        for statistic, values, n_subjects in zip(STATISTICS, of_base, n_of_base, strict=True):
            n_draws = len(values)
            yield pd.DataFrame(
                {"base": base, "statistic": statistic}
                | {name: np.tile(places[name].to_numpy(), n_draws) for name in PLACE}
                | {
                    "draw": np.repeat(np.arange(n_draws, dtype=np.int32), len(places)),
                    "value": _over_places(values, columns).ravel(),
                    "n_subjects": _most(n_subjects, columns).ravel(),
                }
            ).astype(dict.fromkeys(["base", "statistic", *PLACE], "str"))


def brain_rows(paths: Sequence[str | Path], brains: Sequence[Mapping], regions: pd.DataFrame) -> pd.DataFrame:
    """The rows of group/simulated_brains.parquet, brain by brain.

    Parameters
    ----------
    paths, regions : as for `shift_rows`.
    brains : kind, share, peak (s) and number of each, in the order of the files.
    """
    means, counts = mean_over_subjects(map(read_control_scores, paths))  # (3, n_brains, n_regions)
    places, columns = places_of(regions, counts.min(axis=(0, 1)))
    named = {name: [brain[name] for brain in brains] for name in ("kind", "share", "peak", "number")}
    named["brain"] = np.array(named.pop("number"), np.int32)
    table = pd.DataFrame(
        {name: np.repeat(np.array(values), len(places)) for name, values in named.items()}
        | {name: np.tile(places[name].to_numpy(), len(brains)) for name in PLACE}
        | {name: _over_places(values, columns).ravel() for name, values in zip(STATISTICS, means, strict=True)}
    )
    return table.astype(dict.fromkeys(["kind", *PLACE], "str"))


def wanted_scores(shifts: pd.DataFrame, base: str, regions: pd.DataFrame) -> np.ndarray:
    """R of each region as recorded, (n_regions,), from group/shifts.parquet; NaN for a region that no subject has."""
    rows = shifts[(shifts["base"] == base) & (shifts["statistic"] == STATISTICS[0])]
    rows = rows[(rows["level"] == "roi") & (rows["draw"] == 0)]
    found = regions[["hemi", "region"]].merge(rows[["hemi", "region", "value"]], how="left", on=["hemi", "region"])
    return found["value"].to_numpy(float)


def mean_over_subjects(files: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of R, F and M over subjects, float64, and the number of subjects with a value; one subject at a time.

    Parameters
    ----------
    files : brain scores of each subject, (..., 3, n, n_regions).
    """
    sums: np.ndarray | None = None
    counts = np.zeros(0, np.int32)
    for scores in files:
        values = statistics_of(scores)
        if sums is None:
            sums, counts = np.zeros(values.shape), np.zeros(values.shape, np.int32)
        is_there = np.isfinite(values)
        sums += np.where(is_there, values, 0)
        counts += is_there
    if sums is None:
        raise ValueError("no subjects")
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0), counts


def statistics_of(scores: np.ndarray) -> np.ndarray:
    """R, F and M, the same shape as the brain scores they are differences of, (..., 3, n, n_regions) float64."""
    alone, mirror, ahead = np.moveaxis(scores.astype(np.float64), -3, 0)
    return np.stack([alone, ahead - alone, ahead - mirror], axis=-3)


def places_of(regions: pd.DataFrame, n_subjects: np.ndarray) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """level, hemi and region of each row of a draw, and the columns that each is the mean of."""
    found = np.flatnonzero(n_subjects > 0)
    here = regions.iloc[found]
    rows = [("roi", hemi, region) for hemi, region in zip(here["hemi"], here["region"], strict=True)]
    columns = [np.array([column]) for column in found]
    for lobe in sorted(here["lobe"].dropna().unique()):
        rows.append(("lobe", None, lobe))
        columns.append(found[(here["lobe"] == lobe).to_numpy()])
    if len(found):
        rows.append(("all", None, "all"))
        columns.append(found)
    return pd.DataFrame(rows, columns=PLACE), columns


def _over_places(values: np.ndarray, columns: Sequence[np.ndarray]) -> np.ndarray:
    """Mean over the regions of each place, (n_rows, n_places)."""
    parts = [values[:, of_place].mean(axis=1) for of_place in columns]
    return np.stack(parts, axis=1) if parts else np.empty((len(values), 0))


def _most(n_subjects: np.ndarray, columns: Sequence[np.ndarray]) -> np.ndarray:
    """Largest number of subjects of the regions of each place, (n_rows, n_places)."""
    parts = [n_subjects[:, of_place].max(axis=1) for of_place in columns]
    return np.stack(parts, axis=1) if parts else np.empty((len(n_subjects), 0), np.int32)
