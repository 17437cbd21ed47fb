"""One visual language for every picture: fonts, colours, titles, and files that are the same bytes on every run."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainforecast.errors import BadInput
from brainforecast.files import atomic

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
}
# contextmanagers made by a decorator are decorators themselves: @styled draws inside STYLE and leaves no trace
styled = matplotlib.rc_context(STYLE)

# Okabe and Ito's colours, told apart by every common kind of colour vision
LOBE_COLOURS = {
    "temporal": "#D55E00",
    "frontal": "#0072B2",
    "parietal": "#009E73",
    "occipital": "#CC79A7",
    "insula": "#E69F00",
    "cingulate": "#56B4E9",
    "limbic": "#56B4E9",
    "all": "#222222",
}
OTHER_COLOURS = ("#7A4FB3", "#8C6D31", "#3F7F93", "#A33B5C")
GREY = "#8A8A8A"
ACCENT = "#0B5C8A"

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

SCORE_LABELS = {
    "brain_score": "brain score R (Pearson r)",
    "forecast_score": "forecast score F (gain in r)",
}


def rows(table: pd.DataFrame, name: str, **equal: object) -> pd.DataFrame:
    """The rows of `table` whose columns equal what is asked; a cell that was not scored is the user's to mend."""
    kept = table
    for column, value in equal.items():
        there = kept[column].dropna().unique()
        kept = kept[kept[column] == value]
        if kept.empty:
            found = ", ".join(map(str, sorted(there)[:12])) or "nothing"
            raise BadInput(f"{name}, column {column}", f"only {found}", value)
    return kept


def read_rows(path: str | Path, **equal: object) -> pd.DataFrame:
    """Read only the rows whose columns equal what is asked: a table of every cell may be larger than the memory."""
    table = read_rows_if_any(path, **equal)
    if table.empty and equal:
        raise BadInput(path, "no row of the cell", ", ".join(f"{column} {value}" for column, value in equal.items()))
    return table


def read_rows_if_any(path: str | Path, **equal: object) -> pd.DataFrame:
    """As `read_rows`, for the tables of analyses that a config may leave out: no rows is no fault."""
    wanted = [(column, "==", value) for column, value in equal.items()]
    return pd.read_parquet(path, filters=wanted or None)


def read_subjects(paths: Iterable[str | Path], **equal: object) -> pd.DataFrame:
    """The tables of all subjects, one below the other; only the rows whose columns equal what is asked."""
    return pd.concat([read_rows(path, **equal) for path in paths], ignore_index=True)


def put_title(figure: Figure, text: str, detail: str, n_subjects: Iterable[int], *, simulated: bool) -> None:
    """Title: what is shown, and that it is simulated where it is; below it the cell and the number of listeners."""
    first = f"Simulated data: {text[0].lower()}{text[1:]}" if simulated else text
    second = " · ".join(part for part in (detail, listeners(n_subjects)) if part)
    figure.suptitle(f"{first}\n{second}", x=0.01, ha="left", fontsize=9.5, linespacing=1.35)


def listeners(n_subjects: Iterable[int]) -> str:
    """Number of listeners in words; a range where targets differ."""
    counts = sorted({int(n) for n in n_subjects})
    if not counts:
        return "n = 0 listeners"
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"n = {number} listener{'s' if counts[-1] != 1 else ''}"


def seconds_axis(ax: Axes, side: str, word_rate: float, label: str = "seconds") -> Axes:
    """Mark an axis in words a second time, in seconds at `word_rate` words per second; side: top or right.

    The colour bar of a map is such an axis too.
    """
    if not word_rate > 0:
        raise BadInput("word rate", word_rate, "words per second above 0")
    add = ax.secondary_xaxis if side == "top" else ax.secondary_yaxis
    second = add(side, functions=(lambda words: words / word_rate, lambda seconds: seconds * word_rate))
    axis = second.xaxis if side == "top" else second.yaxis
    axis.set_label_text(label)
    second.spines[side].set_visible(False)
    return second


def word_rate(words: Iterable[pd.DataFrame]) -> float:
    """Words per second of speech: words over the time from the first onset to the last offset, summed over stories."""
    spans = [(len(table), table["offset"].max() - table["onset"].min()) for table in words]
    return sum(n for n, _ in spans) / sum(seconds for _, seconds in spans)


def layer_name(cell: Mapping[str, object]) -> str:
    """Model and layer of a cell in words."""
    return f"{cell['model']} layer {cell['layer']}"


def window_name(cell: Mapping[str, object]) -> str:
    """Forecast window of a cell in words; a window that is not what was heard says so."""
    source = "" if cell.get("source", "true") == "true" else f"{cell['source']} "
    return f"{source}window of {cell['width']} words"


def colour_of(name: str, position: int = 0) -> str:
    """Colour of a lobe; a region that is no lobe gets one by its position."""
    return LOBE_COLOURS.get(name, OTHER_COLOURS[position % len(OTHER_COLOURS)])


def single_sides(table: pd.DataFrame) -> pd.DataFrame:
    """Regions hemisphere by hemisphere: rows that pool both are left out where there are rows that do not."""
    apart = table[table["hemi"].notna()]
    return apart if len(apart) else table


def side_by_side(hemi: object, name: str) -> str:
    """Label of a region, with its hemisphere where it has one."""
    return f"{hemi} {name}" if isinstance(hemi, str) and hemi else name


@styled
def save_figure(figure: Figure, *paths: str | Path) -> None:
    """Write `figure` to each path, in the format of its suffix, without a date or a version inside."""
    unstamped = {".svg": {"Date": None, "Creator": None}, ".png": {"Software": None}}
    for path in map(Path, paths):
        with atomic(path) as temporary:
            figure.savefig(temporary, metadata=unstamped[path.suffix])
