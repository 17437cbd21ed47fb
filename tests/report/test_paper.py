"""The paper's numbers beside the run's, and how far d* and k* can be trusted."""

import pandas as pd
import pytest

from brainforecast.report.counterparts import COUNTERPARTS, Run
from brainforecast.report.paper import ABSENT, paper_table, read_paper
from brainforecast.report.reliability import reliability
from brainforecast.report.tables import stories
from helpers.datasets import REPOSITORY
from helpers.synthetic_analyses import CEILING, all_tables, without_rows
from helpers.synthetic_tables import CELL, config, listeners, region_targets, surface_targets, words

PAPER = REPOSITORY / "workflow/report/paper.tsv"


def run_of(tables: dict, *, simulated: bool = True, n: int = 8) -> Run:
    """A run of two stories."""
    tables = tables | {name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths")}
    heard = listeners(n)
    return Run(tables, stories(words(), heard, 1.5), heard, config(simulated=simulated), simulated, 1.5)


@pytest.fixture(scope="module")
def tables():
    return all_tables(surface_targets(40))


@pytest.fixture(scope="module")
def told(tables):
    return {row[0]: row for row in paper_table(read_paper(PAPER), run_of(tables)).rows}


def test_every_statement_has_a_counterpart():
    """The table and the module name the same statements; nothing of the paper is empty."""
    statements = read_paper(PAPER)
    assert {s["key"] for s in statements} == COUNTERPARTS.keys()
    assert {s["kind"] for s in statements} == {"data", "settings", "result"}
    assert all(all(s.values()) for s in statements) and len({s["key"] for s in statements}) == len(statements)


@pytest.mark.parametrize(
    ("what", "paper"),
    [
        ("listeners", "304"),
        ("pairs of a listener and a story", "622"),
        ("words per second", "2.54"),
        ("d = 8 words in seconds", "3.15 s"),
        ("distance where F is highest", "8 words"),
        ("gain in brain score at d = 8", "23 % ± 9 % (across listeners)"),
        ("the same in percent of the noise ceiling", "60 %"),
        ("d*, inferior frontal gyrus − anterior superior temporal sulcus", "0.9 ± 0.2 words, P < .001"),
        ("k*, angular gyrus − Heschl's gyrus", "2.5 ± 0.3 layers, P < .001"),
        ("regions per hemisphere (Destrieux, labels above 500 vertices cut)", "142"),
        ("best width of the window", "about 8 words"),
        ("peak of F, syntactic windows", "5 words"),
    ],
)
def test_the_papers_numbers_are_told(told, what, paper):
    """As the paper states them."""
    assert told[what][1] == paper


def test_counterparts_are_the_runs_numbers(told, tables):
    """Each from its table."""
    assert told["listeners"][3] == "8" and told["pairs of a listener and a story"][3] == "15"
    assert told["d = 8 words in seconds"][3] == "3.2 s"
    assert told["delays (finite impulse response)"][3] == "6, from 0 to 9 s"
    everything = tables["roi_scores"].query("level == 'all' and source == 'true' and layer == 16 and width == 7")
    best = everything.loc[everything["mean"].idxmax()]
    assert told["distance where F is highest"][3].startswith(f"{best['distance']} words (")
    R = tables["roi_scores"].query("level == 'roi' and layer == 16 and score == 'brain_score' and hemi == hemi")["mean"]
    assert told["highest brain score R"][3].startswith(f"{R.max():.4f}, ")
    share = told["the same in percent of the noise ceiling"][3]
    assert share == f"{100 * R.max() / CEILING:.2g} % of {CEILING:.4f}"
    assert told["d*, frontal against temporal"][3] == "3.4 words [2.1,\u202f4.6], p = 0.008"
    assert told["best width of the window"][3].startswith("7 words, F = ")
    assert told["random windows"][3].endswith("above 0 at 0 of 41 distances")
    assert told["d*, left against right"][3] == "1 of 8 regions differ: lingual"
    assert told["k* in associative regions; in Heschl's gyrus and sulcus and anterior STS"][3].startswith("frontal ")


def test_what_was_not_computed_says_so(told, tables):
    """No fine-tuning, no contrast of that name, no analysis: each says that it was not computed."""
    for what in ("gain of fine-tuning to forecast, auditory regions", "peak of F, semantic windows"):
        assert told[what][3] == ABSENT
    assert told["k*, angular gyrus − Heschl's gyrus"][3] == ABSENT
    bare = without_rows(all_tables(region_targets(12)))
    bare["roi_scores"] = bare["roi_scores"].query(
        "source in ['true', 'present'] and width in [0, 7] and model == 'tiny'"
    )
    rows = {row[0]: row for row in paper_table(read_paper(PAPER), run_of(bare, simulated=False)).rows}
    for what in ("best width of the window", "random windows", "single upcoming words 0 to 10 that contribute"):
        assert rows[what][3] == ABSENT
    assert rows["regions per hemisphere (Destrieux, labels above 500 vertices cut)"][3] == ABSENT
    assert rows["highest brain score R"][3] != ABSENT


def test_a_contrast_is_found_by_its_name(tables):
    """IFG - anterior STS and angular - Heschl, each in its unit."""
    first = tables["contrasts"].assign(contrast="IFG - anterior STS", distance=None)
    second = first.assign(contrast="angular - Heschl", measure="forecast_depth", layer=None, distance=8, effect=2.5)
    run = run_of(tables | {"contrasts": pd.concat([first, second])})
    assert COUNTERPARTS["ifg_sts"](run).startswith("3.4 words [")
    assert COUNTERPARTS["angular_heschl"](run).startswith("2.5 layers [")
    assert COUNTERPARTS["frontal"](run) is None


@pytest.mark.parametrize(
    ("simulated", "n", "said"),
    [
        (True, 8, "The data are simulated: 8"),
        (False, 8, "The data are partial: 8"),
        (False, 320, "of the paper's size"),
        (False, 310, "difference +6 and -3"),
    ],
)
def test_the_first_sentence_says_what_the_data_are(tables, simulated, n, said):
    """Simulated, partial, or of the paper's size; each result names the facts that set it apart."""
    table = paper_table(read_paper(PAPER), run_of(tables, simulated=simulated, n=n))
    assert said in table.note.split(". ")[0]
    why = {row[0]: row[4] for row in table.rows}["distance where F is highest"]
    assert ("simulated" in why) == simulated and "tiny layer 16" in why


def test_reliability_stands_beside_the_null(tables):
    """A row per peak and window, the told window first; correlations and the argmax of the shuffled window."""
    table = reliability(tables, CELL, 0.01)
    rows = {(row[0], row[1]): row for row in table.rows}
    assert [row[1] for row in table.rows[:2]] == ["true window", "shuffled window"]
    true, null = (rows["d* (words)", f"{source} window"] for source in ("true", "shuffled"))
    assert true[7] == "0.81 [0.71,\u202f0.91]" and true[8] == "0.81" and true[9] == "masked, 30"
    means = tables["forecast_distance"].query("source == 'shuffled'")["mean"]
    assert null[3] == f"{means.mean():.3g} ± {means.std():.2g}" and null[7].startswith("0.02")
    passing = tables["forecast_distance"].query("source == 'true' and q_value < 0.01")
    assert true[4] == str(len(passing))
    assert ("k* (layer)", "shuffled window") in rows


def test_reliability_without_rows(tables):
    """No depth, no halves: d* alone, with dashes."""
    table = reliability(without_rows(tables), CELL, 0.01)
    assert {row[0] for row in table.rows} == {"d* (words)"} and table.rows[0][7] == "–"
