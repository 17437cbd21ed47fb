"""A figure that carries its caption, and what captions are made of: only what was drawn is named.

Texts are for one figure, computed from the rows that it draws: numbers of panels, where a curve is highest, which marks
are filled. A sentence about a line, a mark, an axis or an effect stands only where the figure has it.
"""

from collections.abc import Iterable, Sequence

import matplotlib.figure
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from brainforecast.storage.captions import Caption

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WILCOXON = "two-sided Wilcoxon signed-rank test against 0, false discovery rate over regions"
Ahead = tuple[float, float, float] | None  # median, 5th and 95th percentile of seconds (`seconds_text`)
MOST_CLAUSES = 8  # of an alternative text: one per panel


class Figure(matplotlib.figure.Figure):
    """A figure with its caption, which `style.put_title` gives it and `style.save_figure` writes.

    Attributes
    ----------
    caption : None until it has a title.
    q_values : of each mark that was drawn as filled or hollow (`panels.mark_tested`); NaN for one that was not tested.
    """

    caption: Caption | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.q_values: list[float] = []


def labels_of(axes: Iterable[Axes]) -> set[str]:
    """The labels of all lines in these panels: what a caption may name."""
    return {str(line.get_label()) for ax in axes for line in ax.lines if not str(line.get_label()).startswith("_")}


def sentences(*parts: str | bool | None) -> str:
    """A paragraph of those parts that are there."""
    return " ".join(part for part in parts if part)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def count_text(n: int, what: str) -> str:
    """A number of things in words: one panel, four panels."""
    return f"{NUMBERS[n] if n < len(NUMBERS) else n} {what}{'' if n == 1 else 's'}"


def list_text(items: Sequence[str]) -> str:
    """Items with commas, and the last with *and*."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def value_text(value: float) -> str:
    """A score with two significant digits and no exponent, its minus sign as long as a digit."""
    return np.format_float_positional(float(f"{value:.2g}"), trim="-").replace("-", "−")


def has_band(table: pd.DataFrame) -> bool:
    """Whether rows have an interval over subjects; one subject has none."""
    return bool(table["ci_low"].notna().any())


def mean_text(what: str, table: pd.DataFrame, spread: str = "95 % bands") -> str:
    """What the lines or marks are: a mean over subjects with its spread, or the values of one subject."""
    several = has_band(table)
    return (
        f"Mean over subjects of {what}, with {spread} over subjects." if several else f"{capital(what)}, one subject."
    )


def seconds_text(axes: str, distance: object, ahead: Ahead, *, marked: bool = False) -> str:
    """What an axis in seconds is, and how far in seconds the words at the reported distance are.

    Parameters
    ----------
    axes : which, as in "The upper axis is".
    ahead : median, 5th and 95th percentile of the seconds from a word to the word at `distance`
        (`results.selection.seconds_ahead`); None if they were not computed.
    marked : whether a thick line on the axis spans them (`panels.name_distance_axes`).
    """
    spread = ""
    if ahead is not None and np.isfinite(ahead).all():
        median, low, high = (f"{seconds:.1f}".replace("-", "−") for seconds in ahead)
        words = f"{distance} word{'' if distance == 1 else 's'}".replace("-", "−")
        line = ": the thick line" if marked else ""
        spread = f", which hides a spread: {words} ahead is {low} to {high} s away for 90 % of words"
        spread += f" (median {median} s){line}"
    return f"{axes} in seconds at the mean rate of speech{spread}."


def over_subjects(n_subjects: Iterable[int]) -> str:
    """To follow a number that is a mean over subjects; nothing for one subject."""
    return ", mean over subjects" if max(n_subjects, default=1) > 1 else ""


def fill_text(figure: Figure, q_level: float, test: str = WILCOXON) -> str:
    """What filled and hollow marks are, of those that this figure has."""
    q = np.asarray(figure.q_values, float)
    if not q.size:
        return ""
    filled, hollow, untested = (q < q_level).any(), (q >= q_level).any(), np.isnan(q).any()
    which = "Filled" if hollow or untested else "All marks are filled"
    none = "All tested marks" if untested else "All marks"
    parts = [
        filled and f"{which}: q below {q_level:g} ({test}).",
        hollow and filled and "Hollow: q is not below it.",
        hollow and not filled and f"{none} are hollow: q is not below {q_level:g} for any ({test}).",
        untested and ("Hollow, too: not tested." if hollow else "Hollow: not tested."),
    ]
    return sentences(*parts)


def highest_text(name: str, line: pd.DataFrame, x: str, symbol: str, score: str = "F") -> str:
    """Where a curve is highest, and from where to where around it its band lies above 0.

    Parameters
    ----------
    line : rows of one curve, with columns `x`, ``mean`` and ``ci_low``.
    symbol : of the column `x`, as in ``d``.
    """
    line = line.sort_values(x).reset_index(drop=True)
    if line.empty or line["mean"].isna().all():
        return f"{name}: no {score}"
    best = int(line["mean"].idxmax())
    where = f"{name}: {score} is highest at {symbol} = {_x(line, x, best)} ({value_text(line['mean'][best])})"
    above = (line["ci_low"] > 0).to_numpy()
    if not has_band(line):
        return where
    if not above[best]:
        return f"{where}, where its band is not above 0"
    first = best - int(np.argmin(np.append(above[best::-1], False))) + 1
    last = best + int(np.argmin(np.append(above[best:], False))) - 1
    if first == last:
        return f"{where}, and its band is above 0 there alone"
    return f"{where}, and its band is above 0 from {symbol} = {_x(line, x, first)} to {_x(line, x, last)}"


def panels_text(what: str, clauses: Sequence[str], unit: str = "panel") -> str:
    """An alternative text of panels: how many, of what, and a clause for each of the first ones."""
    shown = "; ".join(clauses[:MOST_CLAUSES])
    rest = len(clauses) - MOST_CLAUSES
    more = f"; and {count_text(rest, f'more {unit}')}" if rest > 0 else ""
    return f"{capital(count_text(len(clauses), unit))} of {what}. {capital(shown)}{more}."


def _x(line: pd.DataFrame, x: str, index: int) -> str:
    return f"{line[x][index]:g}".replace("-", "−")
