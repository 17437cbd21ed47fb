"""Every figure as it is rendered: texts are inside the figure and inside their panels, and none lies over another."""

import itertools
from collections.abc import Iterator

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from brainforecast.figures.style import styled

EDGE = 1.0  # pixels that letters may stand out of their box, or touch


def visible_texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Text and box in pixels of all that is written, after one rendering."""
    beyond = set(labels_beyond(figure))
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in texts if text not in beyond]


def labels_beyond(figure: Figure) -> Iterator[Text]:
    """Labels of ticks beyond the limits of their axis: matplotlib keeps them, and does not draw them."""
    for ax in figure.axes:
        for axis in (axis for axes in (ax, *ax.child_axes) for axis in (axes.xaxis, axes.yaxis)):
            low, high = sorted(axis.get_view_interval())
            room = 1e-6 * (high - low)
            for tick in (*axis.majorTicks, *axis.minorTicks):
                if not low - room <= tick.get_loc() <= high + room:
                    yield from (tick.label1, tick.label2)


@styled
def render(figure: Figure) -> None:
    """As `save_figure` does."""
    FigureCanvasAgg(figure).draw()


@pytest.fixture(scope="module")
def texts(all_figures) -> dict[str, tuple[Figure, list]]:
    """Every figure with its texts."""
    rendered = {}
    for name, figure in all_figures.items():
        render(figure)
        rendered[name] = figure, visible_texts(figure)
    return rendered


def test_there_are_texts(texts):
    """A search that finds nothing would pass the tests below."""
    assert all(len(found) > 8 for _, found in texts.values())


def test_texts_are_inside_the_figure(texts):
    """Nothing is cut off at an edge."""
    outside = [
        f"{name}: {text!r}"
        for name, (figure, found) in texts.items()
        for text, box in found
        if box.x0 < -EDGE or box.y0 < -EDGE or box.x1 > figure.bbox.width + EDGE or box.y1 > figure.bbox.height + EDGE
    ]
    assert not outside, "\n".join(outside)


def test_no_text_lies_over_another(texts):
    """Titles, labels, ticks, names of dots, legends."""
    over = []
    for name, (_, found) in texts.items():
        for (first, a), (second, b) in itertools.combinations(found, 2):
            width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            if width > EDGE and height > EDGE:
                over.append(f"{name}: {first!r} and {second!r}")
    assert not over, "\n".join(over)


def test_names_of_points_are_inside_their_panel(texts):
    """Texts that belong to a curve, a dot or a bar stay in the panel of it."""
    outside = []
    for name, (figure, _) in texts.items():
        for ax in figure.axes:
            panel = ax.get_window_extent()
            for text in ax.texts:
                box = text.get_window_extent()
                inside = panel.padded(EDGE).count_contains([(box.x0, box.y0), (box.x1, box.y1)]) == 2
                if text.get_text() and not inside:
                    outside.append(f"{name}: {text.get_text()!r}")
    assert not outside, "\n".join(outside)
