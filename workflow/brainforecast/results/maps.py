"""Group maps: one statistic of the reported cell over all targets, with its title and unit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.selection import base_name, layer_name, read_rows, read_rows_if_any, window_name

STATS = (
    "brainscore",
    "brainscoreq",
    "noiseceiling",
    "normalisedscore",
    "bestlayer",
    "forecastscore",
    "forecastscoreq",
    "forecastdistance",
    "forecastdistancemasked",
    "forecastdepth",
    "forecastdepthmasked",
)
QUANTITIES = {
    "brainscore": "brain score R",
    "noiseceiling": "noise ceiling",
    "normalisedscore": "brain score R",
    "bestlayer": "best layer",
    "forecastscore": "forecast score F",
    "forecastdistance": "forecast distance d*",
    "forecastdepth": "forecast depth k*, layer",
}


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
    """

    stat: str
    title: str
    cell: str
    unit: str
    values: np.ndarray
    n_subjects: tuple[int, int]


def read_group(paths: Mapping[str, str | Path], cell: Mapping[str, object]) -> dict[str, pd.DataFrame]:
    """Rows of the reported cell in each group table, a row per target.

    `paths` : ``brain_scores``, ``best_layer``, ``forecast_scores``, ``forecast_distance`` and ``forecast_depth``.
    """
    model = {key: cell[key] for key in ("model", "base")}
    window = {key: cell[key] for key in ("source", "width")}
    at = {**model, "layer": cell["layer"]}
    return {
        "brain_scores": read_rows(paths["brain_scores"], **at),
        "best_layer": read_rows_if_any(paths["best_layer"], **model),
        "forecast_scores": read_rows(paths["forecast_scores"], **at, **window, distance=cell["distance"]),
        "forecast_distance": read_rows(paths["forecast_distance"], **at, **window),
        "forecast_depth": read_rows_if_any(paths["forecast_depth"], **model, **window, distance=cell["depth_distance"]),
    }


def group_maps(
    targets: pd.DataFrame, tables: Mapping[str, pd.DataFrame], *, cell: Mapping[str, object], q_level: float
) -> list[Map]:
    """The maps of one cell, in the order of `STATS`; those of an analysis that was not run hold NaN.

    Parameters
    ----------
    targets : table of targets, one row per vertex or region.
    tables : rows of the cell, from `read_group`.
    cell : ``model``, ``layer``, ``base``, ``source``, ``width``, ``distance`` and ``depth_distance`` of the maps.
    q_level : the masked maps of d* and k* keep targets whose mask test has q below this.
    """
    names = ("brain_scores", "best_layer", "forecast_scores", "forecast_distance", "forecast_depth")
    R, best, F, D, K = (tables[name] for name in names)
    at, window = layer_name(cell), f"{layer_name(cell)}, {window_name(cell)}"
    ahead = f"F({cell['distance']})"
    depth = f"{cell['model']}{base_name(cell)}, {window_name(cell)}, d = {cell['depth_distance']}"
    passing = f"vertices with q < {q_level:g} in the mask test"
    drawn = [
        ("Brain score R", at, "Pearson r", R, R["mean"]),
        ("Brain score R, test against 0", at, "-log10 q", R, _minus_log10(R["q_value"])),
        ("Noise ceiling: R reached by the mean of the other subjects", "", "Pearson r", R, R["noise_ceiling"]),
        ("Brain score over noise ceiling", at, "share of the ceiling", R, R["normalised"]),
        ("Layer with the highest brain score", f"{cell['model']}{base_name(cell)}", "layer", best, best["best_layer"]),
        (f"Forecast score {ahead}", window, "gain in r", F, F["mean"]),
        (f"Forecast score {ahead}, test against 0", window, "-log10 q", F, _minus_log10(F["q_value"])),
        ("Forecast distance d*, every vertex", window, "words", D, D["mean"]),
        (f"Forecast distance d*, {passing}", window, "words", D, D["mean"].where(D["q_value"] < q_level)),
        ("Forecast depth k*, every vertex", depth, "layer", K, K["mean"]),
        (f"Forecast depth k*, {passing}", depth, "layer", K, K["mean"].where(K["q_value"] < q_level)),
    ]
    n_targets = len(targets)
    return [
        Map(stat, title, at, unit, _over_targets(table["target"], values, n_targets), _extremes(table["n_subjects"]))
        for stat, (title, at, unit, table, values) in zip(STATS, drawn, strict=True)
    ]


def quantity(stat: str, unit: str) -> str:
    """Axis label of a map: what it shows, with its unit."""
    if stat.endswith("q"):
        return "−log₁₀ q"
    scale = "0 = embedding" if unit == "layer" else unit
    return f"{QUANTITIES[stat.removesuffix('masked')]} ({scale})"


def _over_targets(target: pd.Series, values: pd.Series, n_targets: int) -> np.ndarray:
    full = np.full(n_targets, np.nan, dtype=np.float32)
    full[target.to_numpy()] = values.to_numpy(dtype=np.float32)
    return full


def _minus_log10(q: pd.Series) -> pd.Series:
    # a q of exactly 0 has no logarithm: it becomes the smallest positive float
    return -np.log10(q.clip(lower=np.finfo(np.float32).tiny))


def _extremes(counts: pd.Series) -> tuple[int, int]:
    return (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
