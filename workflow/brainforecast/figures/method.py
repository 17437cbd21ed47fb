"""A drawing of the method: words, present and window, designs, ridge regressions, R and F.

``docs/method.svg`` is made by ``PYTHONPATH=workflow python -m brainforecast.figures.method docs/method.svg``.
"""

import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from brainforecast.figures.captions import Figure
from brainforecast.figures.style import ACCENT, DARK, GREY, SOURCE_COLOURS, readable, save_figure, styled

WORDS = (
    "she",
    "walked",
    "home",
    "through",
    "the",
    "rain",
    "and",
    "saw",
    "that",
    "the",
    "lights",
    "in",
    "the",
    "kitchen",
)
PRESENT, DISTANCE, WIDTH = 3, 8, 7  # index of the present word; d and w of the window, words
WINDOW = range(PRESENT + DISTANCE - WIDTH + 1, PRESENT + DISTANCE + 1)
PALE = {ACCENT: "#DCE8F0", SOURCE_COLOURS["syntactic"]: "#F7EBD8", GREY: "#F0F0F0"}  # fills of boxes
AHEAD = SOURCE_COLOURS["syntactic"]  # colour of the window, whose words are not spoken yet
STEPS = ("sum of the words\nin each volume", "20 principal\ncomponents", "delays of\n0 to 5 volumes")
SIZE = 7.5  # points


@styled
def draw_method() -> Figure:
    """The words of a story above; below, from the present word and from the window to R and F."""
    figure = Figure(figsize=(9.6, 4.7))
    ax = figure.subplots()
    ax.set_xlim(0, 96)
    ax.set_ylim(3, 50)
    ax.set_axis_off()
    _draw_words(ax)
    _draw_row(ax, 23.5, ACCENT, "X: vector of the\npresent word", "B")
    _draw_row(ax, 15.0, AHEAD, "X~(d): vectors\nof the window", "W(d)")
    _draw_scores(ax)
    return figure


def _draw_words(ax: Axes) -> None:
    """A box per word, the brackets of present and window, the distance, and the language model below."""
    height, y = 3.6, 40.0
    edges = [3.0]
    for index, word in enumerate(WORDS):
        colour = ACCENT if index == PRESENT else AHEAD if index in WINDOW else GREY
        width = 1.9 + 0.82 * len(word)
        _box(ax, edges[-1], y, width, height, word, colour)
        edges.append(edges[-1] + width + 0.5)
    middle = [(a + b - 0.5) / 2 for a, b in pairwise(edges)]
    first, last = edges[WINDOW[0]], edges[WINDOW[-1] + 1] - 0.5
    _write(ax, middle[PRESENT], y + height + 4.6, "present word n", color=ACCENT, weight="bold")
    _arrow(ax, (middle[PRESENT], y + height + 2.2), (middle[WINDOW[-1]], y + height + 2.2), AHEAD)
    ax.plot([middle[PRESENT]] * 2, [y + height + 0.3, y + height + 3.4], color=ACCENT, linewidth=1.0)
    _write(ax, (middle[PRESENT] + middle[WINDOW[-1]]) / 2 + 6, y + height + 3.7,
           f"distance d = {DISTANCE} words, to the last word of the window", color=AHEAD)  # fmt: skip
    ax.plot([first, first, last, last], [y - 0.5, y - 1.4, y - 1.4, y - 0.5], color=AHEAD, linewidth=1.0)
    _write(ax, (first + last) / 2, y - 2.5, f"window of w = {WIDTH} words", color=AHEAD, weight="bold")
    model = "language model, one layer: a vector for each word, from that word and the words before it"
    _box(ax, 3.0, 31.5, 79.0, 3.6, model, GREY)
    for x in middle:
        _arrow(ax, (x, y - 3.6 if first < x < last else y - 0.4), (x, 35.3), GREY)
    _arrow(ax, (9.2, 31.3), (9.2, 29.2), ACCENT)
    ax.plot([2.7, 1.5, 1.5], [33.3, 33.3, 17.7], color=AHEAD, linewidth=1.0)
    _arrow(ax, (1.5, 17.7), (2.8, 17.7), AHEAD)


def _draw_row(ax: Axes, y: float, colour: str, name: str, design: str) -> None:
    """From vectors to a design matrix."""
    starts, widths = (3.0, 19.0, 33.5, 45.5, 58.0), (12.5, 11.5, 9.0, 9.5, 5.5)
    texts = (name, *STEPS, design)
    for start, width, text in zip(starts, widths, texts, strict=True):
        _box(ax, start, y, width, 5.4, text, colour, bold=text == design)
    for start, width, following in zip(starts, widths, starts[1:], strict=False):
        _arrow(ax, (start + width + 0.3, y + 2.7), (following - 0.3, y + 2.7), colour)


def _draw_scores(ax: Axes) -> None:
    """Both regressions on BOLD, R of each, and their difference F."""
    _bold(ax, 88.0, 38.5)
    boxes = ((23.5, "ridge on B", "R[B]"), (15.0, "ridge on [B, W(d)]", "R[B, W(d)]"))
    for y, model, score in boxes:
        _box(ax, 69.0, y, 13.0, 5.4, f"{model}\nto BOLD", GREY)
        _box(ax, 85.5, y, 9.5, 5.4, score, GREY, bold=True)
        _arrow(ax, (82.3, y + 2.7), (85.2, y + 2.7), DARK)
    _arrow(ax, (63.8, 26.2), (68.7, 26.2), ACCENT)
    _arrow(ax, (63.8, 17.7), (68.7, 17.7), AHEAD)
    _arrow(ax, (63.8, 25.0), (68.7, 19.2), ACCENT)
    _arrow(ax, (90.2, 37.5), (90.2, 29.2), DARK)
    _write(
        ax,
        67.5,
        12.8,
        "R: correlation of predicted and measured BOLD,\non volumes that the ridge was not fitted on",
        color=DARK,
    )
    _box(ax, 53.0, 4.5, 42.0, 5.4, "forecast score F(d) = R[B, W(d)] − R[B]", AHEAD, bold=True)
    _arrow(ax, (90.2, 14.8), (90.2, 10.2), DARK)


def _bold(ax: Axes, x: float, y: float) -> None:
    """A time series."""
    time = np.linspace(0, 6, 60)
    ax.plot(
        x + time - 0.8, y + 2.2 + 0.9 * np.sin(2.1 * time) + 0.5 * np.sin(5.3 * time + 1), color=DARK, linewidth=0.9
    )
    _write(ax, x + 2.2, y + 5.6, "BOLD of one\ntarget", color=DARK)


def _box(
    ax: Axes, x: float, y: float, width: float, height: float, text: str, colour: str, *, bold: bool = False
) -> None:
    style = {"boxstyle": "round,pad=0,rounding_size=0.6", "edgecolor": colour, "facecolor": PALE[colour]}
    ax.add_patch(FancyBboxPatch((x, y), width, height, linewidth=1.0, **style))
    _write(ax, x + width / 2, y + height / 2, text, color="black", weight="bold" if bold else "normal")


def _write(ax: Axes, x: float, y: float, text: str, *, ha: str = "center", **style) -> None:
    style["color"] = readable(style["color"])
    ax.text(x, y, text, ha=ha, va="center", fontsize=SIZE, **style)


def _arrow(ax: Axes, start: Sequence[float], end: Sequence[float], colour: str) -> None:
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, color=colour, linewidth=1.0,
                                 shrinkA=0, shrinkB=0))  # fmt: skip


if __name__ == "__main__":
    save_figure(draw_method(), *sys.argv[1:])
