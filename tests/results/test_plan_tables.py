"""The tables of a plan: subjects, stories, and counts compared with the paper's."""

import pandas as pd

from brainforecast.dataset.plan import Plan, make_plan, plan_rows
from brainforecast.results.plan_tables import log_counts, plan_tables, read_paper_counts
from helpers.datasets import NARRATIVES_ONSETS, REPOSITORY, narratives_dataset


def tables_of(plan: Plan) -> dict[str, pd.DataFrame]:
    """Tables of a plan whose subjects have two grids, of 3 and 1 cells, in one job."""
    starts = [
        {"story": run.story, "n_dropped": run.n_dropped, "shift": plan.stories[run.story].shift}
        for runs in plan.runs.values()
        for run in runs
    ]
    return plan_tables(
        plan_rows(plan),
        starts,
        plan.story_sets,
        [3, 1],
        1,
        paper=read_paper_counts(REPOSITORY / "workflow/report/paper.tsv"),
    )


def test_narratives_counts_are_compared_with_the_paper(shared_data, caplog):
    """Subjects and runs used, reasons for those not used, and counts with their difference from the paper's."""
    plan = make_plan(narratives_dataset(shared_data, onsets=NARRATIVES_ONSETS))
    with caplog.at_level("INFO", "brainforecast"):
        tables = tables_of(plan)
        log_counts(tables["counts"], plan.notes)
    counts = tables["counts"].set_index("what")
    assert counts.loc["subjects"].tolist() == [305, 304, 1]
    assert counts.loc["pairs of a subject and a story"].tolist() == [617, 622, -5]
    assert counts.loc["of these stories, pairs scanned more than once", "here"] == 14
    assert counts.loc["not used: listed in participants.tsv, but there is no run", "here"] == 3
    assert counts.loc["cells", "here"] == 4 * 305
    assert len(tables["subjects"]) == 305
    assert tables["stories"].set_index("story")["n_dropped"].to_dict() == NARRATIVES_ONSETS
    assert tables["stories"]["n_runs"].sum() == tables["subjects"]["n_runs"].sum() == 617
    assert any("paper: 622, difference -5" in message for message in caplog.messages)
