"""The layer with the highest brain score, target by target."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.cell_tables import CellTables
from brainforecast.statistics.inference import mean_and_ci
from brainforecast.storage.columns import SCORE_CELLS

BEST_LAYER = {
    "model": "str",
    "base": "str",
    "target": "int32",
    "n_subjects": "int64",
    "mean": "float64",
    "sem": "float64",
    "best_layer": "int32",
}


def best_layers(paths: Sequence[str | Path], n_targets: int) -> pd.DataFrame:
    """The layer with the highest brain score, for each model and base with at least two layers.

    Returns
    -------
    model, base, target, n_subjects, mean and sem over subjects of the subject's argmax over layers, best_layer =
    argmax over layers of the group's mean. No rows if none has two layers.
    """
    tables = [pd.DataFrame(columns=list(BEST_LAYER)).astype(BEST_LAYER)]
    with CellTables(paths, SCORE_CELLS["brain_scores"]) as scores:
        indices: dict[tuple[str, str], list[int]] = {}
        for index, cell in enumerate(scores.cells):
            indices.setdefault((cell["model"], cell["base"]), []).append(index)
        for (model, base), of_base in indices.items():
            layers = (
                (scores.cells[index]["layer"], scores.as_array(index, "brain_score", n_targets)) for index in of_base
            )
            n_layers, best = _argmax_over_layers(layers)
            if n_layers > 1:
                found = mean_and_ci(best[:-1])
                scored = np.flatnonzero(found["n_subjects"] > 0)
                columns = {name: found[name][scored] for name in ("n_subjects", "mean", "sem")}
                table = pd.DataFrame(
                    {"model": model, "base": base, "target": scored, **columns, "best_layer": best[-1, scored]}
                )
                tables.append(table.astype(BEST_LAYER))
    return pd.concat(tables, ignore_index=True)


def _argmax_over_layers(scored: Iterable[tuple[int, np.ndarray]]) -> tuple[int, np.ndarray]:
    """Number of layers, and the best layer of each subject and, in the last row, of the group's mean.

    Holds two arrays, never all layers. NaN where a layer has no score; the first of equals.
    """
    n_layers, highest, best = 0, np.array(-np.inf), np.array(0.0)
    for layer, values in scored:
        values = np.vstack([values, mean_and_ci(values)["mean"]])
        best = np.where(values > highest, layer, best)
        highest = np.maximum(highest, values)  # np.maximum propagates NaN
        n_layers += 1
    return n_layers, np.where(np.isnan(highest), np.nan, best)
