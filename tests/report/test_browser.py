"""The report in a real browser without a network: it opens, its brain turns, tables sort, and nothing overflows."""

import json

import numpy as np
import pytest

from brainforecast.figures.interactive_maps import pack_brain, pack_map
from brainforecast.figures.map_style import Beside, as_drawn
from helpers.browser import Page, find_chromium
from helpers.report_pages import build
from helpers.spheres import sphere
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import surface_targets

pytestmark = pytest.mark.skipif(find_chromium() is None, reason="no chromium on PATH")

HOSTILE = "</script><script>document.title='taken'</script>"
METADATA = {"Name": "Brain score R", "Cell": HOSTILE, "Units": "Pearson r", "Simulated": "yes", "QLevel": "0.05",
            "MinSubjects": "8", "MaxSubjects": "8"}  # fmt: skip


def write_brain(path) -> None:
    """Two spheres with a value for each vertex that grows to the front, and regions with tags in their names."""
    meshes = {kind: {hemi: sphere(3, 50.0) for hemi in "LR"} for kind in ("inflated", "pial")}
    y = meshes["pial"]["L"][0][:, 1]
    regions = {hemi: np.full(len(y), HOSTILE if hemi == "L" else "IFG", dtype=object) for hemi in "LR"}
    brain = pack_brain(meshes, {hemi: y for hemi in "LR"}, regions)
    values, test = ({hemi: part for hemi in "LR"} for part in (y / 50, np.where(y > 0, 2.0, 0.0)))
    drawn = [as_drawn("brainscore", values, METADATA, Beside(test=test)), as_drawn("forecastscore", values, METADATA)]
    layers = METADATA | {"Units": "layer", "ScoredValues": "[0, 4, 16]"}
    drawn.append(as_drawn("bestlayer", {hemi: np.where(y > 0, 4.0, 16.0) for hemi in "LR"}, layers))
    maps = [pack_map(one) for one in drawn]
    path.write_text(json.dumps({**brain, "maps": maps}))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The report of a study on a surface, opened from the disk."""
    folder = tmp_path_factory.mktemp("browser")
    write_brain(folder / "brain.json")
    build(all_tables(surface_targets(40)), folder / "report", notes=[HOSTILE], brain=folder / "brain.json")
    with Page() as opened:
        opened.open(folder / "report" / "report.html")
        yield opened


def centre(page: Page, selector: str) -> tuple[float, float]:
    """The middle of an element, in the window, scrolled into view."""
    page.evaluate(f"document.querySelector('{selector}').scrollIntoView({{block: 'center', behavior: 'instant'}})")
    script = "(box => [box.left + box.width / 2, box.top + box.height / 2])"
    return tuple(page.evaluate(f"{script}(document.querySelector('{selector}').getBoundingClientRect())"))


def test_the_brain_turns(page):
    """A drag changes what is drawn; nothing of an input ran as a script; the console has no error."""
    point = centre(page, "#brain")
    page.wait_for("document.querySelector('#brain').dataset.ready === 'yes'")
    assert page.evaluate("[...document.querySelectorAll('#brain-map option')].length") == 3
    before = page.screenshot()
    page.drag(point, (point[0] + 160, point[1] + 60))
    assert page.evaluate("Math.abs(document.querySelector('#brain').layout.scene.camera.eye.y) > .05")
    assert page.screenshot() != before
    assert page.evaluate("document.title") != "taken"
    assert page.errors == []


def test_the_brain_has_the_threshold_of_its_figures(page):
    """Triangles behind y = 0 are grey until the threshold is taken off; a map without a test has no box for it."""
    centre(page, "#brain")
    page.wait_for("document.querySelector('#brain').dataset.ready === 'yes'")
    greys = (
        "document.querySelector('#brain').data[0].facecolor.filter(colour => colour.startsWith('rgb')).length"
        " / document.querySelector('#brain').data[0].facecolor.length"
    )
    box = "document.querySelector('#brain-test')"
    assert page.evaluate(f"{box}.checked") and page.evaluate(f"{box}.parentNode.textContent").strip() == "only q < 0.05"
    assert 0.5 <= page.evaluate(greys) < 0.7  # half, and the triangles at its edge
    page.evaluate(f"{box}.click()")
    assert page.evaluate(greys) == 0
    page.evaluate(f"{box}.click()")
    change = "(list => {{ list.value = {}; list.dispatchEvent(new Event('change')); }})"
    change += "(document.querySelector('#brain-map'))"
    page.evaluate(change.format(1))
    assert page.evaluate(f"{box}.parentNode.hidden") and page.evaluate(greys) == 0
    page.evaluate(change.format(2))
    assert page.evaluate("[...document.querySelectorAll('#brain-bar span')].map(cell => cell.textContent)") == [
        "0",
        "4",
        "16",
    ]
    assert page.evaluate("new Set(document.querySelector('#brain').data[0].facecolor).size") == 2
    page.evaluate(change.format(0))


def test_a_table_sorts_and_is_searched(page):
    """A click on a header sorts its column, a second one the other way; a word leaves the rows that have it."""
    table = "document.querySelector('table[data-name=regions]')"
    column = f"[...{table}.tBodies[0].rows].map(row => parseFloat(row.cells[1].textContent.replace('−', '-')))"
    click = f"{table}.tHead.rows[0].cells[1].querySelector('button').click()"
    page.evaluate(click)
    rising = page.evaluate(column)
    assert len(rising) > 8 and rising == sorted(rising)
    page.evaluate(click)
    assert page.evaluate(column) == sorted(rising, reverse=True)
    name = page.evaluate(f"{table}.tBodies[0].rows[0].cells[0].textContent")
    page.evaluate(
        f"(field => {{ field.value = {json.dumps(name)}; field.dispatchEvent(new Event('input')); }})"
        f"({table}.closest('details').querySelector('input'))"
    )
    shown = page.evaluate(f"[...{table}.tBodies[0].rows].filter(row => !row.hidden).map(row => row.textContent)")
    assert 0 < len(shown) < len(rising) and all(name.split()[-1] in text for text in shown)


def test_the_contents_lead_to_each_section(page):
    """Every link of the sidebar has its section; the one in view is marked."""
    links = page.evaluate("[...document.querySelectorAll('.contents a')].map(link => link.hash)")
    assert len(links) > 10
    for link in links:
        page.evaluate(f"document.querySelector('{link}').scrollIntoView({{block: 'start', behavior: 'instant'}})")
    page.evaluate("document.querySelector('#methods').scrollIntoView({block: 'start', behavior: 'instant'})")
    page.wait_for("document.querySelector('.contents a[aria-current]').hash === '#methods'")


def test_a_link_opens_what_is_folded(page):
    """A table that is closed opens when its address is followed."""
    page.evaluate("document.querySelector('#table-regions').open = false; location.hash = '#table-regions'")
    page.wait_for("document.querySelector('#table-regions').open")


@pytest.mark.parametrize("width", [1440, 900, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows(page, width, dark):
    """The page is no wider than the window; only tables scroll in their own box."""
    page.resize(width, dark=dark)
    try:
        page.wait_for("document.documentElement.scrollWidth <= innerWidth")
    finally:
        page.resize(1440)


def test_everything_is_on_paper(page):
    """Printed, closed parts are open, and a PDF is made."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = false")
    assert page.pdf().startswith(b"%PDF-")
    page.resize(800, printed=True)
    hidden = "[...document.querySelectorAll('main table')].filter(table => !table.checkVisibility()).length"
    try:
        assert page.evaluate(hidden) == 0
        assert page.evaluate("getComputedStyle(document.querySelector('.contents')).display") == "none"
    finally:
        page.resize(1440)
