"""What fine-tuning to forecast gains: against the share of the forecasting term, and along the steps of training."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from brainforecast.figures.panels import draw_band, mark_significant, regions_to_draw, sides_of, zero_line
from brainforecast.figures.style import GREY, colour_of, put_title, styled

SHARES = matplotlib.colormaps["viridis_r"]


@styled
def draw_gains(gains: pd.DataFrame, curves: Sequence[Mapping], *, q_level: float, simulated: bool) -> Figure:
    """A row per group of targets. Left: gain against alpha, mean over snapshots. Right: gain along the steps.

    In percent of the brain score of alpha 0; as a gain in r where that is not above 0 in the group.

    Parameters
    ----------
    gains : group table of gains.
    curves : ``level`` and ``roi`` of each row, and a ``label``; all lobes where empty.
    q_level : dots are filled where q is below it.
    """
    curves = regions_to_draw(gains, curves)
    names = list(gains["finetuning"].unique())
    figure = Figure(figsize=(7.2, 1.75 * len(curves) * len(names) + 1.6))
    axes = figure.subplots(len(curves) * len(names), 2, sharey="row", sharex="col", squeeze=False)
    places = [(name, curve) for name in names for curve in curves]
    for position, (pair, (name, curve)) in enumerate(zip(axes, places, strict=True)):
        where = (gains["level"] == curve["level"]) & (gains["roi"] == curve["roi"]) & (gains["finetuning"] == name)
        panel, unit = in_percent(gains[where])
        colour = colour_of(curve["roi"], position)
        label = curve.get("label") or curve["roi"]
        pair[0].set_title(f"{label}{f', {name}' if len(names) > 1 else ''}: mean over snapshots")
        pair[0].set_ylabel(f"gain over alpha 0\n({unit})")
        pair[1].set_title("along the training")
        _draw_shares(pair[0], panel[panel["step"].isna()], colour, q_level)
        _draw_steps(pair[1], panel[panel["step"].notna()], q_level)
    axes[-1, 0].set_xlabel("alpha (share of the forecasting term)")
    axes[-1, 1].set_xlabel("step of training")
    axes[-1, 1].set_xscale("log")
    axes[-1, 1].set_xticks(*[sorted(gains["step"].dropna().astype(int).unique())] * 2, minor=False)
    axes[-1, 1].minorticks_off()
    figure.legend(handles=_handles(gains, q_level), loc="outside lower center", ncols=5)
    title = "Gain in brain score of a model taught to forecast"
    put_title(figure, title, "over the same training without forecasting", gains["n_subjects"], simulated=simulated)
    return figure


def in_percent(panel: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The gains of one region in percent where all of them have a percentage, else in r; and the unit."""
    if panel["gain_percent"].isna().any():
        return panel, "r"
    columns = {"gain_percent": "mean", "percent_low": "ci_low", "percent_high": "ci_high"}
    return panel.drop(columns=list(columns.values())).rename(columns=columns), "% of R"


def _draw_shares(ax: Axes, panel: pd.DataFrame, colour: str, q_level: float) -> None:
    zero_line(ax)
    for (_, side), alpha in zip(sides_of(panel), (1.0, 0.5), strict=False):
        draw_band(ax, side, "finetuning_alpha", colour=colour, label="", alpha=alpha)
        mark_significant(ax, side[side["finetuning_alpha"] > 0], "finetuning_alpha", colour, q_level)
    ax.margins(y=0.2)


def _draw_steps(ax: Axes, panel: pd.DataFrame, q_level: float) -> None:
    zero_line(ax)
    for (_, side), faint in zip(sides_of(panel), (1.0, 0.5), strict=False):
        for share, line in side[side["finetuning_alpha"] > 0].groupby("finetuning_alpha"):
            colour = matplotlib.colors.to_hex(SHARES(float(share)))
            line = line.astype({"step": float})
            draw_band(ax, line, "step", colour=colour, label="", band=0.12, alpha=faint)
            mark_significant(ax, line, "step", colour, q_level)


def _handles(gains: pd.DataFrame, q_level: float) -> list[Line2D]:
    shares = sorted(share for share in gains["finetuning_alpha"].unique() if share > 0)
    dot = {"linestyle": "none", "marker": "o", "markersize": 4, "markeredgecolor": GREY}
    return [
        *(Line2D([], [], color=matplotlib.colors.to_hex(SHARES(float(s))), label=f"alpha {s:g}") for s in shares),
        Line2D([], [], **dot, color=GREY, label=f"q < {q_level:g}"),
        Line2D([], [], **dot, color="white", label=f"q ≥ {q_level:g}"),
    ]


N_POINTS = 40  # of a curve of losses: the rows of the log are averaged to so many
HELD_OUT = {
    "retrieval": "word ahead found:\nthe trained map",
    "linear_probe": "word ahead found:\na map fitted anew",
    "perplexity": "perplexity",
}


@styled
def draw_training(losses: pd.DataFrame, probe: pd.DataFrame) -> Figure:
    """A row per fine-tuning, six panels: L_high, L_LM, share of L_high; on held-out text two retrievals and perplexity.

    Parameters
    ----------
    losses, probe : tables ``group/finetuning_losses`` and ``group/finetuning_probe``.
    """
    names = list(losses["finetuning"].unique())
    figure = Figure(figsize=(12.5, 2.9 * len(names) + 0.9))
    axes = figure.subplots(len(names), 6, squeeze=False)
    for row, name in zip(axes, names, strict=True):
        curves, learned = losses[losses["finetuning"] == name], probe[probe["finetuning"] == name]
        told = (("loss_high", "loss of the\nword ahead (nats)"), ("loss_lm", "loss of the\nnext token (nats)"),
                ("share", "share of the\nforecasting term"))  # fmt: skip
        for ax, (column, label) in zip(row, told, strict=False):
            _draw_curves(ax, curves[curves["loss_high"] > 0] if column != "loss_lm" else curves, column)
            ax.set_title(label)
        for share in sorted(curves.loc[curves["loss_high"] > 0, "finetuning_alpha"].unique()):
            row[2].axhspan(0.9 * share, 1.1 * share, color=_colour(share), alpha=0.12, linewidth=0)
        row[2].set_ylim(0, None)
        for ax, (column, label) in zip(row[3:], HELD_OUT.items(), strict=True):
            _draw_probe(ax, learned, column)
            ax.set_title(label)
        for ax in row[3:5]:
            ax.axhline(learned["chance"].iloc[0], color=GREY, linewidth=0.8, linestyle=":")
        row[0].set_ylabel(name)
        for ax in row:
            ax.set_xlabel("step")
    handles, labels = axes[0, 5].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=8)
    title = "What was learned by the language models (the last three panels: text that was held out)"
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5)
    return figure


def _draw_curves(ax: Axes, curves: pd.DataFrame, column: str) -> None:
    for share, line in curves.groupby("finetuning_alpha"):
        parts = np.array_split(np.arange(len(line)), min(N_POINTS, len(line)))
        points = [line.iloc[part][["step", column]].mean() for part in parts]
        ax.plot([p["step"] for p in points], [p[column] for p in points], color=_colour(share), linewidth=1.2)


def _draw_probe(ax: Axes, probe: pd.DataFrame, column: str) -> None:
    for share, line in probe.groupby("finetuning_alpha"):
        style = {"color": _colour(share), "marker": "o", "markersize": 3, "linewidth": 1.2}
        ax.plot(line["step"], line[column], label=f"alpha {share:g}", **style)
        if f"{column}_low" in line:
            low, high = line[f"{column}_low"], line[f"{column}_high"]
            ax.fill_between(line["step"], low, high, color=_colour(share), alpha=0.12, linewidth=0)


def _colour(share: float) -> str:
    return matplotlib.colors.to_hex(SHARES(float(share)) if share else GREY)
