"""How far the maps of d* and k* can be trusted: how well halves agree, and the argmax of a null."""

from collections.abc import Mapping

import pandas as pd

from brainforecast.report.formatting import Table, number, with_error, with_interval
from brainforecast.report.lookup import rows_of_cell, rows_where
from brainforecast.storage.columns import CELL

MEASURES = {"forecast_distance": "d* (words)", "forecast_depth": "k* (layer)"}
EVERY_SOURCE = [key for key in CELL if key != "source"]


def reliability_table(tables: Mapping[str, pd.DataFrame], cell: Mapping, q_level: float) -> Table | None:
    """A row per peak and source: mean and spread of its map, and the correlation between maps of two halves.

    Parameters
    ----------
    tables : ``forecast_distance`` and ``forecast_depth`` of the group, every source; ``reliability``.
    cell : the reported cell: ``model``, ``layer``, ``width`` and ``depth_distance``.
    q_level : targets whose mask test has q below it pass.
    """
    text = []
    for measure, label in MEASURES.items():
        peaks = rows_of_cell(tables[measure], cell, EVERY_SOURCE)
        repeats = rows_where(rows_of_cell(tables["reliability"], cell, EVERY_SOURCE), measure=measure)
        for source in _sources(peaks, cell):
            spread = _spread(rows_where(peaks, source=source), q_level)
            text.append([label, f"{source} window", *spread, *_repeat(rows_where(repeats, source=source))])
    if not text:
        return None
    columns = ["peak", "window", "targets", "mean ± sd over targets", "pass the mask test", "mean of these",
               "centroid, mean", "r, halves of subjects", "r, halves of stories", "over targets"]  # fmt: skip
    note = (
        "An argmax of noise falls in the middle of the grid: the shuffled window shows where and how widely. r: "
        "Spearman correlation over targets of the maps of two halves, mean over splits with the middle 95 % of splits. "
        "Random halves of the subjects have the same stories, and repeat what is a trait of these stories too; halves "
        "of the stories are subjects who share no story, where the study has such. The centroid weighs distances or "
        "layers by F where it is above 0."
    )
    source = "group/forecast_distance.parquet, group/forecast_depth.parquet, group/reliability.parquet"
    return Table("reliability", "Reliability of d* and k*, and the argmax of a null", columns, text, source, note)


def _sources(table: pd.DataFrame, cell: Mapping) -> list[str]:
    """The reported source, then the others."""
    return sorted(table["source"].unique(), key=lambda source: (source != cell["source"], source))


def _spread(table: pd.DataFrame, q_level: float) -> list[str]:
    passes = table[table["q_value"] < q_level]
    mean = with_error(table["mean"].mean(), table["mean"].std())
    centroid = number(table["centroid"].mean()) if "centroid" in table else "–"
    return [f"{len(table):,}", mean, f"{len(passes):,}", number(passes["mean"].mean()), centroid]


def _repeat(halves: pd.DataFrame) -> list[str]:
    by_kind = halves.set_index("halves")
    text = []
    for kind in ("subjects", "stories"):
        row = by_kind.loc[kind] if kind in by_kind.index else None
        if row is None or pd.isna(row["r"]):
            text.append("–")
            continue
        text.append(with_interval(row["r"], row["r_low"], row["r_high"], lambda r: number(r, 2)))
    over = f"{by_kind['targets'].iloc[0]}, {int(by_kind['n_targets'].iloc[0]):,}" if len(by_kind) else "–"
    return [*text, over]
