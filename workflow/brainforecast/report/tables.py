"""The tables of the report: rows of text, made from the tables of the run."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.report.formatting import (
    MEASURES,
    Row,
    Table,
    gain,
    interval,
    number,
    of_cell,
    score,
    score_interval,
    unit_of,
    value,
    with_interval,
)
from brainforecast.results.selection import by_hemisphere, region_label, rows

N_TOP = 20


def top_regions(roi_scores: pd.DataFrame, cell: Mapping, q_level: float) -> Table:
    """Regions with the highest brain score, and their forecast score."""
    at = {"level": "roi", "model": cell["model"], "layer": cell["layer"]}
    window = {key: cell[key] for key in ("source", "width", "distance")}
    source = "group/roi_scores.parquet"
    if not (roi_scores["level"] == "roi").any():
        return Table("regions", "Regions", ["region"], [], source, "No atlas: there are no regions.")
    R = by_hemisphere(rows(roi_scores, "group/roi_scores", score="brain_score", **at))
    F = rows(roi_scores, "group/roi_scores", score="forecast_score", **at, **window)
    both = R.merge(F, on=["hemi", "roi"], how="left", suffixes=("", "_F"))
    both = both.sort_values("mean", ascending=False, kind="stable")
    columns = ["region", "R", "95 % interval", "q", f"F({cell['distance']})", "95 % interval", "q", "gain 100·F/R", "n"]
    text = [
        [region_label(row.hemi, row.roi),
         score(row.mean), score_interval(row.ci_low, row.ci_high), number(row.q_value, 2),
         score(row.mean_F), score_interval(row.ci_low_F, row.ci_high_F), number(row.q_value_F, 2),
         gain(row.mean_F, row.mean, row.ci_low), str(row.n_subjects)]
        for row in (Row(**values) for values in both.head(N_TOP).to_dict("records"))
    ]  # fmt: skip
    passed = int((R["q_value"] < q_level).sum())
    note = f"The {len(text)} highest of {len(R)} regions. Brain score: q < {q_level:g} in {passed} of {len(R)}."
    return Table("regions", "Regions with the highest brain score", columns, text, source, note)


def lobes(roi_scores: pd.DataFrame, cell: Mapping) -> Table | None:
    """F beside its shuffled twin and its mirror, for all targets and each lobe."""
    wide = roi_scores[roi_scores["hemi"].isna() & roi_scores["level"].isin(["all", "lobe"])]
    at = {"model": cell["model"], "layer": cell["layer"]}
    groups = wide[["level", "roi"]].drop_duplicates().itertuples(index=False)
    d = cell["distance"]
    text = []
    for level, roi in groups:
        here = wide[(wide["level"] == level) & (wide["roi"] == roi)]
        R = value(here, score="brain_score", **at)
        F = {name: value(here, score="forecast_score", **at, width=cell["width"], source=source, distance=distance)
             for name, source, distance in (("true", cell["source"], d), ("twin", "shuffled", d),
                                            ("mirror", cell["source"], -d))}  # fmt: skip
        label = "all targets" if level == "all" else f"{roi} lobe"
        text.append([label, *(with_interval(found) for found in (R, *F.values())),
                     gain(F["true"]["mean"], R["mean"], R["ci_low"]) if F["true"] and R else "–"])  # fmt: skip
    columns = ["targets", "R", f"F({d})", f"F({d}), shuffled window", f"mirror F({number(-d)})", f"gain 100·F({d})/R"]
    note = "Means over the targets of the group, then over listeners, with 95 % intervals. Read F beside the next two."
    return Table("lobes", "Forecast score beside its controls", columns, text, "group/roi_scores.parquet", note)


def contrasts(table: pd.DataFrame, cell: Mapping, level: float) -> Table | None:
    """Contrasts of the forecast distance; one whose p is not below `level` is called no effect."""
    if table.empty:
        return None
    kept = of_cell(table, cell)
    text = [
        [row.contrast, MEASURES.get(row.measure, row.measure), row.hemi if isinstance(row.hemi, str) else "both",
         f"{number(row.effect)} {unit_of(row.measure)}", interval(row.ci_low, row.ci_high), number(row.p_value, 2),
         str(row.n_subjects), "differs from 0" if row.p_value < level else "no effect"]
        for row in (Row(**values) for values in kept.to_dict("records"))
    ]  # fmt: skip
    columns = ["contrast", "measure", "hemisphere", "effect", "95 % interval", "p", "n", f"at p < {level:g}"]
    note = "First minus second region, each listener with itself; two-sided Wilcoxon signed-rank test."
    return Table("contrasts", "Contrasts of d* and k*", columns, text, "group/contrasts.parquet", note)


def stories(words: Mapping[str, pd.DataFrame], listeners: Sequence[Mapping], tr: float) -> pd.DataFrame:
    """Per story: words, seconds of speech, volumes, listeners, most words outside a run."""
    heard = [
        {"story": story, "n_trs": n_trs, "outside": outside}
        for about in listeners
        for story, n_trs, outside in zip(about["stories"], about["n_trs"], about["words_outside"], strict=True)
    ]
    runs = pd.DataFrame(heard, columns=["story", "n_trs", "outside"]).groupby("story")
    table = pd.DataFrame(
        {
            "n_words": {story: len(table) for story, table in words.items()},
            "seconds": {story: table["offset"].max() - table["onset"].min() for story, table in words.items()},
        }
    )
    table["n_listeners"] = runs.size().reindex(table.index, fill_value=0)
    table["volumes"] = runs["n_trs"].max()
    table["fewest"] = runs["n_trs"].min()
    table["outside"] = runs["outside"].max()
    return table.assign(minutes=table["volumes"] * tr / 60).rename_axis("story").reset_index()


def story_table(heard: pd.DataFrame) -> Table:
    """What was heard."""
    text = [
        [row.story, f"{row.n_words:,}", number(row.seconds / 60), number(row.n_words / row.seconds),
         _range(row.fewest, row.volumes), number(row.minutes), str(row.n_listeners), number(row.outside)]
        for row in (Row(**values) for values in heard.to_dict("records"))
    ]  # fmt: skip
    columns = ["story", "words", "speech (min)", "words per second", "volumes used", "recording (min)", "listeners",
               "words outside the run"]  # fmt: skip
    note = (
        "Words outside the run (before its first volume or after its last) stay as context for the language model and "
        "for the windows and add nothing to the sums over volumes; the most of any listener is shown."
    )
    return Table("stories", "Stories", columns, text, "words/*.parquet, responses/*.safetensors", note)


def story_sets(listeners: Sequence[Mapping], heard: pd.DataFrame) -> Table:
    """How many listeners heard which stories; they share their design."""
    sets = Counter(tuple(about["stories"]) for about in listeners)
    minutes = heard.set_index("story")["minutes"]
    text = [
        [", ".join(stories), str(len(stories)), number(minutes.reindex(stories).sum()), str(count)]
        for stories, count in sorted(sets.items(), key=lambda item: (-item[1], item[0]))
    ]
    columns = ["stories, in order", "stories", "recording (min)", "listeners"]
    return Table("sets", "Story sets", columns, text, "responses/*.safetensors", opened=len(text) <= 12)


def target_table(targets: pd.DataFrame, brain_scores: pd.DataFrame, listeners: Sequence[Mapping]) -> Table:
    """How many targets there are, and how many could not be scored."""
    most = brain_scores["n_subjects"].max()
    text = [
        ["targets of the data", f"{len(targets):,}"],
        ["with a region of the atlas", f"{int(targets['roi'].notna().sum()):,}"],
        ["scored in at least one listener", f"{len(brain_scores):,}"],
        ["scored in every listener", f"{int((brain_scores['n_subjects'] == most).sum()):,}"],
        ["masked in a listener: a volume that is not a number (fewest to most)",
         _range(*_extremes(about["n_masked"] for about in listeners))],
        ["constant in a listener: never changes (fewest to most)",
         _range(*_extremes(about["n_constant"] for about in listeners))],
    ]  # fmt: skip
    source = "targets.parquet, group/brain_scores.parquet, responses/*.safetensors"
    return Table("targets", "Targets, masked and constant", ["what", "count"], text, source)


def exclusions(table: pd.DataFrame) -> Table:
    """Every run or subject that is not used, with the reason."""
    out = table[table["used"] == "no"]
    reasons = out["reason"].value_counts(sort=False)
    note = "Nothing was excluded." if out.empty else f"{len(out)} rows, {len(reasons)} different reasons."
    columns = ["subject", "story", "run", "reason"]
    text = out[columns].astype(object).where(out[columns].notna(), "").to_numpy().tolist()
    return Table("exclusions", "Exclusions", columns, text, "exclusions.tsv", note, opened=len(text) <= 12)


def used_runs(table: pd.DataFrame) -> Table:
    """Every run that is used."""
    used = table[table["used"] == "yes"]
    columns = ["subject", "story", "run"]
    text = used[columns].astype(object).where(used[columns].notna(), "").to_numpy().tolist()
    return Table("runs", "Runs used", columns, text, "exclusions.tsv", f"{len(text)} runs.", opened=False)


def parameters(config: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    """Every setting of the config as (key, value), nested keys joined by dots."""
    flat = []
    for key, inner in config.items():
        if isinstance(inner, Mapping) and inner:
            flat += parameters(inner, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", _said(inner)))
    return flat


def _said(inner: object) -> str:
    if isinstance(inner, (list, tuple)):
        return ", ".join(map(_said, inner)) or "none"
    if isinstance(inner, Mapping):
        return "; ".join(f"{key} {_said(value)}" for key, value in inner.items()) or "none"
    if inner is None or isinstance(inner, bool):
        return "null" if inner is None else str(inner).lower()
    return f"{inner:g}" if isinstance(inner, float) else str(inner)


def _range(low: object, high: object) -> str:
    if pd.isna(low):
        return "–"
    return f"{int(low):,}" if low == high else f"{int(low):,} to {int(high):,}"


def _extremes(counts) -> tuple[int | None, int | None]:
    counts = list(counts)
    return (min(counts), max(counts)) if counts else (None, None)
