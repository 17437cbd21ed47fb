"""docs/ as pages: MkDocs builds them without a warning, every link leads somewhere, nothing needs a network."""

import posixpath
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from helpers.browser import Page, find_chromium
from helpers.datasets import REPOSITORY

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
NAV = yaml.safe_load((REPOSITORY / "mkdocs.yml").read_text())["nav"]


class Links(HTMLParser):
    """What a page links to, what it loads, and its anchors."""

    def __init__(self, text: str):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs["id"]} if "id" in attrs else set()
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if attrs.get(LOADED.get(tag)) and attrs.get("rel") != "canonical":
            self.loaded.append(attrs[LOADED[tag]])


def one_value(entry: dict[str, str]) -> str:
    """The page of an entry of the nav."""
    (page,) = entry.values()
    return page


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The pages, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Links]:
    """Every page but the one that a server shows for what is not there."""
    found = {path.relative_to(site).as_posix(): Links(path.read_text()) for path in site.rglob("*.html")}
    del found["404.html"]
    return found


def test_every_link_and_anchor_leads_somewhere(site, pages):
    """Links within the pages, to headings and to files of the project."""
    broken = []
    for name, page in pages.items():
        for link in page.links + page.loaded:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not (site / target).is_file() or (anchor and anchor not in pages[target].anchors):
                broken.append((name, link))
    assert len(pages) > 20
    assert not broken


def test_nothing_is_loaded_from_a_network(site, pages):
    """Scripts, styles, fonts and pictures are files of the site."""
    assert not [(name, one) for name, page in pages.items() for one in page.loaded if re.match(r"(?:[a-z]+:)?//", one)]
    styles = {path.name: path.read_text() for path in site.rglob("*.css")}
    assert {"theme.css", "pages.css"} <= set(styles)
    assert not [name for name, text in styles.items() if re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text)]


def test_every_page_is_in_the_nav():
    """A document that nobody can click to is not documentation; MkDocs warns of one that the nav lacks."""
    groups = [page for group in NAV for page in group.values()]
    listed = [page for group in groups for page in ([group] if isinstance(group, str) else map(one_value, group))]
    assert len(listed) == len(set(listed))
    assert {path.name for path in (REPOSITORY / "docs").glob("*.md")} <= set(listed)
    for part in ("tutorial", "inputs", "outputs", "methods", "controls", "models", "extending", "cluster",
                 "troubleshooting", "limitations", "glossary"):  # fmt: skip
        assert f"{part}.md" in listed


def test_the_first_page_leads_to_every_other():
    """docs/index.md, on GitHub too, where there is no nav."""
    index = (REPOSITORY / "docs/index.md").read_text()
    linked = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", index)}
    assert {path.name for path in (REPOSITORY / "docs").glob("*.md")} - {"index.md"} <= linked


def test_lists_and_bars_are_read_as_on_github(pages, site):
    """A list that Python's Markdown takes for a paragraph shows its dashes; a bar in a table keeps a backslash."""
    for name in pages:
        text = (site / name).read_text()
        assert not re.search(r"<(?:p|li)>(?:(?!</p>|</li>).)*\n *(?:[-*]|\d+\.) ", text, re.DOTALL), name
        assert "```" not in re.sub(r"<code>.*?</code>", "", text, flags=re.DOTALL), name
        assert not re.search(r"<td>(?:(?!</td>).)*\\\|", text, re.DOTALL), name


@pytest.mark.skipif(find_chromium() is None, reason="no Chromium")
def test_pages_fit_a_desk_and_a_telephone(site, pages):
    """Opened from disk without a network: no error on the console, nothing wider than the window."""
    with Page() as page:
        for name in pages:
            page.open(site / name)
            for width in (1440, 400):
                page.resize(width)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert not page.errors
