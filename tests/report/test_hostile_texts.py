"""The page with hostile text in every field of its context: it has the same elements, and runs only its own scripts."""

import copy
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from brainforecast.report.assemble import assemble
from brainforecast.report.inputs import ReportInputs
from brainforecast.report.page import render
from brainforecast.report.paper import read_paper
from helpers.datasets import REPOSITORY
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import config, subject_summaries, surface_targets, words

FOLDER = REPOSITORY / "workflow/report"
TEMPLATE = FOLDER / "template.html.j2"
PROVENANCE = {"tr": 1.5, "versions": {"numpy": "2"}, "config_hash": "0", "simulated": True, "notes": ["A note."]}
PAYLOADS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</style></pre></script><svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>",
    "' onmouseover='alert(1)",
    "<!--<iframe src=//x>",
)
LINKS = ("src", "href", "srcset", "action", "data", "poster", "formaction", "xlink:href")
KEPT = ("reported", "policy", "src")  # which parts of the page there are; data of figures


class Elements(HTMLParser):
    """Elements with their attributes, what stands in scripts, and the text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.links, self.scripts, self.inside, text = set(), [], [], "", []
        self.text = text
        self.feed(html)
        self.text = "".join(text)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        self.tags.add((tag, tuple(name for name, _ in attributes)))
        self.links += [value for name, value in attributes if name in LINKS]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        (self.scripts if self.inside == "script" else self.text).append(data)


def poisoned(value: object, payload: str, key: object = None) -> object:
    """The same context with a payload at the end of every text."""
    if isinstance(value, str):
        return value if key in KEPT else value + payload
    if isinstance(value, dict):
        return {name: poisoned(child, payload, name) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return value if key in KEPT else [poisoned(child, payload) for child in value]
    if hasattr(value, "rows"):
        own = copy.copy(value)
        for name in ("title", "columns", "rows", "source", "note"):
            object.__setattr__(own, name, poisoned(getattr(value, name), payload))
        return own
    return value


@pytest.fixture(scope="module")
def context() -> dict:
    """Everything that the template shows of a run with every analysis."""
    tables = all_tables(surface_targets(12))
    tables |= {name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}
    inputs = ReportInputs(tables, words(), subject_summaries(8), PROVENANCE, [], read_paper(FOLDER / "paper.tsv"))
    return assemble(inputs, config(simulated=True), q_level=0.01)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_an_input_becomes_an_element(context, payload):
    """Elements, attributes and scripts are those of the template; no link leads out of the page and its folder."""
    clean, page = (Elements(render(one, TEMPLATE)) for one in (context, poisoned(context, payload)))
    added = page.tags - clean.tags
    assert {tag for tag, _ in added} <= {tag for tag, _ in clean.tags} - {"script", "style", "img", "svg", "iframe"}
    assert not [name for _, names in added for name in names if name.startswith("on")]
    assert page.scripts == clean.scripts
    given = [link for link in page.links if link not in clean.links]  # the template has links to the paper
    assert not [link for link in given if re.match(r"\s*(javascript|https?|//|/|\.\.)", link, re.IGNORECASE)]
    assert page.text.count(payload) > 200


def test_no_text_is_a_template(context):
    """Braces are shown, not filled in."""
    assert "{{7*7}}{%x%}" in Elements(render(poisoned(context, "{{7*7}}{%x%}"), TEMPLATE)).text


def test_what_has_no_encoding_is_shown_as_its_code(context):
    """Half of a character, as a file's name that is not UTF-8 has it, and what moves a cursor."""
    page = render({**context, "dataset": "caf\udce9\x1b[2J\0"}, TEMPLATE)
    assert "caf\\udce9\\x1b[2J\\x00" in page and page.encode()


def test_the_page_has_a_policy(context):
    """A browser would run no script but the page's own, and load nothing from elsewhere."""
    page = render(context, TEMPLATE)
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    rules = dict(rule.strip().split(" ", 1) for rule in unescape(policy).split(";"))
    assert (rules["default-src"], rules["base-uri"], rules["form-action"]) == ("'none'",) * 3
    assert re.fullmatch(r"('sha256-[A-Za-z0-9+/=]+' ?)*", rules["script-src"])
    assert page.index("Content-Security-Policy") < min(page.index("<style"), page.index("<script"))
