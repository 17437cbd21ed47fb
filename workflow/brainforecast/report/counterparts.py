"""This run's counterpart of each number of the paper: a few words, or None if no analysis of the run gives it."""

from collections.abc import Callable

import pandas as pd

from brainforecast.cells import LISTENERS, grids, span, widths_are_of_series
from brainforecast.dataset.formats import FORMATS
from brainforecast.report.finetuning import COUNTERPARTS as FINETUNING_COUNTERPARTS
from brainforecast.report.formatting import (
    gain,
    interval,
    number,
    score,
    score_interval,
    score_with_interval,
    unit_of,
)
from brainforecast.report.lookup import Row, both_hemispheres, first_row, rows_of_cell, rows_where
from brainforecast.report.models import kinds_of
from brainforecast.report.run import Run
from brainforecast.results.selection import by_hemisphere, model_label, region_label
from brainforecast.sources import COMPONENTS

SUPERSCRIPTS = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")


# ---- Data ----------------------------------------------------------------------------------------------------------


def _minutes(run: Run) -> str | None:
    minutes = run.minutes
    if not minutes:
        return None
    mean = number(sum(minutes) / len(minutes), 2)
    return f"mean {mean} min, {number(min(minutes), 2)} to {number(max(minutes), 2)}"


def _space(run: Run) -> str:
    dataset, n = run.config["dataset"], len(run.tables["targets"])
    return f"{n:,} {'vertices of ' + str(dataset['space']) if FORMATS[dataset['response']].on_surface else 'regions'}"


# ---- Settings ------------------------------------------------------------------------------------------------------


def _model(run: Run) -> str:
    name = run.cell["model"]
    label = model_label(name, kinds_of(run.tables["models"]).get(name))
    return f"{label} ({run.config['models'][name]['source']})"


def _context(run: Run) -> str | None:
    """The left context as used, after the model's own limit."""
    row = first_row(run.tables["models"], model=run.cell["model"])
    return f"at most {int(row.context):,} tokens" if row and pd.notna(row.context) else None


def _regions(run: Run) -> str | None:
    targets = run.tables["targets"]
    by_side = targets.dropna(subset=["roi", "hemi"]).groupby("hemi")["roi"].nunique()
    split = (run.config["atlas"] or {}).get("split")
    if by_side.empty:
        return None
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
    low, high = (f"10{f'{alphas[end]:g}'.translate(SUPERSCRIPTS)}" for end in ("first", "last"))
    return f"{alphas['n']}, from {low} to {high}"


def _range(run: Run) -> str | None:
    distances = run.curve(run.cell["source"])["distance"]
    return f"{number(distances.min())} to {number(distances.max())}" if len(distances) else None


def _futures(run: Run) -> str | None:
    scored = run.scored_sources() & set(COMPONENTS)
    return str(run.config["sources"]["syntactic"]["n_futures"]) if scored else None


# ---- Results -------------------------------------------------------------------------------------------------------


def _best_r(run: Run) -> str | None:
    best = _best_region(run)
    return f"{score(best.mean)}, {region_label(best.hemi, best.roi)}" if best else None


def _best_region(run: Run) -> Row | None:
    equal = {"level": "roi", "score": "brain_score", **run.hidden_state}
    table = rows_where(run.tables["roi_scores"], **equal)
    return first_row(by_hemisphere(table).sort_values("mean", ascending=False, kind="stable"))


def _share(run: Run) -> str | None:
    best = _best_region(run)
    if best is None:
        return None
    table = rows_where(run.tables["roi_scores"], model=LISTENERS, level="roi", roi=best.roi)
    ceiling = first_row(rows_where(table, hemi=best.hemi) if isinstance(best.hemi, str) else both_hemispheres(table))
    if ceiling is None or not ceiling.mean > 0:
        return None
    return f"{number(100 * best.mean / ceiling.mean, 2)} % of {score(ceiling.mean)}"


def _peak(source: str) -> Callable[[Run], str | None]:
    """The distance at which the curve of one source is highest."""

    def peak(run: Run) -> str | None:
        curve = run.curve(source).dropna(subset="mean")
        if curve.empty:
            return None
        best = curve.loc[curve["mean"].idxmax()]
        caveat = "" if best["ci_low"] > 0 else "; its interval is not above 0"
        seconds = number(best["distance"] / run.word_rate)
        return f"{number(best['distance'])} words ({seconds} s), F = {score(best['mean'])}{caveat}"

    return peak


def _gain(run: Run) -> str | None:
    R = first_row(run.scores(score="brain_score"))
    F = first_row(run.curve(run.cell["source"]), distance=run.cell["distance"])
    if not R or not F:
        return None
    percent = gain(F["mean"], R["mean"], R["ci_low"])
    text = f"{percent} of mean R" if percent != "–" else "no share: R is not above 0"
    return f"{text}; F({run.cell['distance']}) = {score_with_interval(F)}"


def _contrast(first: str, second: str, measure: str) -> Callable[[Run], str | None]:
    """The contrast over both hemispheres whose name holds these regions in this order, by both measures of the peak."""

    def contrast(run: Run) -> str | None:
        table = both_hemispheres(rows_of_cell(run.tables["contrasts"], run.cell))
        named = table[table["contrast"].str.contains(f"{first}.* - .*{second}", case=False, regex=True)]
        row = first_row(named, measure=measure.replace("forecast", "group_peak"))
        paper = first_row(named, measure=measure)
        if row is None or paper is None:
            return None
        ends, paper_ends = (interval(found.ci_low, found.ci_high) for found in (row, paper))
        unit, p = unit_of(measure), number(row.p_matched, 2)
        return (
            f"{number(row.effect, 2)} {unit} {ends}, p = {p} matched for signal-to-noise (peak of the mean curves); "
            f"the paper's measure: {number(paper.effect, 2)} {paper_ends}, bias {number(paper.bias, 2)}"
        )

    return contrast


def _sides(measure: str) -> Callable[[Run], str | None]:
    """Regions whose measure differs between the hemispheres."""

    def sides(run: Run) -> str | None:
        table = rows_where(rows_of_cell(run.tables["symmetry"], run.cell), measure=measure, level="roi")
        if table.empty:
            return None
        differ = table[table["q_value"] < run.cell["q_level"]]
        names = ", ".join(differ.sort_values("q_value", kind="stable")["roi"].head(4))
        return f"{len(differ)} of {len(table)} regions differ" + (f": {names}" if names else "")

    return sides


def _depth(run: Run) -> str | None:
    """Peak over layers of the curves of the lobes and of Heschl's gyrus, mean over subjects."""
    table = both_hemispheres(rows_of_cell(run.tables["roi_depths"], run.cell))
    heschl = table["roi"].str.contains("transversetemporal|T_transv", regex=True, na=False)
    shown = table[(table["level"] == "lobe") | (heschl & (table["level"] == "roi"))]
    means = shown.groupby("roi")["peak_depth"].mean()
    return ", ".join(f"{roi} {number(k)}" for roi, k in means.items()) + _layers_searched(run) if len(means) else None


def _layers_searched(run: Run) -> str:
    layers = {
        layer
        for analysis in run.config["analyses"].values()
        if run.cell["model"] in analysis["models"] and run.cell["source"] in analysis.get("sources", ())
        if run.cell["base"] == analysis["base"]
        for layer in span(analysis["layers"])
    }
    return f" (layers {min(layers)} to {max(layers)})" if layers else ""


def _single_words(run: Run) -> str | None:
    table = run.scores(score="forecast_score", source=run.cell["source"], width=1)
    table = table[table["distance"].between(0, 10)]
    if table.empty:
        return None
    above = table[(table["q_value"] < run.cell["q_level"]) & (table["mean"] > 0)]
    return f"{len(above)} of {len(table)} above 0 (q < {run.cell['q_level']:g})"


def _best_width(run: Run) -> str | None:
    wanted = {**run.hidden_state, "source": run.cell["source"], "level": "all"}
    table = both_hemispheres(rows_where(run.tables["widths"], **wanted)).dropna(subset="mean")
    if table.empty:
        return None
    best = table.loc[table["mean"].idxmax()]
    what = "F of mean series" if widths_are_of_series(grids(run.config["analyses"]), run.cell) else "F"
    return f"{best['width']} words, {what} = {score_with_interval(best.to_dict())}"


def _other_source(source: str) -> Callable[[Run], str | None]:
    """F of another source at the reported distance, compared with the reported source."""

    def other_source(run: Run) -> str | None:
        curve, d = run.curve(source), run.cell["distance"]
        other, true = first_row(curve, distance=d), first_row(run.curve(run.cell["source"]), distance=d)
        if not other:
            return None
        above = curve[(curve["q_value"] < run.cell["q_level"]) & (curve["mean"] > 0)]
        compared = f" (true window {score(true.mean)})" if true else ""
        where = f"above 0 at {len(above)} of {len(curve)} distances"
        return f"F({d}) = {score(other.mean)} {score_interval(other.ci_low, other.ci_high)}{compared}, {where}"

    return other_source


OF_WINDOWS = {  # statements about windows, which have no counterpart where none are scored
    *("seconds", "width", "range", "peak", "gain", "frontal", "ifg_sts", "symmetry", "sides", "depth"),
    *("angular_heschl", "single", "best_width", "random", "generated", "futures", "semantic", "syntactic"),
}
COUNTERPARTS: dict[str, Callable[[Run], str | None]] = {
    "dataset": lambda run: f"{run.config['dataset']['name']}, stories: {len(run.stories)}",
    "listeners": lambda run: str(len(run.subjects)),
    "pairs": lambda run: str(run.n_pairs),
    "audio": lambda run: f"{number(run.stories['seconds'].sum() / 3600, 2)} h",
    "minutes": _minutes,
    "word_rate": lambda run: number(run.word_rate),
    "seconds": lambda run: f"{number(8 / run.word_rate)} s",
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
