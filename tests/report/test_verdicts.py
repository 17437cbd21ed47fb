"""The panel "Compared to what?": verdicts, their words, and a leak above everything else."""

from pathlib import Path

import pandas as pd
import pytest

from brainforecast.controls.checks import check_rows
from brainforecast.controls.claims import verdict_rows
from brainforecast.report.assemble import assemble
from brainforecast.report.inputs import ReportInputs
from brainforecast.report.page import render
from brainforecast.report.paper import read_paper
from brainforecast.report.run import Run
from brainforecast.report.verdicts import verdict_panel
from helpers.datasets import REPOSITORY
from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import config, subject_summaries, surface_targets, words
from helpers.synthetic_verdicts import CELL, CONTRASTS, contrasts, judge, strict

FOLDER = REPOSITORY / "workflow/report"
SETTINGS = {"distance": 8, "level": 0.05, "share": 0.5}


def panel(*, n_stories: int = 2, simulated: bool = False, **changes: object) -> dict:
    """The panel of the synthetic verdicts with these changes."""
    study = judge(**changes)
    tables = {
        "verdicts": verdict_rows(study, contrasts(), strict(), CONTRASTS, CELL),
        "verdict_checks": check_rows(study),
    }
    stories = pd.DataFrame({"story": [f"story{i}" for i in range(n_stories)]})
    return verdict_panel(Run(tables, stories, [], {"verdict": SETTINGS}, simulated=simulated, tr=1.5, words={}))


@pytest.fixture(scope="module")
def found() -> dict:
    return panel()


def table(panel: dict, name: str) -> dict[str, list[str]]:
    """Rows of a table by their first cell."""
    return {row[0]: row[1:] for row in next(one for one in panel["tables"] if one.name == name).rows}


def test_one_sentence_per_level_and_contrast(found):
    """The whole brain with its numbers, the lobes by name, regions counted with the most frequent reason."""
    whole, lobes, regions, distance, depth = found["sentences"]
    assert whole.startswith("Whole brain: supported. F(8) 0.00") and "121 common shifts, n = 16 subjects" in whole
    assert lobes == "Lobes: frontal supported; occipital undecided (no signal); temporal not above passive."
    assert regions == "Of 12 regions: 4 supported, 4 not above passive, 4 undecided (most often: no signal, 4)."
    assert distance.startswith("frontal - temporal (group peak distance): undecided (a region of the contrast is not")
    assert depth.startswith("upper - lower (group peak depth): supported. First minus second 3.0 [")


def test_three_words_are_explained(found):
    """With the words that a reader may repeat."""
    words = dict(found["words"])
    assert list(words) == ["supported", "not above passive", "undecided"]
    assert "a forecast of share 0.5 or more, of the simulated kind, is excluded" in words["not above passive"]
    assert any("about listeners of this recording" in note for note in found["notes"])


def test_the_numbers_are_those_of_the_tables():
    """F and M with their limits from shifts, p_family, m*."""
    study = judge()
    rows = verdict_rows(study, contrasts(), strict(), [], CELL).query("base == 'verdict' and level == 'lobe'")
    M = rows.query("region == 'temporal' and statistic == 'mirror_difference'").iloc[0]
    row = table(panel(), "verdicts_whole_brain_and_lobes")["temporal lobe"]
    shown = f"{M['effect']:.4f} [{M['ci_low']:.4f},\u202f{M['ci_high']:.4f}]".replace("-", "−")
    assert shown in row and row[0] == "not above passive" and row[-2:] == ["121", "16"]


def test_error_rates_and_power(found):
    """Four passive kinds, then the shares in order; every cell is a share of brains."""
    rows = table(found, "verdict_brains")
    assert [row[0] for row in rows.values()] == ["error rate"] * 4 + ["power"] * 4
    assert list(rows)[-4:] == [f"forecast, share {share}" for share in ("0.25", "0.5", "0.75", "1")]
    assert rows["static: the present word, layer 0"][1:] == ["0", "0", "0", "12"]
    assert rows["forecast, share 1"][1] == "1"


def test_the_size_of_the_rule_and_its_threshold(found):
    rows = table(found, "verdict_size")
    assert list(rows) == ["whole brain", "lobes", "regions"] and all(row[1] == "0.05" for row in rows.values())


def test_no_share_that_is_found_is_stated():
    """A smallest effect of null, in words."""
    study = judge()
    verdicts = verdict_rows(study, contrasts(), strict(), [], CELL).assign(smallest_effect=None)
    tables = {"verdicts": verdicts, "verdict_checks": check_rows(study)}
    run = Run(tables, pd.DataFrame({"story": ["a"]}), [], {"verdict": SETTINGS}, simulated=False, tr=1.5, words={})
    assert "no share reaches .8" in table(verdict_panel(run), "verdicts_whole_brain_and_lobes")["frontal lobe"]


def test_a_p_of_one_story_is_not_printed_below_a_hundredth(found):
    """121 shifts allow .008, which one story does not."""
    assert not any("< .01" in note for note in found["notes"])
    assert "p 0.0082" in found["sentences"][0]
    single = panel(n_stories=1)
    assert "p < .01" in single["sentences"][0] and "0.0082" not in single["sentences"][0]
    frontal = table(single, "verdicts_whole_brain_and_lobes")["frontal lobe"]
    assert frontal[3] == frontal[5] == "< .01" and table(single, "verdict_leaks")["frontal lobe"][1] == "< .01"
    assert any("under .01 from one story is not to be read" in note for note in single["notes"])


def test_passive_brains_that_pass_are_stated_first():
    found = panel(passive=0.02)
    assert found["notes"][0].startswith("Passive whole brains") and "supported" not in found["sentences"][1]


def test_a_leak_is_named_and_counted(found):
    """Silent cortex is not judged."""
    assert found["leak"] == ""
    leak = panel(misaligned=0.05)["leak"]
    assert leak.startswith("Folds leak through slow drift.")
    assert "whole brain 0.05" in leak and "temporal lobe 0.05" in leak and "occipital" not in leak
    assert "8 of 8 regions judged" in leak
    assert table(panel(misaligned=0.05), "verdict_leaks")["occipital lobe"][-1] == "not judged"


def test_a_run_without_verdicts_has_no_panel():
    assert verdict_panel(Run({}, pd.DataFrame(), [], {}, simulated=False, tr=1.5, words={})) is None


def page(tmp_path: Path, *, simulated: bool, **changes: object) -> str:
    """The complete report of a run with verdicts, as HTML."""
    study, tables = judge(**changes), all_tables(surface_targets(40))
    tables |= {name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}
    tables |= {
        "verdicts": verdict_rows(study, contrasts(), strict(), CONTRASTS, CELL),
        "verdict_checks": check_rows(study),
    }
    provenance = {"tr": 1.5, "versions": {}, "config_hash": "0", "simulated": simulated, "notes": []}
    inputs = ReportInputs(tables, words(), subject_summaries(8), provenance, [], read_paper(FOLDER / "paper.tsv"))
    settings = config(simulated=simulated) | {"verdict": SETTINGS}
    return render(assemble(inputs, settings, q_level=0.01), FOLDER / "template.html.j2")


def test_the_panel_is_the_first_section_and_a_leak_comes_before_all(tmp_path):
    """Above the title: a reader cannot miss it; simulated data stay labelled."""
    html = page(tmp_path, simulated=True, misaligned=0.05)
    assert html.index('id="leak"') < html.index("<h1>") < html.index('<section id="verdict"')
    assert html.index('<section id="verdict"') < html.index('<section id="findings"')
    assert '<a href="#verdict">' in html and "Simulated data: compared to what?" in html
    assert html.index("Folds leak") < html.index("Simulated data.</strong>")
    measured = page(tmp_path, simulated=False)
    assert 'id="leak"' not in measured and "Compared to what? <a" in measured and "&lt;table" not in measured
