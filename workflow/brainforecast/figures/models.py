"""Several models on one axis: brain score by depth, and the paired differences between them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.cells import LISTENERS
from brainforecast.checkpoints import read_name
from brainforecast.errors import BadInput
from brainforecast.figures.captions import (
    Figure,
    capital,
    count_text,
    fill_text,
    has_band,
    list_text,
    mean_text,
    panels_text,
    sentences,
    value_text,
)
from brainforecast.figures.panels import (
    dot_handle,
    fill_handles,
    first_side,
    mark_tested,
    name_axes,
    region_panels,
    zero_line,
)
from brainforecast.figures.style import (
    BLACK,
    DARK,
    GREY,
    SCORE_LABELS,
    SERIES_COLOURS,
    SHAPES,
    FigureSettings,
    colour_of,
    put_title,
    styled,
)
from brainforecast.planning.models.compared import CONTROLS
from brainforecast.results.selection import ALL_TARGETS, base_name, controls_rank, lobe_label, model_label, select_rows

GREYS = ("#757575", "#8F8F8F", "#5A5A5A")  # of untrained models
EARTH = ("#8C6D31", "#3F7F93", "#A33B5C")  # of static vectors
CHARACTER, MARK = 0.062, 0.55  # inches, of a legend's entry
ROW, TOP, BOTTOM, PANEL = 0.26, 0.75, 0.75, 3.3  # inches: a pair; the title; the axis and the legend; a panel's width
MOST_PAIRS = 12  # with more, lobes would be too many marks


@styled
def draw_model_layers(roi_scores: pd.DataFrame, models: pd.DataFrame, settings: FigureSettings) -> Figure:
    """Brain score of every model against depth, a panel for all targets and one per lobe; 95 % bands over subjects.

    Parameters
    ----------
    roi_scores : group table of region scores; models : group/models.parquet.

    A model with one layer only is a horizontal line, as is the noise ceiling; snapshots of a fine-tuning are left out.
    """
    scores = select_rows(roi_scores, "group/roi_scores", score="brain_score").astype({"model": str})
    about = models.drop_duplicates("model").set_index("model")
    names = [name for name in about.index if name in set(scores.loc[scores["base"] == settings.cell["base"], "model"])]
    ceiling = scores[scores["model"] == LISTENERS]
    shown = scores[scores["model"].isin(names) & (scores["base"] == settings.cell["base"])]
    shown = shown[[read_name(model) is None for model in shown["model"]]]
    lobes = sorted(shown.loc[shown["level"] == "lobe", "roi"].dropna().unique())
    curves = [{"level": "all", "roi": "all", "label": ALL_TARGETS},
              *({"level": "lobe", "roi": lobe, "label": lobe_label(lobe)} for lobe in lobes)]  # fmt: skip
    looks = _looks(about.loc[names, "model_kind"])

    def draw(ax: Axes, panel: pd.DataFrame) -> None:
        _draw_ceiling(ax, panel[panel["model"] == LISTENERS])
        for name in names:
            _draw_model(ax, panel[panel["model"] == name], about.loc[name, "n_layers"], looks[name])
        zero_line(ax)

    figure, axes, used = region_panels(pd.concat([shown, ceiling]), curves, draw)
    for ax in used:
        ax.set_xlim(-0.02, 1.02)
    name_axes(axes, len(used), "depth (0 = embedding, 1 = last layer)", SCORE_LABELS["brain_score"])
    handles = [Line2D([], [], **looks[name], label=model_label(name, about.loc[name, "model_kind"])) for name in names]
    if len(ceiling):
        handles.append(Line2D([], [], color=DARK, linestyle=":", linewidth=1.0, label="noise ceiling"))
    _add_legend(figure, handles)
    kinds = about.loc[names, "model_kind"]
    put_title(
        figure,
        f"Brain score of {len(names)} models by depth{base_name(settings.cell)}",
        "95 % bands" if has_band(shown) else "",  # one subject has none
        shown["n_subjects"],
        simulated=settings.simulated,
        alt=_layers_alt(shown, curves, names),
        caption=[
            sentences(
                mean_text("the brain score R of each model", shown),
                "Against the depth of its layers: layer over number of layers, 0 is the embedding.",
                (kinds == "untrained").any()
                and "Grey and dashed: untrained models, the same architectures with random weights.",
                about.loc[names, "n_layers"].isna().any()
                and "Horizontal: models with one layer only, or layers side by side.",
                (kinds == "static").any() and "Dash-dotted: static vectors.",
                len(ceiling) > 0 and "Dotted: the noise ceiling, a regression on the other subjects' mean.",
                _has_single_layers(shown, about) and "A model of which one layer was scored is one mark.",
            )
        ],
    )
    return figure


@styled
def draw_model_differences(differences: pd.DataFrame, kinds: Mapping[str, str], settings: FigureSettings) -> Figure:
    """Paired difference of every pair of models with its 95 % interval: all targets and, of few pairs, each lobe.

    Parameters
    ----------
    differences : group/model_comparison.parquet; kinds : of each model, as in group/models.parquet.
    """
    table = differences[(differences["base"] == settings.cell["base"]) & differences["hemi"].isna()]
    if table.empty:
        raise BadInput("group/model_comparison", f"no row of base {settings.cell['base']}", "two models or more")
    scores = [score for score in SCORE_LABELS if (table["score"] == score).any()]
    whole = table[table["level"] == "all"]
    pairs = [tuple(pair) for pair in whole[["model", "other_model"]].drop_duplicates().astype(str).to_numpy()]
    pairs.sort(key=lambda pair: controls_rank(pair, kinds))
    lobes = sorted(table.loc[table["level"] == "lobe", "roi"].unique()) if len(pairs) <= MOST_PAIRS else []
    labels = [f"{model_label(a, kinds.get(a))} − {model_label(b, kinds.get(b))}" for a, b in pairs]
    row = ROW + 0.09 * len(lobes)
    names = CHARACTER * max(map(len, labels))
    size = (PANEL * len(scores) + names + 0.4, TOP + BOTTOM + row * max(len(pairs), 2))
    figure = Figure(figsize=size)
    for ax, score in zip(figure.subplots(1, len(scores), sharey=True, squeeze=False)[0], scores, strict=True):
        _draw_pairs(ax, table[table["score"] == score], pairs, lobes, settings.q_level)
        ax.set_xlabel(f"difference of {SCORE_LABELS[score].split(' (')[0]}")
        ax.set_yticks(range(len(pairs)), labels)
        ax.set_ylim(len(pairs) - 0.5, -0.5)
    handles = [_point(ALL_TARGETS, BLACK, SHAPES[0])]
    handles += [_point(lobe_label(lobe), colour_of(lobe, i), SHAPES[i + 1]) for i, lobe in enumerate(lobes)]
    _add_legend(figure, handles + fill_handles(figure, settings.q_level))
    tested, several = whole["q_value"].notna().any(), (table["n_subjects"] > 1).any()
    put_title(
        figure,
        f"Paired differences between models{base_name(settings.cell)}",
        "each at its selected layer",
        table["n_subjects"],
        simulated=settings.simulated,
        alt=_differences_alt(whole[whole["score"] == scores[0]], pairs, labels, settings.q_level),
        caption=[
            sentences(
                "First model minus second, within each subject that has both.",
                several
                and "Each model is at the layer that is best in the mean of the other subjects, so nothing is chosen "
                "and tested on the same data.",
                not several and "Each model is at its own best layer, which favours models with more layers.",
                has_band(table)
                and "Means over subjects with 95 % intervals; where a model has several layers, intervals and tests "
                "are from draws that repeat the choice of the layer, because subjects share what is chosen on.",
                len(lobes) > 0 and "In each row, smaller: the lobes.",
                fill_text(figure, settings.q_level, "two-sided, false discovery rate over the pairs and lobes"),
                tested
                and controls_rank(pairs[0], kinds) < len(CONTROLS)
                and "Pairs with an untrained model and with static vectors come first.",
            )
        ],
    )
    return figure


def _layers_alt(shown: pd.DataFrame, curves: Sequence[Mapping], names: Sequence[str]) -> str:
    """The highest R of each model, panel by panel."""
    clauses = []
    for curve in curves:
        panel = shown[(shown["level"] == curve["level"]) & (shown["roi"] == curve["roi"])]
        best = {name: first_side(panel[panel["model"] == name])["mean"].max() for name in names}
        ranked = sorted((name for name in names if pd.notna(best[name])), key=lambda name: -best[name])
        clauses.append(f"{curve['label']}: {list_text([f'{name} {value_text(best[name])}' for name in ranked])}")
    return panels_text("the brain score R against depth; the highest of each model", clauses)


def _has_single_layers(shown: pd.DataFrame, about: pd.DataFrame) -> bool:
    """Whether a model with several layers was scored at one of them."""
    counts = shown.groupby("model")["layer"].nunique()
    return bool(((counts == 1) & about["n_layers"].reindex(counts.index).notna()).any())


def _differences_alt(
    whole: pd.DataFrame, pairs: Sequence[tuple[str, str]], labels: Sequence[str], q_level: float
) -> str:
    """The difference of each pair in all targets, and how many differ."""
    rows = whole.astype({"model": str, "other_model": str}).set_index(["model", "other_model"])
    found = [f"{label} {value_text(rows['effect'][pair])}" for pair, label in zip(pairs, labels, strict=True)]
    n = int(whole["q_value"].notna().sum())
    differ = f"{int((whole['q_value'] < q_level).sum())} of {n} differ in R over all targets." if n else ""
    return sentences(f"{capital(count_text(len(pairs), 'pair'))} of models.", differ,
                     f"Differences: {list_text(found[:8])}{' and others' if len(found) > 8 else ''}.")  # fmt: skip


def _looks(kinds: pd.Series) -> dict[str, dict]:
    """Colour, line and marker of each model: untrained ones grey and dashed, static vectors dash-dotted."""
    styles: dict[str, tuple[Sequence[str], str]] = {"untrained": (GREYS, "--"), "static": (EARTH, "-.")}
    counts: dict[str, int] = {}
    looks = {}
    for name, kind in kinds.items():
        colours, line = styles.get(kind, (SERIES_COLOURS, "-"))
        group = kind if kind in styles else "trained"
        index = counts[group] = counts.get(group, -1) + 1
        marker = "" if kind == "static" else SHAPES[index % len(SHAPES)]
        looks[name] = {"color": colours[index % len(colours)], "linestyle": line, "marker": marker, "markersize": 3.2}
    return looks


def _draw_model(ax: Axes, rows: pd.DataFrame, n_layers: object, look: Mapping) -> None:
    """The line of one model with its band; across the panel if it has one layer, a mark if one is scored."""
    if rows.empty:
        return
    line = first_side(rows).sort_values("layer")
    flat = pd.isna(n_layers)
    depth = np.array([0.0, 1.0]) if flat else line["layer"].to_numpy(float) / float(n_layers)
    mean, low, high = (np.resize(line[name].to_numpy(float), depth.shape) for name in ("mean", "ci_low", "ci_high"))
    if len(depth) == 1:
        error = np.vstack([mean - low, high - mean])
        ax.errorbar(depth, mean, yerr=error if np.isfinite(error).all() else None, elinewidth=0.8, **look)
        return
    if np.isfinite(low).any():
        ax.fill_between(depth, low, high, color=look["color"], alpha=0.13, linewidth=0)
    ax.plot(depth, mean, **(look | ({"marker": ""} if flat else {})))


def _draw_ceiling(ax: Axes, rows: pd.DataFrame) -> None:
    if rows.empty:
        return
    row = first_side(rows).iloc[0]
    if pd.notna(row["ci_low"]):
        ax.axhspan(row["ci_low"], row["ci_high"], color=GREY, alpha=0.1, linewidth=0)
    ax.axhline(row["mean"], color=DARK, linestyle=":", linewidth=1.0)


def _draw_pairs(
    ax: Axes, table: pd.DataFrame, pairs: Sequence[tuple[str, str]], lobes: Sequence[str], q_level: float
) -> None:
    """A row per pair: all targets, and below it a smaller mark for each lobe; filled where q is below the level."""
    steps = np.linspace(-0.3, 0.3, len(lobes) + 1) if lobes else [0.0]
    for place, (level, roi) in enumerate([("all", "all"), *(("lobe", lobe) for lobe in lobes)]):
        rows = table[(table["level"] == level) & (table["roi"] == roi)].set_index(["model", "other_model"])
        colour = BLACK if level == "all" else colour_of(roi, place - 1)
        for index, pair in enumerate(pairs):
            if pair in rows.index:
                row = rows.loc[pair]
                error = [[row["effect"] - row["ci_low"]], [row["ci_high"] - row["effect"]]]
                known = error if np.isfinite(error).all() else None
                at, wide = index + steps[place], level == "all"
                ax.errorbar(row["effect"], at, xerr=known, fmt="none", ecolor=colour, elinewidth=1.2 if wide else 0.7)
                mark_tested(ax, [row["effect"]], [at], [row["q_value"]], colour, q_level,
                            shape=SHAPES[place % len(SHAPES)], size=20 if wide else 9)  # fmt: skip
    ax.axvline(0, color=DARK, linewidth=0.7, zorder=0.5)
    for index in range(1, len(pairs)):
        ax.axhline(index - 0.5, color="#E3E7EA", linewidth=0.6, zorder=0)
    ax.tick_params(axis="y", length=0)


def _point(label: str, colour: str, shape: str) -> Line2D:
    return dot_handle(label, fill=colour, edge=colour, shape=shape)


def _add_legend(figure: Figure, handles: Sequence[Line2D]) -> None:
    """Below the panels, in as many columns as fit."""
    longest = MARK + CHARACTER * max(len(handle.get_label()) for handle in handles)
    columns = int(np.clip(figure.get_figwidth() // longest, 1, min(4, len(handles))))
    rows = int(np.ceil(len(handles) / columns))
    figure.set_figheight(figure.get_figheight() + 0.16 * rows)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
