"""This run's counterpart of each number of the paper: a few words, or `Missing` with the reason why it has none."""

from collections.abc import Callable

import pandas as pd

from brainforecast.cells import LISTENERS, grids, widths_are_of_series
from brainforecast.dataset.formats import FORMATS
from brainforecast.report.finetuning import COUNTERPARTS as FINETUNING_COUNTERPARTS
from brainforecast.report.formatting import (
    Missing,
    gain,
    number,
    power_of_ten,
    score,
    score_with_interval,
    unit_of,
    with_interval,
)
from brainforecast.report.lookup import Row, both_hemispheres, first_row, rows_of_cell, rows_where
from brainforecast.report.models import kinds_of
from brainforecast.report.peaks import NO_EFFECT, Effects, grid_layers, grid_text
from brainforecast.report.run import Run
from brainforecast.results.selection import by_hemisphere, model_label, region_label
from brainforecast.sources import COMPONENTS

# what several have in common
NO_REGIONS = Missing("the targets have no regions (key atlas)")
SEVERAL_LAYERS = "no analysis scores the reported window at several layers (key layers of analyses)"
SEVERAL_DISTANCES = "no analysis scores the reported window at several distances (key distances of analyses)"


# ---- Data ----------------------------------------------------------------------------------------------------------


def _minutes(run: Run) -> str:
    minutes = run.minutes
    mean = number(sum(minutes) / len(minutes), 2)
    return f"mean {mean} min, {number(min(minutes), 2)} to {number(max(minutes), 2)}"


def _seconds(run: Run) -> str:
    return f"{8 / run.word_rate:.1f} s at the mean rate; median over words and 5 to 95 % of them: {run.seconds(8)}"


def _space(run: Run) -> str:
    dataset, n = run.config["dataset"], len(run.tables["targets"])
    return f"{n:,} {'vertices of ' + str(dataset['space']) if FORMATS[dataset['response']].on_surface else 'regions'}"


# ---- Settings ------------------------------------------------------------------------------------------------------


def _model(run: Run) -> str:
    name = run.cell["model"]
    label = model_label(name, kinds_of(run.tables["models"]).get(name))
    return f"{label} ({run.config['models'][name]['source']})"


def _context(run: Run) -> str | Missing:
    """The left context as used, after the model's own limit."""
    row = first_row(run.tables["models"], model=run.cell["model"])
    if pd.notna(row.context):
        return f"at most {int(row.context):,} tokens"
    if pd.notna(row.audio_context):
        return f"at most {number(row.audio_context)} s of audio"
    return Missing(f"model {run.cell['model']} reads no context: its vectors are given word by word")


def _regions(run: Run) -> str | Missing:
    targets = run.tables["targets"]
    if targets["roi"].isna().all():
        return NO_REGIONS
    by_side = targets.dropna(subset=["roi", "hemi"]).groupby("hemi")["roi"].nunique()
    split = (run.config["atlas"] or {}).get("split")
    if by_side.empty:
        return Missing("the regions of this dataset are not assigned to a hemisphere")
    how = f"labels above {split} vertices cut" if split else "no label cut"
    return ", ".join(f"{hemi} {n}" for hemi, n in by_side.items()) + f" ({how})"


def _delays(run: Run) -> str:
    encoding = run.config["encoding"]
    steps = [(delay + encoding["row_offset"]) * run.tr for delay in encoding["delays"]]
    return f"{len(steps)}, from {number(min(steps) - run.tr)} to {number(max(steps))} s"


def _folds(run: Run) -> str:
    folds = run.config["encoding"]["folds"]
    return f"{folds['n_folds']}, scheme {folds['scheme']}"


def _alphas(run: Run) -> str:
    alphas = run.config["encoding"]["alphas"]
    return f"{alphas['n']}, from {power_of_ten(alphas['first'])} to {power_of_ten(alphas['last'])}"


def _range(run: Run) -> str | Missing:
    return grid_text(run) or _no_curve(run, run.cell["source"])


def _futures(run: Run) -> str | Missing:
    if not run.scored_sources() & set(COMPONENTS):
        return Missing(f"no analysis has source {' or '.join(COMPONENTS)} (key sources of analyses)")
    return str(run.config["sources"]["syntactic"]["n_futures"])


def _no_curve(run: Run, source: str) -> Missing:
    """Why a source has no F of the reported layer and width."""
    if source not in run.scored_sources():
        return Missing(f"no analysis has source {source} (key sources of analyses)")
    cell = run.cell
    reported = f"{cell['model']} layer {cell['layer']}, base {cell['base']}, width {cell['width']}"
    return Missing(f"source {source} is not scored with the reported {reported} (key analyses)")


# ---- Results -------------------------------------------------------------------------------------------------------


def _best_r(run: Run) -> str | Missing:
    best = _best_region(run)
    return f"{score_with_interval(best)}, {region_label(best.hemi, best.roi)}" if best else NO_REGIONS


def _best_region(run: Run) -> Row | None:
    equal = {"level": "roi", "score": "brain_score", **run.hidden_state}
    table = rows_where(run.tables["roi_scores"], **equal)
    return first_row(by_hemisphere(table).sort_values("mean", ascending=False, kind="stable"))


def _share(run: Run) -> str | Missing:
    best = _best_region(run)
    if best is None:
        return NO_REGIONS
    table = rows_where(run.tables["roi_scores"], model=LISTENERS, level="roi", roi=best.roi)
    ceiling = first_row(rows_where(table, hemi=best.hemi) if isinstance(best.hemi, str) else both_hemispheres(table))
    if ceiling is None:
        return Missing(f"no analysis has model {LISTENERS}, which gives the noise ceiling (key models of analyses)")
    if not ceiling.mean > 0:
        return Missing(f"the noise ceiling of {region_label(best.hemi, best.roi)} is not above 0")
    return f"{number(100 * best.mean / ceiling.mean, 2)} % of {score(ceiling.mean)}"


def _peak(source: str) -> Callable[[Run], str | Missing]:
    """The distance at which the curve of one source is highest."""

    def peak(run: Run) -> str | Missing:
        curve = run.curve(source).dropna(subset="mean")
        if curve.empty:
            return _no_curve(run, source)
        best = curve.loc[curve["mean"].idxmax()]
        caveat = f"; {NO_EFFECT}: its interval is not above 0" if best["ci_low"] <= 0 else ""
        d = best["distance"]
        words = f"{number(d)} words, {run.seconds(d)}: median, 5 to 95 % of words"
        return f"{words}; F = {score_with_interval(best.to_dict())}{caveat}; scored at {grid_text(run, source)}"

    return peak


def _gain(run: Run) -> str | Missing:
    R = first_row(run.scores(score="brain_score"))
    F = first_row(run.curve(run.cell["source"]), distance=run.cell["distance"])
    if not R or not F:
        return _no_curve(run, run.cell["source"])
    percent = gain(F["mean"], R["mean"], R["ci_low"])
    text = f"{percent} of mean R" if percent != "–" else "no share: R is not above 0"
    return f"{text}; F({run.cell['distance']}) = {score_with_interval(F)}"


def _contrast(first: str, second: str, measure: str) -> Callable[[Run], str | Missing]:
    """The contrast over both hemispheres whose name holds these regions in this order, by both measures of the peak."""

    def contrast(run: Run) -> str | Missing:
        table = both_hemispheres(rows_of_cell(run.tables["contrasts"], run.cell))
        named = table[table["contrast"].str.contains(f"{first}.* - .*{second}", case=False, regex=True)]
        row = first_row(named, measure=measure.replace("forecast", "group_peak"))
        paper = first_row(named, measure=measure)
        if row is None or paper is None:
            return _no_contrast(run, first, second, measure)
        effect, paper_effect = (with_interval(found.effect, found.ci_low, found.ci_high) for found in (row, paper))
        p, mark = number(row.p_matched, 2), Effects(run, run.cell["q_level"]).contrast_mark(row)
        return (
            f"{effect} {unit_of(measure)}, p = {p} matched for signal-to-noise (peak of the mean curves)"
            f"{f'; {mark}' if mark else ''}; the paper's measure: {paper_effect}, bias {number(paper.bias, 2)}"
        )

    return contrast


def _no_contrast(run: Run, first: str, second: str, measure: str) -> Missing:
    """Why a contrast is not in the table: no such peak, or not in the config."""
    has_peaks = run.has_distances if measure == "forecast_distance" else len(grid_layers(run)) > 1
    if not has_peaks:
        return Missing(SEVERAL_DISTANCES if measure == "forecast_distance" else SEVERAL_LAYERS)
    return Missing(f"no contrast of {measure} is called “{first} … - … {second}” (key contrasts)")


def _sides(measure: str) -> Callable[[Run], str | Missing]:
    """Regions whose measure differs between the hemispheres."""

    def sides(run: Run) -> str | Missing:
        table = rows_where(rows_of_cell(run.tables["symmetry"], run.cell), measure=measure, level="roi")
        if table.empty:
            targets = run.tables["targets"]
            if targets["roi"].isna().all():
                return NO_REGIONS
            if targets["hemi"].isna().all():
                return Missing("the targets are not assigned to a hemisphere")
            return Missing("no region is in both hemispheres" if run.has_distances else SEVERAL_DISTANCES)
        differ = table[table["q_value"] < run.cell["q_level"]]
        names = ", ".join(differ.sort_values("q_value", kind="stable")["roi"].head(4))
        return f"{len(differ)} of {len(table)} regions differ" + (f": {names}" if names else "")

    return sides


def _depth(run: Run) -> str | Missing:
    """Peak over layers of the curves of the lobes and of Heschl's gyrus, mean over subjects."""
    table = both_hemispheres(rows_of_cell(run.tables["roi_depths"], run.cell))
    if table.empty:
        return Missing(SEVERAL_LAYERS)
    heschl = table["roi"].str.contains("transversetemporal|T_transv", regex=True, na=False)
    shown = table[(table["level"] == "lobe") | (heschl & (table["level"] == "roi"))]
    means, effects = shown.groupby(["level", "roi"])["peak_depth"].mean(), Effects(run, run.cell["q_level"])
    if means.empty:
        return Missing("there are no lobes, and no region is Heschl's gyrus (keys atlas and lobes)")
    peaks = (f"{roi} {number(k)}{effects.depth_mark(level, roi)}" for (level, roi), k in means.items())
    return f"{', '.join(peaks)}; layers {', '.join(map(str, grid_layers(run)))} were scored"


def _single_words(run: Run) -> str | Missing:
    table = run.scores(score="forecast_score", source=run.cell["source"], width=1)
    table = table[table["distance"].between(0, 10)]
    if table.empty:
        return Missing("no analysis scores windows of width 1 at distances 0 to 10 (keys widths and distances)")
    above = table[(table["q_value"] < run.cell["q_level"]) & (table["mean"] > 0)]
    return f"{len(above)} of {len(table)} above 0 (q < {run.cell['q_level']:g})"


def _best_width(run: Run) -> str | Missing:
    wanted = {**run.hidden_state, "source": run.cell["source"], "level": "all"}
    table = both_hemispheres(rows_where(run.tables["widths"], **wanted)).dropna(subset="mean")
    if table.empty:
        return Missing("no analysis scores the reported source at several widths (key widths of analyses)")
    best = table.loc[table["mean"].idxmax()]
    what = "F of mean series" if widths_are_of_series(grids(run.config["analyses"]), run.cell) else "F"
    return f"{best['width']} words, {what} = {score_with_interval(best.to_dict())}"


def _other_source(source: str) -> Callable[[Run], str | Missing]:
    """F of another source at the reported distance, compared with the reported source."""

    def other_source(run: Run) -> str | Missing:
        curve, d = run.curve(source), run.cell["distance"]
        other, true = first_row(curve, distance=d), first_row(run.curve(run.cell["source"]), distance=d)
        if curve.empty:
            return _no_curve(run, source)
        if not other:
            return Missing(f"source {source} is not scored at the reported d = {d} (key distances of analyses)")
        above = curve[(curve["q_value"] < run.cell["q_level"]) & (curve["mean"] > 0)]
        compared = f" (true window {score_with_interval(true)})" if true else ""
        where = f"above 0 at {len(above)} of {len(curve)} distances"
        return f"F({d}) = {score_with_interval(other)}{compared}, {where}"

    return other_source


OF_WINDOWS = {  # statements about windows, which have no counterpart where none are scored
    *("seconds", "width", "range", "peak", "gain", "frontal", "ifg_sts", "symmetry", "sides", "depth"),
    *("angular_heschl", "single", "best_width", "random", "generated", "futures", "semantic", "syntactic"),
}
COUNTERPARTS: dict[str, Callable[[Run], str | Missing]] = {
    "dataset": lambda run: f"{run.config['dataset']['name']}, stories: {len(run.stories)}",
    "listeners": lambda run: str(len(run.subjects)),
    "pairs": lambda run: str(run.n_pairs),
    "audio": lambda run: f"{number(run.stories['seconds'].sum() / 3600, 2)} h",
    "minutes": _minutes,
    "word_rate": lambda run: number(run.word_rate),
    "seconds": _seconds,
    "tr": lambda run: f"{run.tr:g} s",
    "space": _space,
    "regions": _regions,
    "model": _model,
    "layer": lambda run: str(run.cell["layer"]),
    "context": _context,
    "delays": _delays,
    "components": lambda run: f"{run.config['encoding']['n_components']} {'each' if run.has_forecast else 'of X'}",
    "alphas": _alphas,
    "folds": _folds,
    "width": lambda run: str(run.cell["width"]),
    "range": _range,
    "level": lambda run: f"{run.cell['q_level']:g}",
    "best_r": _best_r,
    "share": _share,
    "peak": lambda run: _peak(run.cell["source"])(run),
    "gain": _gain,
    "frontal": _contrast("frontal", "temporal", "forecast_distance"),
    "ifg_sts": _contrast("ifg", "sts", "forecast_distance"),
    "symmetry": _sides("forecast_distance"),
    "sides": _sides("forecast_score"),
    "depth": _depth,
    "angular_heschl": _contrast("angular", "heschl", "forecast_depth"),
    "single": _single_words,
    "best_width": _best_width,
    "random": _other_source("random"),
    "generated": _other_source("generated"),
    "futures": _futures,
    "semantic": _peak("semantic"),
    "syntactic": _peak("syntactic"),
} | FINETUNING_COUNTERPARTS
