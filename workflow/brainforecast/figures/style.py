"""What all figures share: settings, fonts, colours, titles, and files that are the same bytes on every run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes

from brainforecast.errors import BadInput
from brainforecast.figures.captions import Figure, sentences
from brainforecast.files import atomic
from brainforecast.results.selection import subjects_text
from brainforecast.storage.captions import Caption

matplotlib.use("Agg")  # no display on a cluster

STYLE = {
    "font.family": "DejaVu Sans",  # ships inside matplotlib, so a picture is the same on every machine
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.dpi": 100,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "brainforecast",  # element ids of an SVG are random without it
    "svg.fonttype": "path",
    "text.parse_math": False,  # names of regions and labels are drawn as they are, also between dollar signs
}
# a generator-based context manager is a decorator too: @styled draws inside STYLE and restores matplotlib's settings
styled = matplotlib.rc_context(STYLE)

BLACK = "#222222"  # legend entries that hold for lines of any colour
DARK = "#333333"  # reference lines and error bars
GREY = "#8A8A8A"
ACCENT = "#0B5C8A"

# Okabe and Ito's colours, distinguishable with every common kind of colour vision
LOBE_COLOURS = {
    "temporal": "#D55E00",
    "frontal": "#0072B2",
    "parietal": "#009E73",
    "occipital": "#CC79A7",
    "insula": "#E69F00",
    "cingulate": "#56B4E9",
    "limbic": "#56B4E9",
    "all": BLACK,
}
OTHER_COLOURS = ("#7A4FB3", "#8C6D31", "#3F7F93", "#A33B5C")

SOURCE_COLOURS = {
    "true": ACCENT,
    "shuffled": GREY,
    "random": "#CC79A7",
    "static": "#009E73",
    "generated": "#D55E00",
    "syntactic": "#E69F00",
    "semantic": "#56B4E9",
}

SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"

ONE_SUBJECT = "One subject: there are no bands, intervals, p or q over subjects; values are the subject's own."

SCORE_LABELS = {
    "brain_score": "brain score R (Pearson r)",
    "forecast_score": "forecast score F (gain in r)",
}


@dataclass(frozen=True)
class FigureSettings:
    """What the figures of a run show.

    Attributes
    ----------
    cell : the reported cell: ``model``, ``layer``, ``source``, ``width``, ``distance`` and ``depth_distance``.
    q_level : results with q below it count as significant.
    simulated : whether the responses are simulated; titles then state it.
    curves : ``level`` and ``roi`` of each group of targets with its own panel, and a ``label``; all lobes if empty.
    """

    cell: Mapping[str, object]
    q_level: float
    simulated: bool
    curves: Sequence[Mapping[str, str]] = ()

    def pick(self, *keys: str) -> dict[str, object]:
        """These keys of the reported cell, to select rows of a table."""
        return {key: self.cell[key] for key in keys}


def put_title(
    figure: Figure,
    text: str,
    detail: str,
    n_subjects: Iterable[int] | None,
    *,
    simulated: bool,
    alt: str,
    caption: Sequence[str],
) -> None:
    """Title: what is shown, and whether it is simulated; below it the cell and the number of subjects.

    Parameters
    ----------
    n_subjects : of what is drawn; None where no responses are used.
    alt : what is seen, for readers who cannot see it.
    caption : paragraphs of the figure's caption: what was drawn, and nothing else. Whether it is simulated and the
        number of subjects are added.
    """
    first = f"Simulated data: {text[0].lower()}{text[1:]}" if simulated else text
    n = "" if n_subjects is None else subjects_text(n_subjects := list(n_subjects))
    second = " · ".join(part for part in (detail, n) if part)
    figure.suptitle("\n".join(filter(None, (first, second))), x=0.01, ha="left", fontsize=9.5, linespacing=1.35)
    paragraphs = [sentences(caption[0], n and f"{n}."), *caption[1:]]
    paragraphs += [ONE_SUBJECT] if n_subjects is not None and set(n_subjects) == {1} else []
    figure.caption = Caption(text, f"Simulated data. {alt}" if simulated else alt, tuple(paragraphs))


def seconds_axis(ax: Axes, side: str, word_rate: float, label: str = "seconds") -> Axes:
    """Add an axis in seconds to an axis in words, at `word_rate` words per second; side: top or right.

    Works for the colour bar of a map too.
    """
    if not word_rate > 0:
        raise BadInput("word rate", word_rate, "words per second above 0")
    add = ax.secondary_xaxis if side == "top" else ax.secondary_yaxis
    second = add(side, functions=(lambda words: words / word_rate, lambda seconds: seconds * word_rate))
    axis = second.xaxis if side == "top" else second.yaxis
    axis.set_label_text(label)
    second.spines[side].set_visible(False)
    return second


def colour_of(name: str, position: int = 0) -> str:
    """Colour of a lobe; any other region gets one by its position."""
    return LOBE_COLOURS.get(name, OTHER_COLOURS[position % len(OTHER_COLOURS)])


@styled
def save_figure(figure: Figure, *paths: str | Path) -> None:
    """Write `figure` to each path, in the format of its suffix, without a date or version; its caption to ``.rst``."""
    unstamped = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}}
    for path in map(Path, paths):
        # texts that matplotlib makes only now, such as labels of ticks, are no mathematics either
        with atomic(path) as temporary, matplotlib.rc_context({"text.parse_math": False}):
            if path.suffix == ".rst":
                temporary.write_text(figure.caption.to_rst(), encoding="utf-8")
            else:
                figure.savefig(temporary, metadata=unstamped[path.suffix])
