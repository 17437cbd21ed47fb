"""What all figures share: settings, fonts, colours, titles, and files that are the same bytes on every run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from brainforecast.errors import BadInput
from brainforecast.figures.captions import Figure, sentences
from brainforecast.files import atomic
from brainforecast.results.selection import subjects_text
from brainforecast.storage.captions import Caption

matplotlib.use("Agg")  # no display on a cluster

STYLE = {
    "font.family": "sans-serif",
    # the first ships inside matplotlib, so a PNG is the same on every machine; an SVG names them for a viewer to take
    # the first that it has: Verdana, on Windows and macOS, has about the same widths
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Geneva"],
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
    "svg.fonttype": "none",  # texts stay texts: found by a search, edited in a drawing program
    "text.parse_math": False,  # names of regions and labels are drawn as they are, also between dollar signs
}
# a generator-based context manager is a decorator too: @styled draws inside STYLE and restores matplotlib's settings
styled = matplotlib.rc_context(STYLE)

BLACK = "#222222"  # legend entries that hold for lines of any colour
DARK = "#333333"  # reference lines and error bars
GREY = "#757575"  # what others are compared with: the shuffled control, chance, the diagonal
ACCENT = "#0B5C8A"

# A colour has one meaning in a figure, and no figure draws two of these families. Within each, colours are at least
# 20 apart (CIE Lab) also as seen with deuteranopia, and 3:1 against white; texts are darkened to 4.5:1 (`readable`).
LOBE_COLOURS = {
    "temporal": "#D2601F",
    "frontal": "#1150C8",
    "parietal": "#299979",
    "occipital": "#7A3A78",
    "insula": "#644622",
    "cingulate": "#0D90D3",
    "limbic": "#0D90D3",  # no parcellation has both
    "all": BLACK,
}
OTHER_COLOURS = ("#9C3410", "#0A97C2", "#B8317F", "#1F4F1C")  # of lobes with other names
SERIES_COLOURS = ("#1150C8", "#D2601F", "#299979", "#7A3A78", "#644622", "#0D90D3")  # of models, variants

SOURCE_COLOURS = {
    "true": ACCENT,
    "shuffled": GREY,
    "random": "#630049",
    "static": "#3E9A54",
    "generated": "#96260A",
    "syntactic": "#BC7A12",
    "semantic": "#1A90D2",
}
# Filled or hollow is a test, whatever the shape: filled where q is below the level, hollow where it is not or where
# nothing was tested (`panels.mark_tested`). Marks that no test belongs to are filled. Shapes keep series apart.
SOURCE_SHAPES = {"random": "D", "static": "s", "generated": "^", "syntactic": "v", "semantic": "P"}
SHAPES = "so^DvP<>X"

TEXT_CONTRAST = 4.5

SEQUENTIAL = "viridis"
DIVERGING = "RdBu_r"

ONE_SUBJECT = "One subject: values are the subject's own, and nothing is tested over subjects."
SECONDS = "seconds at the mean rate"

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
    caption: Sequence[str | bool],
) -> None:
    """Title: what is shown, and whether it is simulated; below it the cell and the number of subjects.

    Parameters
    ----------
    n_subjects : of what is drawn; None where no responses are used.
    alt : what is seen, for readers who cannot see it.
    caption : paragraphs of the figure's caption: what was drawn, and nothing else; empty ones are left out. Whether
        it is simulated and the number of subjects are added.
    """
    first = f"Simulated data: {text[0].lower()}{text[1:]}" if simulated else text
    n = "" if n_subjects is None else subjects_text(n_subjects := list(n_subjects))
    second = " · ".join(part for part in (detail, n) if part)
    figure.suptitle("\n".join(filter(None, (first, second))), x=0.01, ha="left", fontsize=9.5, linespacing=1.35)
    paragraphs = [sentences(caption[0], n and f"{n}."), *filter(None, caption[1:])]
    paragraphs += [ONE_SUBJECT] if n_subjects is not None and set(n_subjects) == {1} else []
    figure.caption = Caption(text, f"Simulated data. {alt}" if simulated else alt, tuple(paragraphs))


def seconds_axis(ax: Axes, side: str, word_rate: float, label: str = SECONDS) -> Axes:
    """Add an axis in seconds to an axis in words, at `word_rate` words per second; side: top or right.

    Works for the colour bar of a map too. Words are not evenly spaced: a label states that it is the mean rate.
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


def contrast_with_white(colour: str) -> float:
    """Ratio of luminances, 1 to 21, as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 1.05 / (sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)


def readable(colour: str) -> str:
    """The colour for a text on white: darkened until its contrast is 4.5:1."""
    shades = (to_hex([c * share / 100 for c in to_rgb(colour)]) for share in range(100, -1, -2))
    return next(shade for shade in shades if contrast_with_white(shade) >= TEXT_CONTRAST)


@styled
def save_figure(figure: Figure, *paths: str | Path) -> None:
    """Write `figure` to each path, in the format of its suffix, without a date or version; its caption to ``.rst``."""
    unstamped = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}}
    # texts that matplotlib makes only now, such as labels of ticks, are no mathematics either; a figure without a
    # layout would have this one from its second file on
    settings = {"text.parse_math": False, "figure.constrained_layout.use": False}
    for path in map(Path, paths):
        with atomic(path) as temporary, matplotlib.rc_context(settings):
            if path.suffix == ".rst":
                temporary.write_text(figure.caption.to_rst(), encoding="utf-8")
            else:
                figure.savefig(temporary, metadata=unstamped[path.suffix])
