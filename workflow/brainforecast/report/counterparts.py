"""This run's counterpart of each number of the paper: a few words, or None where nothing of the run answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from brainforecast.cells import LISTENERS, span
from brainforecast.report.finetuning import COUNTERPARTS as FINETUNING_COUNTERPARTS
from brainforecast.report.formatting import (
    Row,
    gain,
    interval,
    number,
    of_cell,
    score,
    score_interval,
    value,
    with_interval,
)
from brainforecast.results.selection import by_hemisphere, region_label
from brainforecast.sources import COMPONENTS


@dataclass(frozen=True)
class Run:
    """What the counterparts are looked up in.

    tables : of the run, by name; heard : a row per story; listeners : what each subject heard; config : validated;
    simulated : whether the responses are; tr : s.
    """

    tables: Mapping[str, pd.DataFrame]
    heard: pd.DataFrame
    listeners: Sequence[Mapping]
    config: Mapping
    simulated: bool
    tr: float

    @property
    def cell(self) -> Mapping:
        """The told cell."""
        return self.config["maps"]

    @property
    def minutes(self) -> list[float]:
        """Listening time of each listener."""
        each = self.heard.set_index("story")["minutes"]
        return [float(sum(each[story] for story in about["stories"])) for about in self.listeners]

    @property
    def word_rate(self) -> float:
        """Words per second of speech."""
        return float(self.heard["n_words"].sum() / self.heard["seconds"].sum())

    def scores(self, level: str = "all", **equal: object) -> pd.DataFrame:
        """Rows of the group's region scores at a level, both hemispheres pooled, of the told model and layer."""
        wanted = {"level": level, "model": self.cell["model"], "layer": self.cell["layer"], **equal}
        return _where(self.tables["roi_scores"], wanted, pooled=True)

    def curve(self, source: str) -> pd.DataFrame:
        """F(d) of one source over all targets."""
        return self.scores(score="forecast_score", source=source, width=self.cell["width"])


def _where(table: pd.DataFrame, equal: Mapping[str, object], *, pooled: bool = False) -> pd.DataFrame:
    for column, wanted in equal.items():
        table = table[table[column] == wanted]
    return table[table["hemi"].isna()] if pooled else table


def _minutes(run: Run) -> str | None:
    each = run.minutes
    if not each:
        return None
    return f"mean {number(sum(each) / len(each), 2)} min, {number(min(each), 2)} to {number(max(each), 2)}"


def _space(run: Run) -> str:
    dataset, n = run.config["dataset"], len(run.tables["targets"])
    return f"{n:,} {'regions' if dataset['response'] == 'region' else 'vertices of ' + str(dataset['space'])}"


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
    low, high = (f"10{f'{alphas[end]:g}'.translate(RAISED)}" for end in ("first", "last"))
    return f"{alphas['n']}, from {low} to {high}"


def _range(run: Run) -> str | None:
    distances = run.curve(run.cell["source"])["distance"]
    return f"{number(distances.min())} to {number(distances.max())}" if len(distances) else None


def _best_region(run: Run) -> Row | None:
    equal = {"level": "roi", "score": "brain_score", "model": run.cell["model"], "layer": run.cell["layer"]}
    table = _where(run.tables["roi_scores"], equal)
    if table.empty:
        return None
    best = by_hemisphere(table).sort_values("mean", ascending=False, kind="stable").iloc[0]
    return Row(**best.to_dict())


def _best_r(run: Run) -> str | None:
    best = _best_region(run)
    return f"{score(best.mean)}, {region_label(best.hemi, best.roi)}" if best else None


def _share(run: Run) -> str | None:
    best = _best_region(run)
    if best is None:
        return None
    table = _where(run.tables["roi_scores"], {"model": LISTENERS, "level": "roi", "roi": best.roi})
    same = table["hemi"].isna() if not isinstance(best.hemi, str) else table["hemi"] == best.hemi
    ceiling = table.loc[same, "mean"]
    if ceiling.empty or not ceiling.iloc[0] > 0:
        return None
    return f"{number(100 * best.mean / ceiling.iloc[0], 2)} % of {score(ceiling.iloc[0])}"


def _peak_of(source: str) -> Callable[[Run], str | None]:
    def peak(run: Run) -> str | None:
        curve = run.curve(source).dropna(subset="mean")
        if curve.empty:
            return None
        best = curve.loc[curve["mean"].idxmax()]
        sure = "" if best["ci_low"] > 0 else "; its interval is not above 0"
        seconds = number(best["distance"] / run.word_rate)
        return f"{number(best['distance'])} words ({seconds} s), F = {score(best['mean'])}{sure}"

    return peak


def _gain(run: Run) -> str | None:
    R = value(run.scores(score="brain_score"))
    F = value(run.curve(run.cell["source"]), distance=run.cell["distance"])
    if not R or not F:
        return None
    shown = gain(F["mean"], R["mean"], R["ci_low"])
    said = f"{shown} of mean R" if shown != "–" else "no share: R is not above 0"
    return f"{said}; F({run.cell['distance']}) = {with_interval(F)}"


def _contrast(first: str, second: str, measure: str) -> Callable[[Run], str | None]:
    """The contrast whose name is that of these regions, in this order, over both hemispheres."""

    def found(run: Run) -> str | None:
        table = of_cell(run.tables["contrasts"], run.cell)
        table = table[table["hemi"].isna() & (table["measure"] == measure)]
        kept = table[table["contrast"].str.contains(f"{first}.* - .*{second}", case=False, regex=True)]
        if kept.empty:
            return None
        row = Row(**kept.iloc[0].to_dict())
        unit = "layers" if row.measure == "forecast_depth" else "words"
        ends = interval(row.ci_low, row.ci_high)
        return f"{number(row.effect, 2)} {unit} {ends}, p = {number(row.p_value, 2)}"

    return found


def _sides(measure: str) -> Callable[[Run], str | None]:
    def found(run: Run) -> str | None:
        table = of_cell(run.tables["symmetry"], run.cell)
        table = _where(table, {"measure": measure, "level": "roi"})
        if table.empty:
            return None
        differ = table[table["q_value"] < run.cell["q_level"]]
        named = ", ".join(differ.sort_values("q_value", kind="stable")["roi"].head(4))
        return f"{len(differ)} of {len(table)} regions differ" + (f": {named}" if named else "")

    return found


def _depth(run: Run) -> str | None:
    """Peak over layers of the curves of the lobes and of Heschl's gyrus, mean over listeners."""
    table = of_cell(run.tables["roi_depths"], run.cell)
    table = table[table["hemi"].isna()]
    heschl = table["roi"].str.contains("transversetemporal|T_transv", regex=True, na=False)
    shown = table[(table["level"] == "lobe") | (heschl & (table["level"] == "roi"))]
    means = shown.groupby("roi")["peak_depth"].mean()
    deepest = span_of_layers(run)
    return ", ".join(f"{roi} {number(k)}" for roi, k in means.items()) + deepest if len(means) else None


def span_of_layers(run: Run) -> str:
    """Layers that k* was looked for in."""
    layers = {
        layer
        for analysis in run.config["analyses"].values()
        if run.cell["model"] in analysis["models"] and run.cell["source"] in analysis.get("sources", ())
        for layer in span(analysis["layers"])
    }
    return f" (layers {min(layers)} to {max(layers)})" if layers else ""


def _single(run: Run) -> str | None:
    table = run.scores(score="forecast_score", source=run.cell["source"], width=1)
    table = table[table["distance"].between(0, 10)]
    if table.empty:
        return None
    above = table[(table["q_value"] < run.cell["q_level"]) & (table["mean"] > 0)]
    return f"{len(above)} of {len(table)} above 0 (q < {run.cell['q_level']:g})"


def _best_width(run: Run) -> str | None:
    wanted = {"model": run.cell["model"], "layer": run.cell["layer"], "source": run.cell["source"], "level": "all"}
    table = _where(run.tables["widths"], wanted, pooled=True).dropna(subset="mean")
    if table.empty:
        return None
    best = table.loc[table["mean"].idxmax()]
    return f"{best['width']} words, F = {with_interval(best.to_dict())}"


def _other_source(source: str) -> Callable[[Run], str | None]:
    def found(run: Run) -> str | None:
        curve = run.curve(source)
        at, true = (value(run.curve(name), distance=run.cell["distance"]) for name in (source, run.cell["source"]))
        if not at:
            return None
        above = curve[(curve["q_value"] < run.cell["q_level"]) & (curve["mean"] > 0)]
        beside = f" (true window {score(true['mean'])})" if true else ""
        where = f"above 0 at {len(above)} of {len(curve)} distances"
        ends = score_interval(at["ci_low"], at["ci_high"])
        return f"F({run.cell['distance']}) = {score(at['mean'])} {ends}{beside}, {where}"

    return found


def _futures(run: Run) -> str | None:
    asked = {source for analysis in run.config["analyses"].values() for source in analysis.get("sources", ())}
    return str(run.config["sources"]["syntactic"]["n_futures"]) if asked & set(COMPONENTS) else None


RAISED = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")
COUNTERPARTS: dict[str, Callable[[Run], str | None]] = {
    "dataset": lambda run: f"{run.config['dataset']['name']}, stories: {len(run.heard)}",
    "listeners": lambda run: str(len(run.listeners)),
    "pairs": lambda run: str(sum(len(about["stories"]) for about in run.listeners)),
    "audio": lambda run: f"{number(run.heard['seconds'].sum() / 3600, 2)} h",
    "minutes": _minutes,
    "word_rate": lambda run: number(run.word_rate),
    "seconds": lambda run: f"{number(8 / run.word_rate)} s",
    "tr": lambda run: f"{run.tr:g} s",
    "space": _space,
    "regions": _regions,
    "model": lambda run: f"{run.cell['model']} ({run.config['models'][run.cell['model']]['source']})",
    "layer": lambda run: str(run.cell["layer"]),
    "context": lambda run: f"at most {run.config['models'][run.cell['model']]['context']:,} tokens",
    "delays": _delays,
    "components": lambda run: f"{run.config['encoding']['n_components']} each",
    "alphas": _alphas,
    "folds": _folds,
    "width": lambda run: str(run.cell["width"]),
    "range": _range,
    "level": lambda run: f"{run.cell['q_level']:g}",
    "best_r": _best_r,
    "share": _share,
    "peak": lambda run: _peak_of(run.cell["source"])(run),
    "gain": _gain,
    "frontal": _contrast("frontal", "temporal", "forecast_distance"),
    "ifg_sts": _contrast("ifg", "sts", "forecast_distance"),
    "symmetry": _sides("forecast_distance"),
    "sides": _sides("forecast_score"),
    "depth": _depth,
    "angular_heschl": _contrast("angular", "heschl", "forecast_depth"),
    "single": _single,
    "best_width": _best_width,
    "random": _other_source("random"),
    "generated": _other_source("generated"),
    "futures": _futures,
    "semantic": _peak_of("semantic"),
    "syntactic": _peak_of("syntactic"),
} | FINETUNING_COUNTERPARTS
