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


def test_texts_stay_texts(tmp_path):
    """A name is in the file as it is, also between two dollar signs, with fonts that a viewer may have."""
    save_figure(draw("$x^2$"), tmp_path / "0.svg")
    texts = [element for element in ElementTree.parse(tmp_path / "0.svg").iter() if element.tag.endswith("}text")]
    assert [element.text for element in texts].count("$x^2$") == 5
    assert all("'DejaVu Sans', 'Verdana', 'Geneva', sans-serif" in element.get("style") for element in texts)
