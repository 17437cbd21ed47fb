"""What a language model learned while it was fine-tuned to forecast: losses, share, retrieval, perplexity."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainforecast.figures import GREY, styled
from brainforecast.figures_gain import SHARES

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
