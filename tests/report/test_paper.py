"""The paper's numbers and the run's."""

import re

import pandas as pd
import pytest

from brainforecast.report.counterparts import COUNTERPARTS
from brainforecast.report.findings import key_numbers
from brainforecast.report.formatting import score_with_interval
from brainforecast.report.paper import ABSENT, paper_table, read_paper
from helpers.datasets import REPOSITORY
from helpers.report_runs import run_of
from helpers.synthetic_analyses import CEILING, CORRELATION, all_tables, without_rows
from helpers.synthetic_tables import region_targets, surface_targets

PAPER = REPOSITORY / "workflow/report/paper.tsv"


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def rows(tables):
    return {row[0]: row for row in paper_table(read_paper(PAPER), run_of(tables)).rows}


def test_both_ceilings_are_key_numbers(tables):
    """Means over targets of the reported cell, and the share whose correlation is the larger; none without both."""
    found = {n["label"]: n for n in key_numbers(run_of(tables))}
    ceiling = tables["brain_scores"].query("model == 'tiny' and layer == 16")["noise_ceiling"]
    assert found["noise ceiling of 20 components"]["value"] == f"{ceiling.mean():.4f}"
    assert found["correlation with other subjects"]["value"] == f"{CORRELATION:.4f}"
    assert "above the noise ceiling in 100 % of targets" in found["correlation with other subjects"]["detail"]
    without = tables | {"brain_scores": tables["brain_scores"].assign(noise_ceiling=None, listener_correlation=None)}
    assert not {"noise ceiling of 20 components"} & {n["label"] for n in key_numbers(run_of(without))}


def test_every_statement_has_a_counterpart():
    """The table and the module name the same statements; nothing of the paper is empty."""
    statements = read_paper(PAPER)
    assert {s["key"] for s in statements} == COUNTERPARTS.keys()
    assert {s["kind"] for s in statements} == {"data", "settings", "result"}
    assert all(all(s.values()) for s in statements) and len({s["key"] for s in statements}) == len(statements)


@pytest.mark.parametrize(
    ("what", "paper"),
    [
        ("subjects", "304"),
        ("pairs of a subject and a story", "622"),
        ("words per second", "2.54"),
        ("d = 8 words in seconds", "3.15 s"),
        ("distance where F is highest", "8 words"),
        ("gain in brain score at d = 8", "23 % ± 9 % (across subjects)"),
        ("the same in percent of the noise ceiling", "60 %"),
        ("d*, inferior frontal gyrus − anterior superior temporal sulcus", "0.9 ± 0.2 words, P < .001"),
        ("k*, angular gyrus − Heschl's gyrus", "2.5 ± 0.3 layers, P < .001"),
        ("regions per hemisphere (Destrieux, labels above 500 vertices cut)", "142"),
        ("best width of the window", "about 8 words"),
        ("peak of F, syntactic windows", "5 words"),
    ],
)
def test_the_papers_numbers_are_reported(rows, what, paper):
    """As the paper states them."""
    assert rows[what][1] == paper


def test_counterparts_are_the_runs_numbers(rows, tables):
    """Each from its table."""
    assert rows["subjects"][3] == "8" and rows["pairs of a subject and a story"][3] == "15"
    assert rows["d = 8 words in seconds"][3].startswith("3.2 s at the mean rate; median over words")
    assert rows["delays (finite impulse response)"][3] == "6, from 0 to 9 s"
    everything = tables["roi_scores"].query("level == 'all' and source == 'true' and layer == 16 and width == 7")
    best = everything.loc[everything["mean"].idxmax()]
    assert rows["distance where F is highest"][3].startswith(f"{best['distance']} words, ")
    scores = tables["roi_scores"].query("level == 'roi' and layer == 16 and score == 'brain_score' and hemi == hemi")
    highest = scores.loc[scores["mean"].idxmax()]
    assert rows["highest brain score R"][3].startswith(f"{score_with_interval(highest.to_dict())}, ")
    share = rows["the same in percent of the noise ceiling"][3]
    assert share == f"{100 * highest['mean'] / CEILING:.2g} % of {CEILING:.4f}"
    assert rows["d*, frontal against temporal"][3].startswith("3.4 [2.1,\u202f4.6] words, p = 0.008 matched")
    assert rows["best width of the window"][3].startswith("7 words, F = ")
    assert rows["random windows"][3].endswith("above 0 at 0 of 45 distances")
    assert rows["d*, left against right"][3] == "1 of 8 regions differ: lingual"
    assert rows["k* in associative regions; in Heschl's gyrus and sulcus and anterior STS"][3].startswith("frontal ")


def test_what_was_not_computed_is_marked(rows, tables):
    """No fine-tuning, no contrast of that name, no analysis: each is marked as not computed."""
    for what in ("gain of fine-tuning to forecast, auditory regions", "peak of F, semantic windows"):
        assert rows[what][3] == ABSENT
    assert rows["k*, angular gyrus − Heschl's gyrus"][3] == ABSENT
    bare = without_rows(all_tables(region_targets(12)))
    bare["roi_scores"] = bare["roi_scores"].query(
        "source in ['true', 'present'] and width in [0, 7] and model == 'tiny'"
    )
    bare_rows = {row[0]: row for row in paper_table(read_paper(PAPER), run_of(bare, simulated=False)).rows}
    for what in ("best width of the window", "random windows", "single upcoming words 0 to 10 that contribute"):
        assert bare_rows[what][3] == ABSENT
    assert bare_rows["regions per hemisphere (Destrieux, labels above 500 vertices cut)"][3] == ABSENT
    assert bare_rows["highest brain score R"][3] != ABSENT


def test_a_contrast_is_found_by_its_name(tables):
    """IFG - anterior STS and angular - Heschl, each in its unit."""
    first = tables["contrasts"].assign(contrast="IFG - anterior STS", distance=None)
    depths = first["measure"].str.replace("distance", "depth")
    second = first.assign(contrast="angular - Heschl", measure=depths, layer=None, distance=8, effect=2.5)
    run = run_of(tables | {"contrasts": pd.concat([first, second])})
    assert COUNTERPARTS["ifg_sts"](run).startswith("3.4 [2.1,\u202f4.6] words")
    assert COUNTERPARTS["angular_heschl"](run).startswith("2.5 [2.1,\u202f4.6] layers")
    text = COUNTERPARTS["ifg_sts"](run)
    assert "p = 0.008 matched for signal-to-noise" in text and "the paper's measure: 3.4 [" in text
    assert text.endswith("bias −0.7")
    assert COUNTERPARTS["frontal"](run).why.startswith("no contrast of forecast_distance is called “frontal")


@pytest.mark.parametrize(
    ("simulated", "n", "expected"),
    [
        (True, 8, "The data are simulated: 8"),
        (False, 1, "partial: 1 subject and 1 pair of a subject and a story"),
        (False, 8, "The data are partial: 8"),
        (False, 320, "of the paper's size"),
        (False, 310, "difference +6 and -3"),
    ],
)
def test_the_first_sentence_describes_the_data(tables, simulated, n, expected):
    """Simulated, partial, or of the paper's size; each result names the facts that differ from the paper."""
    table = paper_table(read_paper(PAPER), run_of(tables, simulated=simulated, n=n))
    assert expected in table.note.split(". ")[0]
    why = {row[0]: row[4] for row in table.rows}["distance where F is highest"]
    assert ("simulated" in why) == simulated and "tiny layer 16" in why


def test_what_is_missing_has_its_own_reason(tables):
    """The analysis or the key that would give a number, not that there is none."""
    why = {row[0]: row[4] for row in paper_table(read_paper(PAPER), run_of(tables)).rows if row[3] == ABSENT}
    assert why["peak of F, semantic windows"] == "no analysis has source semantic (key sources of analyses)"
    assert why["gain of fine-tuning to forecast, auditory regions"] == "the config has no fine-tuning (key finetuning)"
    contrast = why["d*, inferior frontal gyrus − anterior superior temporal sulcus"]
    assert contrast == "no contrast of forecast_distance is called “ifg … - … sts” (key contrasts)"
    bare = all_tables(region_targets(12))
    for name in ("roi_depths", "symmetry", "widths"):
        bare |= {key: bare[key].iloc[:0] for key in (name, f"subject_{name}") if key in bare}
    bare["roi_scores"] = bare["roi_scores"].query("source in ['true', 'present'] and width in [0, 7]")
    bare["roi_scores"] = bare["roi_scores"].query("model == 'tiny' and (layer == 16 or score == 'brain_score')")
    why = {row[0]: row[4] for row in paper_table(read_paper(PAPER), run_of(bare)).rows if row[3] == ABSENT}
    assert "keys widths and distances" in why["single upcoming words 0 to 10 that contribute"]
    assert "several widths" in why["best width of the window"]
    assert "model listeners" in why["the same in percent of the noise ceiling"]
    assert why["d*, left against right"] == "the targets are not assigned to a hemisphere"
    assert "several layers" in why["k* in associative regions; in Heschl's gyrus and sulcus and anterior STS"]
    assert "several layers" in why["k*, angular gyrus − Heschl's gyrus"]
    assert "hemisphere" in why["regions per hemisphere (Destrieux, labels above 500 vertices cut)"]
    assert not any(text in ("simulated, effects planted", "as configured") for text in why.values())


def test_seconds_are_given_with_their_spread(tables):
    """Wherever a distance is given in seconds: words differ in length, and pauses lie between them."""
    run = run_of(tables)
    for key in ("seconds", "peak"):
        assert re.search(r"\d s \([−\d.]+ to [−\d.]+ s\)", COUNTERPARTS[key](run))
