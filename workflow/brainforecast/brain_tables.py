"""What only brain scores have in the tables of the group: their noise ceiling, and the best layer of a model."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.cell_tables import CellTables
from brainforecast.cells import LISTENERS
from brainforecast.group_tables import TABLE_STATISTICS, summarise_cells
from brainforecast.statistics import describe

BEST_LAYER = {
    "model": "str",
    "target": "int32",
    "n_subjects": "int64",
    "mean": "float64",
    "sem": "float64",
    "best_layer": "int32",
}


def summarise_score(
    paths: Sequence[str | Path], value: str, keys: Sequence[str], n_targets: int
) -> Iterator[pd.DataFrame]:
    """The group's table of one score, a frame per cell; brain scores stand beside their noise ceiling.

    Parameters
    ----------
    paths : the subjects' tables; value : ``brain_score`` or ``forecast_score``; keys : the columns that name a cell.
    """
    frames = summarise_cells(paths, value, keys, n_targets, TABLE_STATISTICS)
    return frames if value != "brain_score" else _beside_ceiling(frames, noise_ceiling(paths, n_targets))


def noise_ceiling(paths: Sequence[str | Path], n_targets: int) -> np.ndarray:
    """Mean over subjects of the scores of model `listeners`, (n_targets,); NaN where there are none."""
    with CellTables(paths, ["model"]) as tables:
        place = tables.place(model=LISTENERS)  # its one layer
        if place is None:
            return np.full(n_targets, np.nan)
        return describe(tables.on_targets(place, "brain_score", n_targets))["mean"]


def normalise(scores: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """scores / ceiling, never clipped; NaN where the ceiling is not above 0."""
    return np.divide(scores, ceiling, out=np.full(len(scores), np.nan), where=ceiling > 0)


def best_layers(paths: Sequence[str | Path], n_targets: int) -> pd.DataFrame:
    """The layer with the highest brain score, of each model with at least two layers.

    Returns
    -------
    model, target, n_subjects, mean and sem over subjects of each one's argmax over layers, best_layer = argmax over
    layers of the group's mean. No rows where no model has two layers.
    """
    tables = [pd.DataFrame(columns=list(BEST_LAYER)).astype(BEST_LAYER)]
    with CellTables(paths, ["model", "layer"]) as scores:
        for model, cells in groupby(enumerate(scores.cells), key=lambda pair: pair[1]["model"]):
            layers = ((cell["layer"], scores.on_targets(place, "brain_score", n_targets)) for place, cell in cells)
            n_layers, best = _argmax_over_layers(layers)
            if n_layers > 1:
                found = describe(best[:-1])
                there = np.flatnonzero(found["n_subjects"] > 0)
                columns = {name: found[name][there] for name in ("n_subjects", "mean", "sem")}
                table = pd.DataFrame({"model": model, "target": there, **columns, "best_layer": best[-1, there]})
                tables.append(table.astype(BEST_LAYER))
    return pd.concat(tables, ignore_index=True)


def _argmax_over_layers(scored: Iterable[tuple[int, np.ndarray]]) -> tuple[int, np.ndarray]:
    """How many layers there are, and the best of each subject and, in the last row, of the group's mean.

    Two arrays are held, never all layers. NaN where a layer has no score; the first of equals.
    """
    n_layers, highest, best = 0, np.array(-np.inf), np.array(0.0)
    for layer, values in scored:
        values = np.vstack([values, describe(values)["mean"]])
        best = np.where(values > highest, layer, best)
        highest = np.maximum(highest, values)  # keeps what is not a number
        n_layers += 1
    return n_layers, np.where(np.isnan(highest), np.nan, best)


def _beside_ceiling(frames: Iterable[pd.DataFrame], ceiling: np.ndarray) -> Iterator[pd.DataFrame]:
    """Each frame with noise_ceiling and normalised; the ceiling's own rows have neither."""
    for frame in frames:
        own = (frame["model"] == LISTENERS).to_numpy()
        here = np.where(own, np.nan, ceiling[frame["target"]])
        yield frame.assign(noise_ceiling=here, normalised=normalise(frame["mean"].to_numpy(), here))
