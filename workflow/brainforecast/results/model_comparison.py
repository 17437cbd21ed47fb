"""Several models compared: the score of each at its selected layer, and the paired differences over subjects.

Compared are models that are scored beside the same base: brain scores, and forecast scores of the reported window. No
selection is circular: the layer of a subject is the one that is best in the mean of the other subjects. Snapshots of a
fine-tuning are compared among themselves (`finetuning_gains`), and the noise ceiling is no model.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.results.cell_tables import CellTables
from brainforecast.results.frames import cast, empty_frame
from brainforecast.results.q_values import with_q_values
from brainforecast.sources import PRESENT
from brainforecast.statistics.inference import mean_and_ci
from brainforecast.statistics.selected_differences import SelectedDifferences
from brainforecast.storage.columns import CELL, REGION

LEVELS = ("all", "lobe", "mask")
CURVE = ["score", "base", "source", "width", "distance"]
SCORE_COLUMNS = [*CURVE, *REGION, "model", "model_kind", "n_subjects", "mean", "sem", "layer", "n_candidates",
                 "best_layer", "best_mean", "depth"]  # fmt: skip
DIFFERENCE_COLUMNS = [*CURVE, *REGION, "model", "other_model", "n_subjects", "n_dropped", "effect", "ci_low",
                      "ci_high", "p_value", "q_value"]  # fmt: skip
WINDOW = ("source", "width", "distance")
ORDER = {"pretrained": 0, "features": 0, "static": 1, "untrained": 2}  # a control is subtracted, not subtracted from


@dataclass(frozen=True)
class ComparedScores:
    """One score beside one base, of several models.

    cell : the keys of `CURVE`; regions : level, hemi, roi; layers : of each model; values : of each model, (n_layers,
    n_subjects, n_regions).
    """

    cell: Mapping[str, object]
    regions: pd.DataFrame
    layers: Mapping[str, list[int]]
    values: Mapping[str, np.ndarray]

    def of_region(self, index: int) -> dict[str, np.ndarray]:
        """The scores of one region: of each model, (n_layers, n_subjects)."""
        return {model: values[..., index] for model, values in self.values.items()}


def compare_models(
    paths_to_region_scores: Sequence[str | Path],
    kinds: Mapping[str, str],
    n_layers: Mapping[str, int | None],
    window: Mapping[str, object],
    *,
    n_draws: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of the models, and differences of every pair.

    Parameters
    ----------
    paths_to_region_scores : the subjects' tables of regional scores.
    kinds : what each compared model is, in the order of the config.
    n_layers : of each model; None where it has one layer only.
    window : source, width and distance of the reported window; null where none is scored.
    n_draws, seed : of the tests (`SelectedDifferences`).
    """
    models = sorted(kinds, key=lambda model: ORDER[kinds[model]])  # stable: pretrained ones in their own order
    scores, differences = [empty_frame(SCORE_COLUMNS)], [empty_frame(DIFFERENCE_COLUMNS)]
    for compared in read_compared(paths_to_region_scores, models, window):
        by_region = [
            SelectedDifferences(compared.of_region(index), n_draws=n_draws, seed=seed)
            for index in range(len(compared.regions))
        ]
        scores += _scores(compared, by_region, kinds, n_layers)
        differences.append(_differences(compared, by_region))
    joined = (pd.concat(frames[1:] or frames, ignore_index=True) for frames in (scores, differences))
    score_table, difference_table = joined
    return cast(score_table[SCORE_COLUMNS]), cast(difference_table[DIFFERENCE_COLUMNS])


def read_compared(
    paths: Sequence[str | Path], models: Sequence[str], window: Mapping[str, object]
) -> Iterator[ComparedScores]:
    """The scores of at least two models beside each base: brain scores, then forecast scores of the window."""
    wanted = {"brain_score": (PRESENT, 0, 0), "forecast_score": tuple(window[key] for key in WINDOW)}
    with CellTables(paths, ["score", *CELL]) as tables:
        groups: dict[tuple, dict[str, dict[int, int]]] = {}
        for index, cell in enumerate(tables.cells):
            at = tuple(cell[key] for key in WINDOW)
            if cell["model"] in models and at == wanted.get(cell["score"]):
                of_models = groups.setdefault(tuple(cell[key] for key in CURVE), {})
                of_models.setdefault(cell["model"], {})[cell["layer"]] = index
        for key, of_models in groups.items():
            if len(of_models) > 1:
                ordered = {model: of_models[model] for model in models if model in of_models}
                yield _read(tables, dict(zip(CURVE, key, strict=True)), ordered)


def _read(tables: CellTables, cell: dict, of_models: Mapping[str, Mapping[int, int]]) -> ComparedScores:
    regions, values = pd.DataFrame(), {}
    for model, layers in of_models.items():
        scored = []
        for layer in sorted(layers):
            frames = tables.frames(layers[layer], [*REGION, "mean"])
            kept = frames[0]["level"].isin(LEVELS).to_numpy()
            regions = frames[0].loc[kept, REGION].reset_index(drop=True)
            scored.append([frame["mean"].to_numpy(float)[kept] for frame in frames])
        values[model] = np.array(scored)
    return ComparedScores(cell, regions, {model: sorted(layers) for model, layers in of_models.items()}, values)


def _scores(
    compared: ComparedScores,
    by_region: Sequence[SelectedDifferences],
    kinds: Mapping[str, str],
    n_layers: Mapping[str, int | None],
) -> Iterator[pd.DataFrame]:
    """A frame per model: a row per region."""
    for model, values in compared.values.items():
        layers, total = np.array(compared.layers[model]), n_layers.get(model)
        selected = np.stack([region.selected[model] for region in by_region], axis=1)  # (n_subjects, n_regions)
        means = np.stack([mean_and_ci(of_layer)["mean"] for of_layer in values])  # (n_layers, n_regions)
        known = np.isfinite(means).any(axis=0)
        best = np.where(np.isfinite(means), means, -np.inf).argmax(axis=0)
        found = mean_and_ci(selected)
        rows = compared.regions.assign(
            **compared.cell,
            model=model,
            model_kind=kinds[model],
            **{name: found[name] for name in ("n_subjects", "mean", "sem")},
            layer=[_most_frequent(layers, region, model) for region in by_region],
            n_candidates=len(layers),
            best_layer=np.where(known, layers[best], np.nan),
            best_mean=np.take_along_axis(means, best[None], axis=0)[0],
            depth=np.where(known, layers[best] / total, np.nan) if total else np.nan,
        )
        yield rows[known]


def _most_frequent(layers: np.ndarray, region: SelectedDifferences, model: str) -> float:
    """The layer selected for most subjects, the first of equals; NaN where no subject has the model."""
    chosen = region.choice[model][np.isfinite(region.selected[model])]
    return layers[np.bincount(chosen).argmax()] if len(chosen) else np.nan


def _differences(compared: ComparedScores, by_region: Sequence[SelectedDifferences]) -> pd.DataFrame:
    """A row per pair and region; q over the pairs and regions of a level, of single hemispheres apart from both."""
    rows = [
        {**compared.cell, **region, "model": first, "other_model": second, **scores.difference(first, second)}
        for region, scores in zip(compared.regions.to_dict("records"), by_region, strict=True)
        for first, second in combinations(compared.values, 2)
    ]
    table = pd.DataFrame(rows)
    return with_q_values(table[table["n_subjects"] > 0])
