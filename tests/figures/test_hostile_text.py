"""Names of regions, models and stories in figures: drawn as they are, never mathematics, markup or a script."""

import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.figure import Figure

from brainforecast.figures.style import save_figure, styled

TEXTS = (
    "<script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><image href='javascript:alert(1)'/>",
    '" onload="alert(1)',
    "$\\frac{$ of $5 and $6",
    "$x^2$",
    "{{7*7}}",
    "=HYPERLINK(1)",
    "名 \u202e ד",
)


@styled
def draw(text: str) -> Figure:
    """A figure with a text in each place that the project's figures put one."""
    figure = Figure(figsize=(9, 6))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label=text)
    axes.set_title(text)
    axes.set_ylabel(text)
    axes.set_yticks([0, 1], [text, "b"])
    axes.annotate(text, (0.5, 0.5))
    figure.legend(loc="outside lower center")
    return figure


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("text", TEXTS)
def test_an_svg_holds_no_script_of_a_name(tmp_path, text):
    """It is XML whose elements draw, with links inside the file alone."""
    path = tmp_path / "figure.svg"
    save_figure(draw(text), path, tmp_path / "figure.png")
    for element in ElementTree.parse(path).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "image", "foreignObject", "a", "iframe")
        for key, value in element.attrib.items():
            assert not key.rpartition("}")[2].startswith("on")
            assert value.startswith("#") or not key.endswith("href")


def test_dollar_signs_are_drawn(tmp_path):
    """A name between two of them has a picture of its own, not that of the mathematics."""
    for index, text in enumerate(("$x^2$", "x^2")):
        save_figure(draw(text), tmp_path / f"{index}.svg")
    assert (tmp_path / "0.svg").read_text().count('#DejaVuSans-7"') >= 8  # the sign, twice in each place
    assert '#DejaVuSans-7"' not in (tmp_path / "1.svg").read_text()
