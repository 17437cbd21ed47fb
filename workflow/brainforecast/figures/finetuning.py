"""Fine-tuning: gain in brain score by share of the forecasting term and along the training, and what was learned."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from brainforecast.figures.captions import (
    Figure,
    fill_text,
    mean_text,
    panels_text,
    sentences,
    value_text,
)
from brainforecast.figures.panels import (
    draw_band,
    fill_handles,
    first_side,
    mark_significant,
    panel_name,
    regions_to_draw,
    sides_of,
    zero_line,
)
from brainforecast.figures.style import BLACK, GREY, SHAPES, FigureSettings, put_title, styled

SHARES = matplotlib.colormaps["viridis_r"]  # colour of alpha, the share of the forecasting term
LIGHTEST = 0.45  # of SHARES: paler colours would not stand out from the page
LOSSES = {
    "loss_high": "loss of the\nword ahead (nats)",
    "loss_lm": "loss of the\nnext token (nats)",
    "share": "share of the\nforecasting term",
}
HELD_OUT = {
    "retrieval": "retrieval of the word\nahead: trained map",
    "linear_probe": "retrieval of the word\nahead: refitted map",
    "perplexity": "perplexity",
}
N_POINTS = 40  # a curve of losses is averaged to this many points


@styled
def draw_gains(gains: pd.DataFrame, settings: FigureSettings) -> Figure:
    """A row per group of targets. Left: gain against alpha, mean over snapshots. Right: gain along the training.

    In percent of the brain score of alpha 0; as a gain in r if that score of the group is not above 0.

    Parameters
    ----------
    gains : group table of gains.
    """
    gains = gains[gains["base"] == settings.cell["base"]]
    names = list(gains["finetuning"].unique())
    panels = [(name, curve) for name in names for curve in regions_to_draw(gains, settings.curves)]
    figure = Figure(figsize=(7.2, 1.75 * len(panels) + 1.6))
    axes = figure.subplots(len(panels), 2, sharey="row", sharex="col", squeeze=False)
    for pair, (name, curve) in zip(axes, panels, strict=True):
        panel, unit = in_percent(_of_panel(gains, name, curve))
        pair[0].set_title(f"{panel_name(curve)}{f', {name}' if len(names) > 1 else ''}: mean over snapshots")
        pair[0].set_ylabel(f"gain over alpha 0\n({unit})")
        pair[1].set_title("along the training")
        _draw_shares(pair[0], panel[panel["step"].isna()], settings.q_level)
        _draw_steps(pair[1], panel[panel["step"].notna()], settings.q_level)
    axes[-1, 0].set_xlabel("alpha (share of the forecasting term)")
    axes[-1, 1].set_xlabel("training step")
    axes[-1, 1].set_xscale("log")
    axes[-1, 1].set_xticks(*[sorted(gains["step"].dropna().astype(int).unique())] * 2, minor=False)
    axes[-1, 1].minorticks_off()
    figure.legend(handles=_handles(figure, gains, settings.q_level), loc="outside lower center", ncols=5)
    put_title(
        figure,
        "Gain in brain score of a model fine-tuned to forecast",
        "over the same training without forecasting",
        gains["n_subjects"],
        simulated=settings.simulated,
        alt=_gains_alt(gains, panels),
        caption=[
            sentences(
                "Brain score of the fine-tuned models minus that of the same training without forecasting (alpha 0)"
                + (", in percent of the latter where it is above 0." if _any_percent(gains, panels) else "."),
                mean_text("the gain", gains),
                "Left: against alpha, the share of the forecasting term in the loss, scores averaged over the "
                "snapshots of a training first. Right: each snapshot against the snapshot of alpha 0 at the same "
                "step; colour is alpha.",
                fill_text(figure, settings.q_level),
                "The layers of a model are concatenated.",
            )
        ],
    )
    return figure


@styled
def draw_training(losses: pd.DataFrame, probe: pd.DataFrame) -> Figure:
    """Two rows per fine-tuning: L_high, L_LM, share of L_high; on held-out text two retrievals and perplexity.

    Parameters
    ----------
    losses, probe : tables ``group/finetuning_losses`` and ``group/finetuning_probe``.
    """
    names = list(losses["finetuning"].unique())
    figure = Figure(figsize=(8.6, 4.6 * len(names) + 1.0))
    axes = figure.subplots(2 * len(names), 3, squeeze=False)
    for above, below, name in zip(axes[::2], axes[1::2], names, strict=True):
        _draw_losses(above, losses[losses["finetuning"] == name])
        _draw_probes(below, probe[probe["finetuning"] == name])
        for ax in (*above, *below):
            ax.set_xlabel("step")
        for row in (above, below):
            row[0].set_ylabel(name)
    handles, labels = axes[1, 2].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6)
    put_title(
        figure,
        "Fine-tuning of the language models",
        "upper panels: training, lower panels: held-out text",
        None,
        simulated=False,
        alt=_training_alt(probe),
        caption=[
            "One line per alpha. Above, from the left: contrastive loss of the word ahead and loss of the next token "
            "during training; share of the forecasting term in the loss, with a band of 10 % around the configured "
            f"share. Below, on held-out text (step 0 is the pretrained model, the dotted line is chance"
            f"{_blocks_text(probe)}): share of positions at which the trained map finds the word ahead among "
            "distractors; the same with a linear map newly fitted to the last layer, in the same way for every model, "
            "which shows whether the layer itself has learned more; and perplexity, which would reveal a model damaged "
            "by training. This figure is about language models alone: it uses no brain responses, and the text is real."
        ],
    )
    return figure


def _of_panel(gains: pd.DataFrame, name: str, curve: Mapping) -> pd.DataFrame:
    chosen = (gains["level"] == curve["level"]) & (gains["roi"] == curve["roi"]) & (gains["finetuning"] == name)
    return gains[chosen]


def _any_percent(gains: pd.DataFrame, panels: Sequence[tuple[str, Mapping]]) -> bool:
    """Whether a panel is in percent."""
    return any(in_percent(_of_panel(gains, *panel))[1] != "r" for panel in panels)


def _gains_alt(gains: pd.DataFrame, panels: Sequence[tuple[str, Mapping]]) -> str:
    """The highest gain of each row over alpha, mean over snapshots."""
    clauses = []
    for name, curve in panels:
        panel, unit = in_percent(_of_panel(gains, name, curve))
        line = first_side(panel[panel["step"].isna() & (panel["finetuning_alpha"] > 0)])
        best = line.loc[line["mean"].idxmax()] if line["mean"].notna().any() else None
        found = (
            "no gain" if best is None else f"{value_text(best['mean'])} {unit} at alpha {best['finetuning_alpha']:g}"
        )
        clauses.append(f"{panel_name(curve)}: highest gain {found}")
    return panels_text("the gain in brain score over alpha 0", clauses, unit="row")


def _training_alt(probe: pd.DataFrame) -> str:
    """Where perplexity and the refitted retrieval end, by alpha."""
    last = probe.loc[probe.groupby(["finetuning", "finetuning_alpha"])["step"].idxmax()]
    ends = [
        f"{row.finetuning}, alpha {row.finetuning_alpha:g}: retrieval {value_text(row.linear_probe)}, "
        f"perplexity {value_text(row.perplexity)}"
        for row in last.itertuples()
    ]
    return f"Six panels of losses and of measures on held-out text. At the end of the training, {'; '.join(ends)}."


def _blocks_text(probe: pd.DataFrame) -> str:
    """What the bands on held-out text are, if they are drawn."""
    drawn = any(f"{column}_low" in probe and probe[f"{column}_low"].notna().any() for column in HELD_OUT)
    return ", the band is 95 % over blocks of text" if drawn else ""


def in_percent(panel: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The gains of one region in percent if all of them have a percentage, else in r; and the unit."""
    if panel["gain_percent"].isna().any():
        return panel, "r"
    columns = {"gain_percent": "mean", "percent_low": "ci_low", "percent_high": "ci_high"}
    return panel.drop(columns=list(columns.values())).rename(columns=columns), "% of R"


def _draw_shares(ax: Axes, panel: pd.DataFrame, q_level: float) -> None:
    zero_line(ax)
    for _, side, style in sides_of(panel):
        draw_band(ax, side, "finetuning_alpha", colour=BLACK, label="", **style)
        mark_significant(ax, side[side["finetuning_alpha"] > 0], "finetuning_alpha", BLACK, q_level)
    ax.margins(y=0.2)


def _draw_steps(ax: Axes, panel: pd.DataFrame, q_level: float) -> None:
    zero_line(ax)
    for _, side, style in sides_of(panel):
        trained = side[side["finetuning_alpha"] > 0].astype({"step": float})
        for turn, (alpha, line) in enumerate(trained.groupby("finetuning_alpha")):
            draw_band(ax, line, "step", colour=_colour(alpha), label="", band=0.12, **style)
            mark_significant(ax, line, "step", _colour(alpha), q_level, SHAPES[turn % len(SHAPES)])


def _handles(figure: Figure, gains: pd.DataFrame, q_level: float) -> list[Line2D]:
    alphas = sorted(alpha for alpha in gains["finetuning_alpha"].unique() if alpha > 0)
    lines = [
        Line2D([], [], color=_colour(alpha), marker=SHAPES[turn % len(SHAPES)], markersize=4, label=f"alpha {alpha:g}")
        for turn, alpha in enumerate(alphas)
    ]
    return lines + fill_handles(figure, q_level)


def _draw_losses(axes: np.ndarray, losses: pd.DataFrame) -> None:
    """L_high, L_LM and the share of L_high against the step; the share with a band of ± 10 % around its target."""
    forecasting = losses[losses["loss_high"] > 0]
    for ax, (column, title) in zip(axes, LOSSES.items(), strict=True):
        _draw_curves(ax, losses if column == "loss_lm" else forecasting, column)
        ax.set_title(title)
    for alpha in sorted(forecasting["finetuning_alpha"].unique()):
        axes[2].axhspan(0.9 * alpha, 1.1 * alpha, color=_colour(alpha), alpha=0.12, linewidth=0)
    axes[2].set_ylim(0, None)


def _draw_curves(ax: Axes, losses: pd.DataFrame, column: str) -> None:
    for alpha, line in losses.groupby("finetuning_alpha"):
        parts = np.array_split(np.arange(len(line)), min(N_POINTS, len(line)))
        points = [line.iloc[part][["step", column]].mean() for part in parts]
        ax.plot([p["step"] for p in points], [p[column] for p in points], color=_colour(alpha), linewidth=1.2)


def _draw_probes(axes: np.ndarray, probe: pd.DataFrame) -> None:
    """Both retrievals, with chance, and perplexity against the step."""
    for ax, (column, title) in zip(axes, HELD_OUT.items(), strict=True):
        _draw_probe(ax, probe, column)
        ax.set_title(title)
    for ax in axes[:2]:
        ax.axhline(probe["chance"].iloc[0], color=GREY, linewidth=0.8, linestyle=":")


def _draw_probe(ax: Axes, probe: pd.DataFrame, column: str) -> None:
    for alpha, line in probe.groupby("finetuning_alpha"):
        style = {"color": _colour(alpha), "marker": "o", "markersize": 3, "linewidth": 1.2}
        ax.plot(line["step"], line[column], label=f"alpha {alpha:g}", **style)
        if f"{column}_low" in line:
            low, high = line[f"{column}_low"], line[f"{column}_high"]
            ax.fill_between(line["step"], low, high, color=_colour(alpha), alpha=0.12, linewidth=0)


def _colour(alpha: float) -> str:
    shade = LIGHTEST + (1 - LIGHTEST) * float(alpha)
    return matplotlib.colors.to_hex(SHARES(shade) if alpha else GREY)
