"""Captions and alternative texts of every figure: what they name is there."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from brainforecast.figures.captions import fill_text, highest_text, seconds_text, value_text
from helpers.figures import RATE, lines_of


def axes_of(figure: Figure) -> list[Axes]:
    """All panels, and the axes at their other sides."""
    return [axes for ax in figure.axes for axes in (ax, *ax.child_axes)]


def lines(figure: Figure) -> list[Line2D]:
    """Lines with points in the panels, as of curves, marks and references."""
    return [line for ax in figure.axes for line in ax.lines if len(line.get_xdata())]


def collections(figure: Figure, kind: type = Collection) -> list:
    """Bands, dots and segments that have something in them."""
    found = [artist for ax in figure.axes for artist in ax.collections if isinstance(artist, kind)]
    return [artist for artist in found if artist.get_paths() or len(artist.get_offsets())]


def containers(figure: Figure, kind: type) -> list:
    return [container for ax in figure.axes for container in ax.containers if isinstance(container, kind)]


def has_style(style: str):
    return lambda figure: any(line.get_linestyle() == style for line in lines(figure))


def has_marker(marker: object):
    return lambda figure: any(line.get_marker() == marker for line in lines(figure))


def faces(figure: Figure) -> Iterator[tuple]:
    """Face and edge of each mark."""
    for dots in collections(figure):
        if len(dots.get_offsets()) > 0 and len(dots.get_edgecolors()):
            edges = np.resize(dots.get_edgecolors(), (len(dots.get_facecolors()), 4))
            yield from zip(map(tuple, dots.get_facecolors()), map(tuple, edges), strict=True)
    for line in lines(figure):
        if isinstance(line.get_marker(), str) and line.get_marker() in "osD^v<>P":
            yield to_rgba(line.get_markerfacecolor()), to_rgba(line.get_markeredgecolor())


WHITE = (1.0, 1.0, 1.0, 1.0)


def has_hollow(figure: Figure) -> bool:
    return any(face == WHITE != edge for face, edge in faces(figure))


def has_filled(figure: Figure) -> bool:
    return any(face != WHITE for face, _ in faces(figure))


def has_band(figure: Figure) -> bool:
    """An area between two curves, or a span."""
    spans = [patch for ax in figure.axes for patch in ax.patches if not any(patch in bars for bars in ax.containers)]
    return bool(collections(figure, PolyCollection) or spans)


def has_interval(figure: Figure) -> bool:
    """Error bars of some length."""
    bars = [segments for box in containers(figure, ErrorbarContainer) for segments in box.lines[2]]
    return any(np.ptp(segment) > 0 for each in bars for segment in each.get_segments())


def is_grey(colour: object) -> bool:
    red, green, blue, _ = to_rgba(colour)
    return max(red, green, blue) - min(red, green, blue) < 0.06 and 0.3 < green < 0.95


def has_grey(figure: Figure) -> bool:
    """A grey line, dot, bar, or part of an image."""
    marks = [line.get_color() for line in lines(figure)]
    marks += [colour for dots in collections(figure) for colour in (*dots.get_facecolors(), *dots.get_edgecolors())]
    marks += [patch.get_facecolor() for ax in figure.axes for patch in ax.patches]
    return any(map(is_grey, marks)) or any(isinstance(artist, AxesImage) for ax in figure.axes for artist in ax.images)


def has_seconds(side: str):
    """An axis at this side in seconds."""

    def there(figure: Figure) -> bool:
        axes = [child for ax in figure.axes for child in ax.child_axes]
        labels = [child.get_xlabel() if side == "upper" else child.get_ylabel() for child in axes]
        return any("seconds" in label for label in labels)

    return there


def has_lower_panel(figure: Figure) -> bool:
    """A panel under another that shares its x axis."""
    shared = [(a, b) for a in figure.axes for b in figure.axes if a is not b and a.get_shared_x_axes().joined(a, b)]
    return any(a.get_position().y1 <= b.get_position().y0 for a, b in shared)


def has_label(*words: str):
    """A line, mark or bar whose entry in the legend has one of these words."""

    def there(figure: Figure) -> bool:
        legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
        texts = [text.get_text() for legend in legends for text in legend.get_texts()]
        return any(word in text for word in words for text in texts)

    return there


# a word of a caption, and what must then be in the figure
WORDS = {
    r"\bdotted\b": has_style(":"),
    r"\bdashed\b": has_style("--"),
    r"\bdash-dotted\b": has_style("-."),
    r"\bhollow\b": has_hollow,
    r"(?<!are )\bfilled\b": has_filled,
    r"\bband": has_band,
    r"\bintervals?\b": lambda figure: has_interval(figure) or has_band(figure),
    r"\bbars\b": lambda figure: has_interval(figure) or containers(figure, BarContainer) or has_label("mean")(figure),
    r"\bstars?\b": has_marker((6, 2, 0)),
    r"\bcross(es)?\b": has_marker("x"),
    r"\btick\b": has_marker("|"),
    r"\btriangles\b": lambda figure: has_marker("<")(figure) or has_marker(">")(figure),
    r"\bgrey\b": has_grey,
    r"upper( and the right)? axis|seconds above": has_seconds("upper"),
    r"\bthick line\b": lambda figure: any(line.get_linewidth() > 3 for line in lines(figure)),
    r"right axis": has_seconds("right"),
    r"\bin a panel of its own\b": has_lower_panel,
    r"\bmirror\b": lambda figure: has_label("mirror")(figure) or "M(" in labels_and_texts(figure),
    r"\bshuffled\b": has_label("shuffled"),
    r"\bnoise ceiling\b": lambda figure: has_label("noise ceiling")(figure) or "ceiling" in labels_and_texts(figure),
    r"\bborders of lobes\b": lambda figure: bool(collections(figure, LineCollection)),
    r"\bpointed\b": lambda figure: any(getattr(ax, "_colorbar", None) and ax._colorbar.extend != "neither"
                                       for ax in figure.axes),
    r"\bq (below|is below|is not below)": lambda figure: has_hollow(figure) or has_filled(figure)
    or "q" in labels_and_texts(figure),
    r"\bover subjects\b": lambda figure: re.search(r"n = (?!1 subject\b)", figure.get_suptitle()),
    r"\bone subject\b": lambda figure: "n = 1 subject" in figure.get_suptitle(),
}  # fmt: skip
ELSEWHERE = ("compare f with", "it is not the interval")  # what such sentences name is in another place, by intent
ABSENT = "One subject: "  # a paragraph on what there is not


def labels_and_texts(figure: Figure) -> str:
    """All labels of axes, and texts in panels and legends."""
    texts = [text for ax in axes_of(figure) for text in (ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left"))]
    texts += [text.get_text() for ax in figure.axes for text in ax.texts]
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    return " ".join([*texts, *(text.get_text() for legend in legends for text in legend.get_texts())])


@pytest.mark.parametrize("word", WORDS)
def test_a_caption_names_only_what_was_drawn(all_figures, word):
    """Each word for a line, a mark, an axis or a test stands only where the figure has it."""
    wrong, used = [], 0
    for name, figure in all_figures.items():
        for paragraph in figure.caption.paragraphs:
            for sentence in re.split(r"(?<=[.;:])\s", "" if paragraph.startswith(ABSENT) else paragraph):
                if re.search(word, sentence, re.IGNORECASE) and not sentence.lower().startswith(ELSEWHERE):
                    used += 1
                    if not WORDS[word](figure):
                        wrong.append(f"{name}: {sentence}")
    assert not wrong, "\n".join(wrong)
    assert used, "no caption has it: the rule is of no use"


def test_what_is_drawn_is_explained(all_figures):
    """Hollow marks, the shuffled control, dotted mirrors, error bars and axes in seconds are in the caption."""
    for name, figure in all_figures.items():
        caption = " ".join(figure.caption.paragraphs).lower()
        for there, word in (
            (has_hollow(figure), "hollow"),
            (has_label("shuffled window")(figure), "shuffled"),
            (has_label("mirror")(figure), "mirror"),
            (has_interval(figure), "interval|sem|standard error"),
            (has_seconds("upper")(figure), "seconds"),
            (has_marker("x")(figure), "cross"),
        ):
            assert not there or re.search(word, caption), f"{name}: no word of {word}"


def test_an_alternative_text_is_what_is_seen(all_figures):
    """Numbers of the figure in at most four sentences, and never its title again."""
    for name, figure in all_figures.items():
        alt, title = figure.caption.alt, figure.caption.title
        own = alt.removeprefix("Simulated data. ")
        assert "TODO" not in alt and title.rstrip(".") not in (own.rstrip("."), alt.rstrip(".")), name
        assert re.search(r"\d", own) and not own[0].islower() and own.endswith("."), f"{name}: {alt}"
        assert 1 <= len(re.findall(r"[.](?=\s[A-Z]|$)", own)) <= 4, f"{name}: {alt}"
        assert "nan" not in re.split(r"\W", alt + " ".join(figure.caption.paragraphs)), f"{name}: {alt}"


def test_the_alternative_text_of_curves_is_the_lines(all_figures):
    """Where the curve of each panel is highest, and from where to where its band is above 0."""
    figure = all_figures["cortex: forecast_curves"]
    for ax in figure.axes[:3]:
        x, y = lines_of(ax)["true window, 95 % band"].get_data()
        best = f"F is highest at d = {x[np.argmax(y)]:g} ({value_text(max(y))})"
        assert best.replace("-", "−") in figure.caption.alt


def test_where_a_band_is_above_0(cortex):
    """Only the stretch around the highest point."""
    scores = cortex["roi_scores"].query("roi == 'temporal' and source == 'true' and score == 'forecast_score'")
    line = scores[scores["hemi"].isna()].assign(ci_low=-1.0)
    line.loc[line["distance"].between(3, 9) | (line["distance"] == 12), "ci_low"] = 0.001
    line.loc[line["distance"] == 5, "mean"] = 1.0
    assert highest_text("x", line, "distance", "d") == (
        "x: F is highest at d = 5 (1), and its band is above 0 from d = 3 to 9"
    )
    line["ci_low"] = -1.0
    assert highest_text("x", line, "distance", "d").endswith("where its band is not above 0")
    assert highest_text("x", line.assign(ci_low=np.nan), "distance", "d") == "x: F is highest at d = 5 (1)"


def test_values_are_short():
    """Two digits that count, no exponent, a real minus sign."""
    assert [value_text(value) for value in (0.02149, -0.0000263, 12.0, 0.0)] == ["0.021", "−0.000026", "12", "0"]


@pytest.mark.parametrize(
    ("q_values", "text"),
    [
        ([], ""),
        ([0.001, 0.5], "Filled: q below 0.05 (t). Hollow: q is not below it."),
        ([0.001], "All marks are filled: q below 0.05 (t)."),
        ([0.5], "All marks are hollow: q is not below 0.05 for any (t)."),
        ([np.nan], "Hollow: not tested."),
        ([0.5, np.nan], "All tested marks are hollow: q is not below 0.05 for any (t). Hollow, too: not tested."),
    ],
)
def test_filled_and_hollow_are_explained_as_they_occur(all_figures, q_values, text):
    figure = type(all_figures["cortex: widths"])()
    figure.q_values = q_values
    assert fill_text(figure, 0.05, "t") == text


def test_the_spread_of_seconds_is_in_the_caption(all_figures):
    """Of the reported distance; nothing is stated where it is not known."""
    figure = all_figures["cortex: forecast_curves"]
    wanted = "8 words ahead is 2.3 to 5.1 s away for 90 % of words (median 3.2 s): the thick line."
    assert wanted in " ".join(figure.caption.paragraphs)
    (spread,) = [line for line in lines(figure) if line.get_linewidth() > 3 and line.axes is figure.axes[0]]
    np.testing.assert_allclose(np.array(spread.get_xdata()) / RATE, [2.3, 5.1])
    assert seconds_text("The axis is", 8, (np.nan,) * 3) == "The axis is in seconds at the mean rate of speech."


def test_every_artist_of_a_mark_is_counted(all_figures):
    """The rules above see marks: a figure of widths has as many tested marks as its collections have dots."""
    figure = all_figures["cortex: widths"]
    dots: list[Artist] = [dots for dots in collections(figure) if not isinstance(dots, PolyCollection)]
    assert sum(len(each.get_offsets()) for each in dots) == len(figure.q_values)
