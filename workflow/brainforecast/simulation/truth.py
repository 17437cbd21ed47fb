"""The planted truth: which region of a simulated cortex follows what, and so which target."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from brainforecast.errors import BadInput, nearest
from brainforecast.sources import COMPONENTS

SILENT, PRESENT, FORECAST = KINDS = ("silent", "present", "forecast")
TRUE = "true"  # the source of windows of activations, as they are
PLANTED_SOURCES = (TRUE, *COMPONENTS)
PLANTED = ["planted_source", "planted_depth", "planted_distance"]
COLUMNS = ["roi", "kind", "planted_distance", "planted_depth", "planted_source"]

UNITS = {
    "target": "row of targets.parquet",
    "roi": "region; null on the medial wall",
    "kind": "what the responses follow: nothing (silent), the present word (present), upcoming words too (forecast)",
    "planted_distance": "words from the present word to the last word of the planted window; null unless forecast",
    "planted_depth": "layer of the language model whose windows are planted; null unless forecast",
    "planted_source": "source of the planted window; null unless forecast",
}


def read_regions(path: str | Path, atlas_regions: Sequence[str]) -> pd.DataFrame:
    """Read which region follows what.

    Parameters
    ----------
    atlas_regions : names of the regions in the atlas.

    Returns
    -------
    DataFrame with roi, kind, planted_distance (words, Int32), planted_depth (layer, Int32) and planted_source, all null
    unless kind is forecast.

    Raises
    ------
    BadInput : a region the atlas lacks or that is listed twice, an unknown kind, a number missing or not expected.
    """
    regions = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if list(regions.columns) != COLUMNS:
        raise BadInput(f"{path} row 1", f"columns {', '.join(regions.columns)}", ", ".join(COLUMNS))
    for number, row in enumerate(regions.itertuples(index=False), start=2):
        _check_region(f"{path} row {number}", *row, atlas_regions=atlas_regions)
    for roi in regions["roi"][regions["roi"].duplicated()]:
        raise BadInput(path, f"region {roi} twice", "each region once")
    numbers = {name: pd.to_numeric(regions[name]).astype("Int32") for name in ("planted_distance", "planted_depth")}
    return regions.assign(**numbers, planted_source=regions["planted_source"].where(regions["kind"] == FORECAST))


def plant(targets: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Assign to every target what its responses will follow.

    Parameters
    ----------
    targets : columns target, roi (null on the medial wall).
    regions : columns roi, kind, planted_distance (words), planted_depth (layer), planted_source; a region not listed
        is silent.

    Returns
    -------
    DataFrame with target, roi, kind, planted_distance, planted_depth, planted_source, one row per target.
    """
    truth = targets[["target", "roi"]].merge(regions, on="roi", how="left", validate="many_to_one")
    truth["kind"] = truth["kind"].fillna(SILENT)
    return truth.astype({"planted_distance": "Int32", "planted_depth": "Int32", "planted_source": "str"})


def parts_to_plant(truth: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Source, layer and distance of each syntactic or semantic part of windows that some target follows."""
    parts = truth.loc[truth["planted_source"].isin(COMPONENTS), PLANTED].drop_duplicates()
    return [(source, int(depth), int(distance)) for source, depth, distance in parts.itertuples(index=False)]


def split_hemispheres(truth: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each hemisphere: the first half is L, as in targets.parquet."""
    half = len(truth) // 2
    return {"L": truth.iloc[:half], "R": truth.iloc[half:]}


def _check_region(where: str, roi: str, kind: str, distance: str, depth: str, source: str, *, atlas_regions) -> None:
    if roi not in atlas_regions:
        raise BadInput(where, f"region {roi}", f"one of the atlas; nearest is {nearest(roi, atlas_regions)}")
    if kind not in KINDS:
        raise BadInput(where, f"kind {kind}", f"one of {', '.join(KINDS)}")
    if distance.removeprefix("-").isdigit() != (kind == FORECAST):
        raise BadInput(where, f"kind {kind}, planted_distance '{distance}'", "a whole number only for a forecast")
    if depth.isdigit() != (kind == FORECAST):
        raise BadInput(where, f"kind {kind}, planted_depth '{depth}'", "a layer only for a forecast")
    if source not in (PLANTED_SOURCES if kind == FORECAST else ("",)):
        expected = f"one of {', '.join(PLANTED_SOURCES)} for a forecast, else nothing"
        raise BadInput(where, f"kind {kind}, planted_source '{source}'", expected)
