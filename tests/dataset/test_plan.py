"""Which runs are used, and why others are not."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from brainforecast.dataset.plan import make_plan, plan_rows, plan_simulation
from brainforecast.errors import BadInput
from helpers.datasets import (
    NARRATIVES_ONSETS,
    REPOSITORY,
    assert_bad_input,
    narratives_dataset,
    write_dataset,
    write_gifti_header,
    write_header_dataset,
    write_lines,
    write_region_run,
)


def test_plan_of_a_tiny_dataset(tmp_path):
    """Each subject's runs in the order of the stories, with their lengths; nothing excluded, nothing to note."""
    plan = make_plan({**write_dataset(tmp_path), "onsets": 0})
    assert plan.subjects == ["01", "02"]
    assert plan.tr == 2.0
    assert [(run.story, run.run, run.n_dropped, run.n_trs) for run in plan.runs["02"]] == [
        ("fable", None, 0, 10),
        ("myth", None, 0, 8),
    ]
    assert Path(plan.runs["02"][1].paths[0]).is_file()
    assert plan.stories["myth"].alignment == str(tmp_path / "stimuli/myth/words.tsv")
    assert (plan.stories["myth"].transcript, plan.stories["myth"].shift) == (None, 0.0)
    assert plan.exclusions == plan.notes == ()


def test_story_sets_depend_on_stories_order_and_lengths(tmp_path):
    """Subjects share a set where they have the same stories in runs of the same lengths."""
    dataset = write_dataset(tmp_path, subjects=["01", "02", "03"])
    write_region_run(tmp_path / "sub-03/func/sub-03_task-myth_desc-roi_timeseries.tsv", np.ones((9, 3)))
    assert make_plan(dataset).story_sets == {"fable10+myth8": ["01", "02"], "fable10+myth9": ["03"]}
    assert make_plan({**dataset, "stories": ["myth", "fable"]}).story_set("01") == "myth8+fable10"


def test_story_set_names_stay_short_and_apart(tmp_path):
    """Many stories get a hash; a story whose name ends in a digit keeps it apart from its length."""
    stories = {f"story{letter}": 5 for letter in "abcdefgh"}
    name = make_plan(write_dataset(tmp_path / "many", subjects=["01"], stories=stories)).story_set("01")
    assert name.startswith("8stories-")
    assert len(name) == len("8stories-") + 8
    assert make_plan(write_dataset(tmp_path / "one", subjects=["01"], stories={"1984": 5})).story_set("01") == "1984-5"


def test_stories_and_subjects_restrict(tmp_path):
    """`dataset.stories` and `dataset.subjects` choose; what is not chosen is reported."""
    plan = make_plan({**write_dataset(tmp_path), "stories": ["myth"], "subjects": ["sub-02"]})
    assert {subject: [run.story for run in runs] for subject, runs in plan.runs.items()} == {"02": ["myth"]}
    assert [(row.subject, row.story, row.reason) for row in plan.exclusions] == [
        ("02", "fable", "story not in dataset.stories")
    ]


def test_rows_of_a_plan(tmp_path):
    """One row per run, used or not."""
    rows = plan_rows(make_plan({**write_dataset(tmp_path), "stories": ["myth"]}))
    assert [(row["subject"], row["story"], row["used"], row["n_trs"]) for row in rows] == [
        ("01", "fable", "no", None),
        ("01", "myth", "yes", 8),
        ("02", "fable", "no", None),
        ("02", "myth", "yes", 8),
    ]


def test_plan_of_the_simulation_is_the_plan_of_what_it_writes(tmp_path):
    """The paths planned before the simulation are those found after it."""
    dataset = write_header_dataset(tmp_path, [])
    simulated = plan_simulation(dataset, {"n_listeners": 1, "stories": ["fable"], "tr": 1.5})
    assert simulated.story_sets == {"fable": ["01"]}
    for path in simulated.runs["01"][0].paths:
        write_gifti_header(Path(path), 20)
    found = make_plan(dataset)
    assert [run.paths for run in found.runs["01"]] == [run.paths for run in simulated.runs["01"]]
    assert found.stories == simulated.stories


def test_planning_imports_no_heavy_library():
    """Every job makes the plan, so it imports no library of arrays or tables."""
    code = (
        "import sys, brainforecast.dataset.plan; print([m for m in ('numpy', 'pandas', 'praatio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY / "workflow", capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_subject_without_runs_is_reported(tmp_path):
    """A participant without a file is in the table of exclusions."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01", "sub-02", "sub-03")
    assert [(row.subject, row.story, row.reason) for row in make_plan(dataset).exclusions] == [
        ("03", None, "no run on disk")
    ]


def test_story_listed_for_a_participant_without_a_run_is_reported(tmp_path):
    """The column `task` of participants.tsv, if there is one, is compared with the runs on disk."""
    dataset = write_dataset(tmp_path, stories={"fable": 10})
    write_lines(
        tmp_path / "participants.tsv",
        "participant_id\ttask",
        "sub-01\tfable,legend,legend",
        "sub-02\tfable",
        "sub-03\tn/a",
    )
    rows = [(row.subject, row.story, row.reason) for row in make_plan(dataset).exclusions]
    assert ("01", "legend", "listed in participants.tsv, but there is no run") in rows
    assert len([row for row in rows if row[2].startswith("listed in participants.tsv")]) == 1


@pytest.mark.parametrize(("which", "kept"), [("last", ["10"]), ("first", ["2"]), ("all", ["2", "10"])])
def test_repeated_runs(tmp_path, which, kept):
    """The last, first or all runs of a story are used, in the order of their numbers."""
    ends = [f"_run-{run}_space-fsaverage5_hemi-{hemi}_desc-clean" for run in ("2", "10") for hemi in "LR"]
    plan = make_plan({**write_header_dataset(tmp_path, ends), "repeated_runs": which})
    assert [run.run for run in plan.runs["01"]] == kept
    assert {row.reason for row in plan.exclusions} == (
        {f"repeated run: the {which} is used"} if len(kept) == 1 else set()
    )


def test_excluded_run_is_replaced_by_its_repetition(tmp_path):
    """Exclusions come before the choice among repeated runs."""
    ends = [f"_run-{run}_space-fsaverage5_hemi-{hemi}_desc-clean" for run in ("1", "2") for hemi in "LR"]
    write_lines(tmp_path / "code/list.tsv", "participant_id\ttask\trun\treason", "sub-01\tfable\t2\tasleep")
    plan = make_plan({**write_header_dataset(tmp_path, ends), "exclusions": ["code/list.tsv"]})
    assert [run.run for run in plan.runs["01"]] == ["1"]
    assert [(row.run, row.reason) for row in plan.exclusions] == [("2", "asleep")]


def test_no_repetition_time(tmp_path):
    """The repetition time is neither in a sidecar nor in the config."""
    dataset = write_dataset(tmp_path, tr=None)
    assert make_plan({**dataset, "tr": 1.5}).tr == 1.5
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "sub-01_task-fable_desc-roi_timeseries.tsv", "no RepetitionTime", "dataset.tr")


def test_repetition_times_that_differ(tmp_path):
    """Runs of different repetition times are refused; a config that disagrees with the sidecars is noted."""
    dataset = {**write_dataset(tmp_path), "onsets": 0}
    assert make_plan({**dataset, "tr": 1.5}).notes == (
        "dataset.tr is 1.5 s, but the sidecars say 2.0 s; the sidecars are used",
    )
    write_lines(tmp_path / "task-myth_timeseries.json", '{"RepetitionTime": 1.5}')
    (tmp_path / "desc-roi_timeseries.json").rename(tmp_path / "task-fable_timeseries.json")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "task-myth", "1.5 s", "2.0 s")


def test_unknown_subject(tmp_path):
    """An unknown subject, with the nearest one."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "subjects": ["022"]})
    assert_bad_input(error, "dataset.subjects", "sub-022", "nearest is 02")


def test_run_shorter_than_its_start(tmp_path):
    """More volumes are dropped than the run has."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "onsets": {"fable": 10}})
    assert_bad_input(error, "sub-01_task-fable", "10 volumes", "more than the 10")


def test_empty_story_set(tmp_path):
    """No run is left: what there was, and what a run is named."""
    dataset = write_dataset(tmp_path)
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "desc": "other"})
    assert_bad_input(error, tmp_path, "no run of any subject", "sub-01_task-<story>_desc-other_timeseries.tsv")
    write_lines(tmp_path / "out.tsv", "participant_id\treason", "sub-01\tasleep", "sub-02\tasleep")
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "exclusions": ["out.tsv"]})
    assert_bad_input(error, tmp_path, "no run left of 4", "asleep")


def test_narratives_are_the_pairs_of_the_recount(shared_data):
    """305 subjects, 617 pairs of subject and story, 628 runs where all repetitions are used; planned in 2 s."""
    start = time.process_time()
    plan = make_plan(narratives_dataset(shared_data, onsets=NARRATIVES_ONSETS))
    assert time.process_time() - start < 2
    pairs = Counter(run.story for runs in plan.runs.values() for run in runs)
    assert (len(plan.subjects), pairs.total()) == (305, 617)
    assert [pairs[story] for story in ("pieman", "notthefallintact", "merlin", "lucy")] == [75, 54, 35, 14]
    everything = make_plan(narratives_dataset(shared_data, onsets=NARRATIVES_ONSETS, repeated_runs="all"))
    assert sum(map(len, everything.runs.values())) == 628


def test_pieman_is_one_story_set(shared_data):
    """36 subjects with 300 volumes share one design; the repetition time comes from the sidecar."""
    plan = make_plan({"name": "pieman", "root": shared_data / "pieman", "response": "region", "desc": "hubs"})
    assert {name: len(subjects) for name, subjects in plan.story_sets.items()} == {"pieman300": 36}
    assert plan.tr == 1.5
