"""The drawing of the method."""

import xml.etree.ElementTree as ElementTree
from itertools import combinations

from brainforecast.figures.method import DISTANCE, PRESENT, WIDTH, WINDOW, WORDS, draw_method
from brainforecast.figures.style import save_figure
from figures.test_layout import EDGE, render, visible_texts
from helpers.datasets import REPOSITORY


def test_the_window_is_that_of_the_glossary():
    """w words, the last one d words ahead of the present one."""
    assert (WINDOW[-1], len(WINDOW)) == (PRESENT + DISTANCE, WIDTH)
    assert [WORDS[index] for index in (PRESENT, WINDOW[0], WINDOW[-1])] == ["through", "rain", "in"]


def test_the_drawing_of_the_documents_is_the_one_that_is_drawn(tmp_path):
    """Same words at the same places; the numbers of another version of matplotlib may have other digits."""
    save_figure(draw_method(), tmp_path / "method.svg")
    first, second = (texts_of(path) for path in (tmp_path / "method.svg", REPOSITORY / "docs/method.svg"))
    assert first == second and ("forecast score F(d) = R[B, W(d)] − R[B]") in {text for text, *_ in first}


def texts_of(path) -> list[tuple]:
    """Texts of an SVG with their places in whole points."""
    texts = [element for element in ElementTree.parse(path).iter() if element.tag.endswith("}text")]
    return [(text.text, round(float(text.get("x", 0))), round(float(text.get("y", 0)))) for text in texts]


def test_no_text_of_it_lies_over_another():
    figure = draw_method()
    render(figure)
    texts = visible_texts(figure)
    assert len(texts) > 25
    for (first, a), (second, b) in combinations(texts, 2):
        apart = min(a.x1, b.x1) - max(a.x0, b.x0) <= EDGE or min(a.y1, b.y1) - max(a.y0, b.y0) <= EDGE
        assert apart, f"{first!r} and {second!r}"
