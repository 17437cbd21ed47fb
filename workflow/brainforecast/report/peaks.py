"""What a d* or k* can be read as: its grid, how far it is from what was planted, and whether there is an effect."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from brainforecast.report.formatting import number, number_range, with_interval
from brainforecast.report.lookup import rows_of_cell, rows_where
from brainforecast.report.run import Run
from brainforecast.results.contrasts import matches
from brainforecast.results.selection import by_hemisphere
from brainforecast.simulation.truth import FORECAST, REGION, TRUE, planted_regions
from brainforecast.statistics.inference import summarise

NO_EFFECT, NOT_TESTED = "no effect", "not tested"


def grid_text(run: Run, source: str | None = None) -> str:
    """The distances at which a source was scored, such as ``−14 to 24 in steps of 2 words``; empty for none.

    Parameters
    ----------
    source : of the windows; that of the reported cell if not given.
    """
    distances = sorted(set(run.curve(source or run.cell["source"])["distance"].astype(int)))
    if len(distances) < 2:
        return f"{number(distances[0])} words" if distances else ""
    steps = [after - before for before, after in itertools.pairwise(distances)]
    step = number_range(min(steps), max(steps))
    return f"{number(distances[0])} to {number(distances[-1])} in steps of {step} word{'' if step == '1' else 's'}"


def grid_layers(run: Run) -> list[int]:
    """The layers over which k* is searched: those of the reported window at the distance of depths."""
    cell = run.cell
    wanted = {"score": "forecast_score", **{key: cell[key] for key in ("model", "base", "source", "width")}}
    table = rows_where(run.tables["roi_scores"], **wanted, distance=cell["depth_distance"])
    return sorted(set(table["layer"].astype(int)))


# --- is there an effect? ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effects:
    """Whether F is above 0 where a peak of F is reported: the peak of a curve that is not says nothing.

    run : of the report; q_level : q-values below it pass.
    """

    run: Run
    q_level: float

    def distance_mark(
        self, level: str, roi: str | Iterable[str], hemi: object = None, source: str | None = None
    ) -> str:
        """What follows a d*: empty where F is above 0 in the region, or in one of several.

        F is that at the reported distance, or the nearest one at which its source was scored.

        Parameters
        ----------
        level, roi, hemi : of the region; names may end in ``*``; no `hemi` for both hemispheres.
        source : of the window; that of the reported cell if not given.
        """
        cell, source = self.run.cell, source or self.run.cell["source"]
        scored = self.run.curve(source)["distance"].astype(int)
        nearest = min(scored, key=lambda d: (abs(d - cell["distance"]), d), default=cell["distance"])
        return self._mark(level, roi, hemi, [cell["layer"]], source, nearest)

    def depth_mark(self, level: str, roi: str | Iterable[str], hemi: object = None) -> str:
        """What follows a k*: empty where F is above 0 at one of the layers (q times their number)."""
        cell = self.run.cell
        return self._mark(level, roi, hemi, grid_layers(self.run), cell["source"], cell["depth_distance"])

    def contrast_mark(self, row: Mapping) -> str:
        """What follows a contrast of d* or k*: the regions of it that show no effect."""
        mark = self.depth_mark if row["measure"].endswith("depth") else self.distance_mark
        regions = next((one for one in self.run.config.get("contrasts", ()) if one["name"] == row["contrast"]), None)
        if regions is None:
            return ""
        marks = {side: mark(regions[side]["level"], regions[side]["roi"], row["hemi"]) for side in ("first", "second")}
        missing = [side for side, found in marks.items() if found]
        if not missing:
            return ""
        where = "both regions" if len(missing) == 2 else f"the {missing[0]} region"
        return f"{NOT_TESTED if NOT_TESTED in marks[missing[0]] else NO_EFFECT} in {where}"

    def _mark(self, level: str, roi: object, hemi: object, layers: list[int], source: str, distance: int) -> str:
        scores = rows_where(self.run.tables["roi_scores"], score="forecast_score", level=level)
        cell = self.run.cell
        scores = rows_where(scores, model=cell["model"], base=cell["base"], width=cell["width"])
        scores = rows_where(scores, source=source, distance=distance)
        scores = scores[scores["layer"].isin(layers)]
        scores = scores[scores["hemi"] == hemi if isinstance(hemi, str) else scores["hemi"].isna()]
        named = pd.Series(False, index=scores.index)
        for name in [roi] if isinstance(roi, str) else roi:
            named |= matches(scores["roi"], name)
        tested = scores[named & scores["q_value"].notna()]
        if tested.empty:
            return f" ({NOT_TESTED})"
        passes = (tested["mean"] > 0) & (tested["q_value"] * tested["layer"].nunique() < self.q_level)
        return "" if passes.any() else f" ({NO_EFFECT})"


# --- planted and recovered --------------------------------------------------------------------------------------------


def recovered_distances(run: Run) -> pd.DataFrame:
    """A row per region in which a true window of upcoming words was planted: planted and recovered distance (words).

    The recovered one is the mean over subjects of the peak of the region's own curve. Empty for measured data.
    """
    columns = [*REGION, "planted", "recovered"]
    if "truth" not in run.tables or not run.has_distances:
        return pd.DataFrame(columns=columns)
    planted = planted_regions(run.tables["truth"], run.tables["targets"])
    planted = planted[(planted["kind"] == FORECAST) & (planted["planted_source"] == TRUE)]
    peaks = by_hemisphere(rows_where(rows_of_cell(run.tables["roi_distances"], run.cell), level="roi"))
    peaks = peaks.assign(hemi=peaks["hemi"].astype(object).where(peaks["hemi"].notna(), ""))
    means = peaks.groupby(REGION)["peak_distance"].mean().rename("recovered").reset_index()
    found = planted.merge(means, on=REGION).rename(columns={"planted_distance": "planted"})
    return found[columns].astype({"planted": float, "recovered": float})


def recovery_text(run: Run) -> str:
    """How far recovered distances lie from the planted ones, in a sentence; empty for measured data."""
    table = recovered_distances(run)
    if table.empty:
        return ""
    bias = (table["recovered"] - table["planted"]).to_frame().to_numpy()
    mean = with_interval(*(summarise(bias)[name][0] for name in ("mean", "ci_low", "ci_high")))
    by_planted = table.groupby("planted")["recovered"].mean()
    pairs = ", ".join(f"{number(planted)} as {number(found)}" for planted, found in by_planted.items())
    return (
        f"In the {len(table)} regions with a planted forecast the peak of the region’s curve, mean over subjects, lies "
        f"{mean} words from the planted distance (mean over regions, 95 % interval; above 0 is too far): {pairs}."
    )
