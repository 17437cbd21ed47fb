"""The report as a PDF, its tables on a wide screen, and its first screen, in a real browser."""

import re
import shutil
import subprocess

import pytest

from brainforecast.report.page import sections
from helpers.browser import Page, find_chromium
from helpers.pages import visible_text
from helpers.report_pages import build
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import surface_targets

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on PATH")


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """A study on a surface: the path to its report, and the page."""
    folder = tmp_path_factory.mktemp("printed") / "report"
    text = build(all_tables(surface_targets(40)), folder)
    return folder / "report.html", text


@pytest.fixture(scope="module")
def page(html):
    with Page() as opened:
        opened.open(html[0])
        yield opened


def headings(html: str) -> list[str]:
    """The heading of each section, as a reader sees it."""
    found = re.findall(r"<h[12][^>]*>(.*?)<(?:a class|/h1)", html, re.DOTALL)
    return [" ".join(visible_text(text).split()) for text in found]


def text_of(pdf: bytes, folder) -> str:
    """The text of a PDF, in one line."""
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    found = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(found.stdout.split())


def test_the_pdf_has_every_section(page, html, tmp_path):
    """Its outline has the heading of each section, whatever was closed on the screen."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = false")
    pdf = page.pdf(outline=True)
    titles = re.findall(rb"/Title \(((?:[^()\\]|\\.)*)\)|/Title <([0-9A-Fa-f]+)>", pdf)
    outline = " ".join(
        bytes.fromhex(code.decode()).decode("utf-16") if code else text.decode() for text, code in titles
    )
    found = headings(html[1])
    assert len(found) == len(sections(html[1])) > 8
    for heading in found:
        assert heading in outline
    if shutil.which("pdftotext"):
        text = text_of(pdf, tmp_path)
        assert all(heading in text for heading in found)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on PATH")
def test_the_pdf_has_every_cell(page, html, tmp_path):
    """Each word of each table and of each closed part is on paper: nothing is folded away or cut off."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = false")
    printed = "".join(text_of(page.pdf(), tmp_path).split())  # a narrow cell may break a word
    cells = page.evaluate("[...document.querySelectorAll('main td, main th')].map(cell => cell.textContent)")
    assert len(cells) > 300
    missing = [cell for cell in cells if "".join(cell.split()) and "".join(cell.split()[:1]) not in printed]
    assert missing == []
    assert "@article{" in printed and "Everyparameter" in printed


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on PATH")
def test_the_head_of_a_table_is_on_each_of_its_pages(page, tmp_path):
    """The table of all settings is longer than a page."""
    button = "document.querySelector('table[data-name=parameters] thead button')"
    page.evaluate(f"{button}.textContent = 'headofsettings'")
    try:
        assert text_of(page.pdf(), tmp_path).count("headofsettings") > 1
    finally:
        page.evaluate(f"{button}.textContent = 'key'")


def test_no_table_is_clipped_on_paper(page):
    """A4 and US letter, upright, between their margins: no table is wider than the page, and no number is broken."""
    tables = "[...document.querySelectorAll('main table')]"
    wider = f"{tables}.filter(table => table.scrollWidth > table.parentNode.clientWidth)"
    try:
        page.resize(720, printed=True)  # 19 cm
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert page.evaluate(f"{wider}.map(table => table.dataset.name)") == []
    finally:
        page.resize(1440)


def test_no_table_is_clipped_on_a_wide_screen(page):
    """At 1440 px each is as wide as its box at most, open or closed at first."""
    page.resize(1440)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    clipped = (
        "[...document.querySelectorAll('main table')].filter(table => table.scrollWidth > "
        "table.closest('.scroll').clientWidth + 1).map(table => table.dataset.name)"
    )
    assert page.evaluate("document.querySelectorAll('main table').length") > 8
    assert page.evaluate(clipped) == []


def test_the_first_screen_leads_to_what_a_reader_wants(page):
    """The answer, three numbers and a link to each of the rest, without scrolling on a laptop; each link arrives."""
    page.resize(1440, 900)
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    below = "document.querySelector('{}').getBoundingClientRect().bottom"
    assert page.evaluate(below.format(".answer")) < page.evaluate(below.format(".ways")) < 900
    links = page.evaluate("[...document.querySelectorAll('.ways a')].map(link => link.hash)")
    assert {"#data", "#reading", "#methods", "#cite", "#tables"} < set(links)
    for link in links:
        page.evaluate(f"document.querySelector('.ways a[href=\"{link}\"]').click()")
        page.wait_for(f"Math.abs(document.querySelector('{link}').getBoundingClientRect().top) < 900")
