"""No section of a report is empty: one without content is left out, and so is its line in the contents."""

import re
from html.parser import HTMLParser

import pytest

from brainforecast.report.assemble import assemble
from brainforecast.report.inputs import ReportInputs
from brainforecast.report.page import has_content, render, sections
from brainforecast.report.paper import read_paper
from helpers.pages import visible_text
from helpers.report_pages import PAPER, PROVENANCE, TEMPLATE
from helpers.synthetic_analyses import all_tables, without_rows
from helpers.synthetic_tables import CELL, config, region_targets, subject_summaries, surface_targets, words

ALWAYS = {"answer", "findings", "models", "data", "reading", "methods", "cite", "paper", "tables", "settings"}
FIGURE = {"name": "layers", "category": "Layers", "title": "Layers", "alt": "A line.",
          "caption": ["A line goes up from layer to layer."],
          "src": "data:image/png;base64,", "files": ["figures/layers.png"]}  # fmt: skip
OTHER = {**FIGURE, "name": "widths", "category": "Forecast", "title": "Widths"}
NO_WINDOW = {"source": None, "width": None, "distance": None, "reference": None, "depth_distance": None}


def study(kind: str) -> dict:
    """What the template shows of a study on a surface, of region series, or of brain scores alone."""
    settings = config(simulated=kind == "surface")
    tables = without_rows(all_tables(region_targets(12))) if kind == "regions" else all_tables(surface_targets(40))
    if kind != "surface":
        tables.pop("truth")
    if kind == "brain scores":
        tables["roi_scores"] = tables["roi_scores"].query("score == 'brain_score'")
        settings["analyses"] = {"brain_score": {"models": ["tiny"], "layers": [0, 8, 16], "base": "paper"}}
        settings["maps"] = dict(CELL) | NO_WINDOW
    tables |= {name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}
    provenance = {**PROVENANCE, "simulated": kind == "surface", "notes": []}
    inputs = ReportInputs(
        tables,
        words(),
        subject_summaries(8),
        provenance,
        [FIGURE, OTHER] if kind != "regions" else [],
        read_paper(PAPER),
    )
    return assemble(inputs, settings, q_level=0.01)


class Parts(HTMLParser):
    """Of each section: its text without its heading, and its tags."""

    def __init__(self, html: str):
        super().__init__()
        self.text, self.tags = {}, {}
        self._section, self._in_heading = None, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "section":
            self._section = dict(attrs)["id"]
            self.text[self._section], self.tags[self._section] = [], []
        elif self._section:
            self.tags[self._section].append(tag)
        self._in_heading |= tag in ("h1", "h2")

    def handle_endtag(self, tag):
        if tag == "section":
            self._section = None
        self._in_heading &= tag not in ("h1", "h2")

    def handle_data(self, data):
        if self._section and not self._in_heading:
            self.text[self._section].append(data)


def contents(html: str) -> list[str]:
    """The ids that the contents of a page lead to."""
    return re.findall(r'href="#([^"]+)"', html[html.index("<nav") : html.index("</nav>")])


@pytest.mark.parametrize("kind", ["surface", "regions", "brain scores"])
def test_every_section_holds_something(kind):
    """A sentence, rows of a table or a figure beyond its heading; the contents list exactly these sections."""
    html = render(study(kind), TEMPLATE, "{}" if kind == "surface" else None)
    found = Parts(html)
    assert found.text.keys() >= ALWAYS
    for id, text in found.text.items():
        assert len(" ".join(text).split()) > 8, id
        assert {"p", "li", "td", "figure"} & set(found.tags[id]), id
        assert "table" not in found.tags[id] or "td" in found.tags[id], id
    assert contents(html) == list(found.text)
    assert ("brain-maps" in found.text) == (kind == "surface")
    assert ("figures-1" in found.text) == (kind != "regions")


def test_a_section_without_content_is_left_out():
    """With its line in the contents: models, tables, figures, the brain; the others stay."""
    context = study("surface")
    bare = {
        **context,
        "tables": [],
        "models": {"sentences": [], "how": "", "tables": []},
        "figure_groups": [{"title": "Layers", "figures": []}],
    }
    html = render(bare, TEMPLATE)
    gone = {"tables", "models", "figures-1", "brain-maps"}
    assert not gone & set(contents(html)) and not gone & Parts(html).text.keys()
    assert contents(html) == [id for id in contents(render(context, TEMPLATE)) if id not in gone]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", False),
        ("<h2>Title</h2> <p class='soft'>A remark.</p>", False),
        ("<details><summary>A table</summary><span class='source'><a href='x'>x</a></span></details>", False),
        ("<table><thead><tr><th>R</th></tr></thead><tbody></tbody></table>", False),
        ("<table><thead><tr><th>R</th></tr></thead><tbody><tr><td>0.1</td></tr></tbody></table>", True),
        ("<p class='soft'>A remark<br>.</p><ul><li>A sentence.</li></ul>", True),
        ("<figure><img src='data:' alt=''></figure>", True),
        ("<div id='brain' role='img'></div>", True),
    ],
)
def test_what_content_is(html, expected):
    """Rows, sentences and pictures; neither titles nor the head of a table, remarks or names of files."""
    assert has_content(html) == expected


def test_titles_in_the_contents_are_text():
    """A category of figures is escaped once."""
    context = study("surface")
    context["figure_groups"] = [{"title": "R & <F>", "figures": [{**FIGURE, "number": 1}]}]
    html = render(context, TEMPLATE)
    assert ("figures-1", "R & <F>") in sections(html)
    assert '<li><a href="#figures-1">R &amp; &lt;F&gt;</a></li>' in html and "R & <F>" in visible_text(html)
