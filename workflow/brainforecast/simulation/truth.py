"""The planted truth: which region of a simulated cortex follows what, and so which target.

Regions of kind `silent`, `present` and `past` look at nothing ahead; only a `forecast` is more than passive.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from brainforecast.dataset.bids import parse_number, parse_whole_number, read_numbered_rows
from brainforecast.errors import BadInput, nearest
from brainforecast.sources import COMPONENTS

SILENT, PRESENT, PAST, FORECAST = KINDS = ("silent", "present", "past", "forecast")
TRUE = "true"  # the source of activations as they are
PLANTED_SOURCES = (TRUE, *COMPONENTS)
PLANTED = ["planted_source", "planted_depth", "planted_distance"]
COLUMNS = ["roi", "kind", "planted_distance", "planted_depth", "planted_source"]
MOST = 2**31  # of distances and layers, which are Int32
OPTIONAL = ["planted_share", "gain"]
REGION = ["hemi", "roi"]

CONTENT, WEAK = "content", "weak"
GROUPS = {  # of regions, in figures and in the report
    SILENT: "noise only",
    PRESENT: "rate of speech",
    CONTENT: "present word",
    PAST: "past words",
    WEAK: "weak forecast",
    FORECAST: "forecast",
}

UNITS = {
    "target": "row of targets.parquet",
    "roi": "region; null on the medial wall",
    "kind": "what the responses follow: nothing (silent), the present word, a window of past words, or a window of "
    "upcoming words beside the present one (forecast)",
    "planted_distance": "words from the present word to the last word of the planted window; null without a window",
    "planted_depth": "layer of the language model that is planted; null where it is none, also for the rate of speech",
    "planted_source": "source of the planted words; null where the planted depth is",
    "planted_share": "share of the signal's variance that comes from a window of upcoming words, 0 to 1",
    "gain": "factor of the signal-to-noise ratio of the kind",
}


def read_regions(path: str | Path, atlas_regions: Sequence[str]) -> pd.DataFrame:
    """Read which region follows what.

    Parameters
    ----------
    atlas_regions : names of the regions in the atlas.

    Returns
    -------
    DataFrame with roi, kind, planted_distance (words, Int32), planted_depth (layer, Int32), planted_source,
    planted_share (0 to 1) and gain; null where the table has nothing.

    Raises
    ------
    BadInput : a region the atlas lacks or that is listed twice, an unknown kind, a number missing or not expected.
    """
    rows = read_numbered_rows(path, COLUMNS[:1])
    names = list(rows[0][1]) if rows else []
    if names[: len(COLUMNS)] != COLUMNS or not set(names[len(COLUMNS) :]) <= set(OPTIONAL):
        expected = f"{', '.join(COLUMNS)}, and perhaps {', '.join(OPTIONAL)}"
        raise BadInput(f"{path} row 1", f"columns {', '.join(names)}", expected)
    filled = [(number, dict.fromkeys(OPTIONAL, "") | row) for number, row in rows]
    for number, row in filled:
        _check_region(f"{path} row {number}", row, atlas_regions)
    regions = pd.DataFrame([row for _, row in filled], columns=COLUMNS + OPTIONAL)
    for roi in regions["roi"][regions["roi"].duplicated()]:
        raise BadInput(path, f"region {roi} twice", "each region once")
    numbers = {name: pd.to_numeric(regions[name]).astype("Int32") for name in ("planted_distance", "planted_depth")}
    numbers |= {name: pd.to_numeric(regions[name]) for name in OPTIONAL}
    return regions.assign(**numbers, planted_source=regions["planted_source"].where(regions["planted_source"] != ""))


def plant(targets: pd.DataFrame, regions: pd.DataFrame, *, forecast_share: float) -> pd.DataFrame:
    """Assign to every target what its responses will follow.

    Parameters
    ----------
    targets : columns target, roi (null on the medial wall).
    regions : as from `read_regions`; planted_share and gain may be absent; a region not listed is silent.
    forecast_share : planted_share of a forecasting region for which the table has none.

    Returns
    -------
    DataFrame with the columns of UNITS, one row per target.
    """
    regions = regions.reindex(columns=COLUMNS + OPTIONAL)
    truth = targets[["target", "roi"]].merge(regions, on="roi", how="left", validate="many_to_one")
    truth["kind"] = truth["kind"].fillna(SILENT)
    share = truth["planted_share"].astype(float).fillna(forecast_share)
    truth = truth.assign(
        planted_share=share.where(truth["kind"] == FORECAST, 0.0), gain=truth["gain"].astype(float).fillna(1.0)
    )
    return truth.astype({"planted_distance": "Int32", "planted_depth": "Int32", "planted_source": "str"})


def windows_to_plant(truth: pd.DataFrame) -> list[int]:
    """Layers of the true windows of upcoming words that some target follows."""
    is_ahead = (truth["kind"] == FORECAST) & (truth["planted_source"] == TRUE)
    return sorted(int(layer) for layer in truth.loc[is_ahead, "planted_depth"].unique())


def parts_to_plant(truth: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Source, layer and distance of each syntactic or semantic part of windows that some target follows."""
    parts = truth.loc[truth["planted_source"].isin(COMPONENTS), PLANTED].drop_duplicates()
    return [(source, int(depth), int(distance)) for source, depth, distance in parts.itertuples(index=False)]


def contents_to_plant(truth: pd.DataFrame) -> list[tuple[str, int]]:
    """Kind and layer of the content, of the present word or of past words, that some target follows."""
    passive = truth["kind"].isin([PRESENT, PAST]) & truth["planted_depth"].notna()
    contents = truth.loc[passive, ["kind", "planted_depth"]].drop_duplicates()
    return [(kind, int(depth)) for kind, depth in contents.itertuples(index=False)]


def planted_regions(truth: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """One row per region: hemi ("" for none), roi, its most common kind, what is planted in its targets of that kind.

    Numbers are means over these targets, the planted source is that of the first. Column ``group`` is one of GROUPS:
    the kind, or ``content`` where the present word's content is planted, or ``weak`` for a forecast of reduced gain.
    """
    planted = truth.drop(columns="roi").merge(targets[["target", *REGION]], on="target").dropna(subset="roi")
    planted = planted.assign(hemi=planted["hemi"].astype(object).where(planted["hemi"].notna(), ""))
    kind = planted.groupby(REGION)["kind"].agg(lambda kinds: kinds.mode().iloc[0]).rename("kind").reset_index()
    same_kind = planted.merge(kind, on=[*REGION, "kind"])
    grouped = same_kind.astype({"planted_depth": float}).groupby(REGION)
    means = grouped[["planted_distance", "planted_depth", "planted_share", "gain"]].mean()
    means["planted_source"] = grouped["planted_source"].first()
    regions = kind.merge(means.reset_index(), on=REGION)
    has_content = (regions["kind"] == PRESENT) & regions["planted_depth"].notna()
    is_weak = (regions["kind"] == FORECAST) & (regions["gain"] < 1)
    return regions.assign(group=regions["kind"].mask(has_content, CONTENT).mask(is_weak, WEAK))


def split_hemispheres(truth: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each hemisphere: the first half is L, as in targets.parquet."""
    half = len(truth) // 2
    return {"L": truth.iloc[:half], "R": truth.iloc[half:]}


def _check_region(where: str, row: dict[str, str], atlas_regions: Sequence[str]) -> None:
    roi, kind = row["roi"], row["kind"]
    if roi not in atlas_regions:
        raise BadInput(where, f"region {roi}", f"one of the atlas; nearest is {nearest(roi, atlas_regions)}")
    if kind not in KINDS:
        raise BadInput(where, f"kind {kind}", f"one of {', '.join(KINDS)}")
    for name, (is_allowed, expected) in _rules(kind, row["planted_depth"]).items():
        if not is_allowed(row[name]):
            raise BadInput(where, f"kind {kind}, {name} '{row[name]}'", expected)


def _rules(kind: str, depth: str) -> dict:
    """Of each column: whether a kind may have a text there, and what is expected."""
    has_content = kind in (PAST, FORECAST) or (kind == PRESENT and depth != "")
    sources = {FORECAST: PLANTED_SOURCES}.get(kind, (TRUE,)) if has_content else ("",)
    distances = {FORECAST: _is_whole, PAST: lambda text: _is_whole(text) and int(text) <= -1}
    return {
        "planted_distance": (
            distances.get(kind, _is_empty),
            "a whole number only for a forecast, and one up to -1 for the past",
        ),
        "planted_depth": (
            _is_layer if has_content else _is_empty,
            "a layer for a forecast or the past, a layer or nothing for the present, else nothing",
        ),
        "planted_source": (sources.__contains__, f"{' or '.join(sources) or 'nothing'}, as the kind and depth are"),
        "planted_share": (
            lambda text: _is_empty(text) or (kind == FORECAST and 0 <= _number(text) <= 1),
            "nothing, or for a forecast a number from 0 to 1",
        ),
        "gain": (
            lambda text: _is_empty(text) or (kind != SILENT and 0 < _number(text) < float("inf")),
            "nothing, or a number above 0 where there is a signal",
        ),
    }


def _is_empty(text: str) -> bool:
    return text == ""


def _is_whole(text: str) -> bool:
    number = parse_whole_number(text)
    return number is not None and abs(number) < MOST


def _is_layer(text: str) -> bool:
    return _is_whole(text) and int(text) >= 0


def _number(text: str) -> float:
    """The number in a text; NaN, which lies in no range, where there is none."""
    number = parse_number(text)
    return math.nan if number is None else number
