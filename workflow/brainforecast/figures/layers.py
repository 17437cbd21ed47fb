"""Brain score against the layer of the language model."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from brainforecast.cells import LISTENERS
from brainforecast.checkpoints import read_name
from brainforecast.figures.captions import Figure, has_band, list_text, mean_text, panels_text, sentences, value_text
from brainforecast.figures.panels import draw_band, first_side, zero_line
from brainforecast.figures.style import SCORE_LABELS, SHAPES, FigureSettings, colour_of, put_title, styled
from brainforecast.results.selection import ALL_TARGETS, model_label, select_rows


@styled
def draw_layer_scores(
    roi_scores: pd.DataFrame, settings: FigureSettings, kinds: Mapping[str, str] | None = None
) -> Figure:
    """Mean brain score of each lobe and of all targets by layer, one panel per model; 95 % bands over subjects.

    Left out are the noise ceiling, which has no layers, and fine-tuned models. Controls are labelled: `kinds` is what
    each model is, as in group/models.parquet.
    """
    scores = select_rows(roi_scores, "group/roi_scores", score="brain_score", **settings.pick("base"))
    scores = scores[scores["level"].isin(["lobe", "all"]) & (scores["model"] != LISTENERS)]
    scores = scores[[read_name(model) is None for model in scores["model"].astype(str)]]
    models = list(dict.fromkeys(scores["model"]))
    figure = Figure(figsize=(3.4 * len(models) + 1.8, 3.2))
    axes = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
    for ax, model in zip(axes, models, strict=True):
        _draw_model(ax, scores[scores["model"] == model])
        ax.set_title(model_label(model, (kinds or {}).get(model)))
    axes[0].set_ylabel(SCORE_LABELS["brain_score"])
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
    detail = "95 % bands" if has_band(scores) else ""  # one subject has none
    put_title(
        figure,
        "Brain score by layer",
        detail,
        scores["n_subjects"],
        simulated=settings.simulated,
        alt=_alt(scores, models),
        caption=[
            sentences(
                mean_text("the brain score R of the targets of each lobe and of all targets", scores),
                "Marks are the layers that were scored (0 is the embedding).",
                any(line.get_linestyle() == "--" for ax in axes for line in ax.lines)
                and "Where nothing pools the hemispheres, the dashed line is the right one.",
            )
        ],
    )
    return figure


def _alt(scores: pd.DataFrame, models: Sequence[str]) -> str:
    """The layer with the highest R of each lobe, model by model."""
    clauses = []
    for model in models:
        found = scores[scores["model"] == model]
        peaks = []
        for (_, roi), lines in found.groupby(["level", "roi"], sort=True):
            line = first_side(lines)
            best = line.loc[line["mean"].idxmax()]
            name = ALL_TARGETS if roi == "all" else roi
            peaks.append(f"{name} at layer {best['layer']} ({value_text(best['mean'])})")
        clauses.append(f"in {model}, R is highest for {list_text(peaks)}")
    return panels_text("the brain score R against the layer", clauses)


def _draw_model(ax: Axes, scores: pd.DataFrame) -> None:
    pooled = scores[scores["hemi"].isna()]
    shown = pooled if len(pooled) else scores
    sides = shown.assign(side=shown["hemi"].astype(object).fillna("")).groupby(["level", "roi", "side"], sort=True)
    for position, ((level, roi, side), line) in enumerate(sides):
        line = line.sort_values("layer")
        colour = colour_of("all" if level == "all" else roi, position)
        label = ALL_TARGETS if level == "all" else roi
        style = {"linestyle": "--" if side == "R" else "-", "marker": SHAPES[position % len(SHAPES)], "markersize": 3.5}
        draw_band(ax, line, "layer", colour=colour, label=f"{label} {side}".strip(), band=0.13, **style)
    zero_line(ax)
    ax.set_xlabel("layer of the language model (0 = embedding)")
    ax.set_xticks(sorted(shown["layer"].unique()))
