"""Maps: one statistic of the reported cell over all targets, of the group or of one subject."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cells import LISTENERS
from brainforecast.results.map_statistics import (
    CORRECTION,
    GROUP,
    KEYS_OF,
    SUBJECT,
    Statistic,
    cell_of,
    cell_words,
    words_for,
)
from brainforecast.results.selection import read_rows, read_rows_if_any
from brainforecast.sources import COMPONENTS

STATS = tuple(GROUP)
SUBJECT_STATS = tuple(SUBJECT)
TABLES = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")
MAY_BE_EMPTY = ("best_layer", "forecast_depth")  # tables of analyses that a config may leave out


@dataclass(frozen=True)
class Map:
    """One statistic of all targets.

    Attributes
    ----------
    stat : short name, the ``stat-`` entity of the file.
    title : the statistic in words.
    cell : its model, layer and window in words.
    unit : unit of the values.
    values : (n_targets,) float32, left hemisphere first, NaN where there is no value.
    n_subjects : fewest and most subjects behind a value.
    settings : ``model``, ``layer``, ``base``, ``source``, ``width`` and ``distance``, those that it depends on.
    description : what a value means.
    test, correction : behind the values or their mask; "" for none.
    table : the table that the values come from.
    among : of a peak, the scored values that it was found among.
    """

    stat: str
    title: str
    cell: str
    unit: str
    values: np.ndarray
    n_subjects: tuple[int, int]
    settings: Mapping[str, object] = field(default_factory=dict)
    description: str = ""
    test: str = ""
    correction: str = ""
    table: str = ""
    among: tuple[int, ...] = ()


def read_group(paths: Mapping[str, str | Path], cell: Mapping[str, object]) -> dict[str, pd.DataFrame]:
    """Rows of the reported cell in each group table, a row per target.

    `paths` : of `TABLES`; without windows there are no tables of forecasts. Rows of the listeners are ``ceiling``,
    those of each component its name; they have none where they were not scored.
    """
    tables = read_subject(paths, cell)
    window = _pick(cell, "window") if "forecast_scores" in paths else {}
    components = COMPONENTS if window else ()
    return tables | {
        source: read_rows_if_any(paths["forecast_scores"], **{**window, "source": source}) for source in components
    }


def read_subject(paths: Mapping[str, str | Path], cell: Mapping[str, object]) -> dict[str, pd.DataFrame]:
    """Rows of the reported cell in each table of one subject, a row per target; as ``ceiling``, those of the listeners.

    `paths` : of `TABLES`, one file each; ``best_layer`` is a table of the group alone.
    """
    tables = _read_tables({name: paths[name] for name in TABLES if name in paths}, cell)
    return tables | {"ceiling": read_rows_if_any(paths["brain_scores"], model=LISTENERS)}


def group_maps(
    targets: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    *,
    cell: Mapping[str, object],
    q_level: float,
    scored: Mapping[str, Sequence[int]] | None = None,
) -> list[Map]:
    """The maps of one cell, in the order of `STATS`; those of an analysis that was not run hold NaN.

    Parameters
    ----------
    targets : table of targets, one row per vertex, voxel or region.
    tables : rows of the cell, from `read_group`; maps of tables that are not here are left out.
    cell : ``model``, ``layer``, ``base``, ``source``, ``width``, ``distance``, ``reference`` and ``depth_distance``.
    q_level : the masked maps of d* and k* keep targets whose mask test has q below this.
    scored : the values that peaks were found among, from `brainforecast.planning.maps.scored_values`.
    """
    counts = {name: _extremes(table["n_subjects"]) for name, table in tables.items()}
    return list(_maps(GROUP, targets, tables, counts, cell=cell, q_level=q_level, scored=scored or {}))


def subject_maps(
    targets: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    *,
    cell: Mapping[str, object],
    q_level: float,
    scored: Mapping[str, Sequence[int]] | None = None,
) -> list[Map]:
    """The maps of one cell of one subject, in the order of `SUBJECT_STATS`; as `group_maps`, from `read_subject`."""
    return list(
        _maps(SUBJECT, targets, tables, dict.fromkeys(tables, (1, 1)), cell=cell, q_level=q_level, scored=scored or {})
    )


def quantity(stat: str, unit: str) -> str:
    """Axis label of a map: what it shows, with its unit."""
    statistic = {**SUBJECT, **GROUP}[stat]
    if statistic.transform == "minus_log10":
        return statistic.quantity
    return f"{statistic.quantity} ({'0 = embedding' if unit == 'layer' else unit})"


def _read_tables(paths: Mapping[str, str | Path], cell: Mapping[str, object]) -> dict[str, pd.DataFrame]:
    at = {
        "brain_scores": _pick(cell, "layer"),
        "best_layer": _pick(cell, "model"),
        "forecast_scores": _pick(cell, "window"),
        "forecast_distance": _pick(cell, "curve"),
        "forecast_depth": {**_pick(cell, "depth"), "distance": cell["depth_distance"]},
    }
    return {
        name: (read_rows_if_any if name in MAY_BE_EMPTY else read_rows)(path, **at[name])
        for name, path in paths.items()
    }


def _pick(cell: Mapping[str, object], of: str) -> dict[str, object]:
    return {key: cell[key] for key in KEYS_OF[of]}


def _maps(
    statistics: Mapping[str, Statistic],
    targets: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    n_subjects: Mapping[str, tuple[int, int]],
    *,
    cell: Mapping[str, object],
    q_level: float,
    scored: Mapping[str, Sequence[int]],
) -> Iterable[Map]:
    words = words_for(cell, q_level)
    for stat, statistic in statistics.items():
        if statistic.table not in tables:
            continue
        table = tables[statistic.table]
        yield Map(
            stat,
            statistic.title.format(**words),
            cell_words(statistic, cell),
            statistic.unit,
            _over_targets(table["target"], _values(statistic, table, q_level), len(targets)),
            n_subjects[statistic.table],
            cell_of(statistic, cell),
            statistic.description,
            statistic.test.format(**words),
            CORRECTION if statistic.test else "",
            statistic.table,
            tuple(scored.get(statistic.among, ())),
        )


def _values(statistic: Statistic, table: pd.DataFrame, q_level: float) -> pd.Series:
    values = table[statistic.column]
    if statistic.transform == "minus_log10":
        # a q of exactly 0 has no logarithm: it becomes the smallest positive float
        return -np.log10(values.clip(lower=np.finfo(np.float32).tiny))
    return values.where(table["q_value"] < q_level) if statistic.transform == "masked" else values


def _over_targets(target: pd.Series, values: pd.Series, n_targets: int) -> np.ndarray:
    full = np.full(n_targets, np.nan, dtype=np.float32)
    full[target.to_numpy()] = values.to_numpy(dtype=np.float32)
    return full


def _extremes(counts: pd.Series) -> tuple[int, int]:
    return (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
