"""Which runs are used, and why others are not."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainforecast.dataset.alignments import find_alignment
from brainforecast.dataset.bids import parse_name, read_tr
from brainforecast.dataset.formats import count_volumes
from brainforecast.dataset.plan import Plan, make_plan, plan_rows, plan_simulation
from brainforecast.errors import BadInput
from brainforecast.results.plan_tables import log_counts, plan_tables, read_paper_counts
from helpers.datasets import (
    REPOSITORY,
    assert_bad_input,
    write_dataset,
    write_gifti,
    write_lines,
    write_region_run,
    write_table_of_words,
)

# the 15 stories of the paper, and the TRs dropped at the start of each
ONSETS = {
    "21styear": 0,
    "black": 8,
    "bronx": 8,
    "forgot": 8,
    "lucy": 2,
    "merlin": 3,
    "notthefallintact": 3,
    "pieman": 0,
    "piemanpni": 8,
    "prettymouth": 0,
    "shapesphysical": 3,
    "shapessocial": 3,
    "sherlock": 3,
    "slumlordreach": 3,
    "tunnel": 2,
}


def write_header(path: Path, n_arrays: int, attributes: str = 'Dim0="10242"') -> Path:
    """Write a GIfTI file that is whole but holds no data."""
    arrays = f'<DataArray Intent="NIFTI_INTENT_TIME_SERIES" {attributes}></DataArray>' * n_arrays
    return write_lines(path, f'<GIFTI Version="1.0" NumberOfDataArrays="{n_arrays}">', arrays, "</GIFTI>")


def write_surface_dataset(root: Path, names: list[str]) -> dict:
    """Write a dataset of one subject with runs of 20 volumes of one story, named by what follows ``task-fable``."""
    write_lines(root / "participants.tsv", "participant_id", "sub-01")
    write_table_of_words(root / "stimuli/fable/words.tsv", [("once", 1.0, 0.5)])
    for name in names:
        write_header(root / f"sub-01/func/sub-01_task-fable{name}.func.gii", 20)
    return {"name": "tiny", "root": root, "response": "surface", "space": "fsaverage5", "desc": "clean", "tr": 1.5}


def write_events(root: Path, subject: str, story: str, onset: float) -> None:
    """Write the events of one run: music, then the story."""
    path = root / f"sub-{subject}/func/sub-{subject}_task-{story}_events.tsv"
    write_lines(path, "onset\tduration\ttrial_type", "0.0\t1.0\tmusic", f"{onset}\t9.0\tstory")


# a plan


def test_plan_of_a_tiny_dataset(tmp_path):
    """Each subject's runs in the order of the stories, with their lengths; nothing excluded, nothing to note."""
    plan = make_plan(write_dataset(tmp_path))
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


def test_story_sets_go_by_stories_order_and_lengths(tmp_path):
    """Subjects share a set when they heard the same stories in runs of the same lengths."""
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
    """`dataset.stories` and `dataset.subjects` choose; what is not chosen is told."""
    plan = make_plan({**write_dataset(tmp_path), "stories": ["myth"], "subjects": ["sub-02"]})
    assert {subject: [run.story for run in runs] for subject, runs in plan.runs.items()} == {"02": ["myth"]}
    assert [(row.subject, row.story, row.reason) for row in plan.exclusions] == [
        ("02", "fable", "story not in dataset.stories")
    ]


def test_story_without_alignment_is_excluded_unless_asked_for(tmp_path):
    """A run of a story nobody aligned is left out; asking for it is an error."""
    dataset = write_dataset(tmp_path)
    (tmp_path / "stimuli/myth/words.tsv").unlink()
    assert {row.reason for row in make_plan(dataset).exclusions} == {"no alignment"}
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "stories": ["fable", "myth"]})
    assert_bad_input(error, "dataset.stories", "myth", "fable", tmp_path)


def test_subject_without_runs_is_told(tmp_path):
    """A participant without a file is in the table of exclusions."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01", "sub-02", "sub-03")
    assert [(row.subject, row.story, row.reason) for row in make_plan(dataset).exclusions] == [
        ("03", None, "no run on disk")
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
    """The paths predicted before the simulation are those found after it."""
    dataset = write_surface_dataset(tmp_path, [])
    simulated = plan_simulation(dataset, {"n_listeners": 1, "stories": ["fable"], "tr": 1.5})
    assert simulated.story_sets == {"fable": ["01"]}
    for path in simulated.runs["01"][0].paths:
        write_header(Path(path), 20)
    found = make_plan(dataset)
    assert [run.paths for run in found.runs["01"]] == [run.paths for run in simulated.runs["01"]]
    assert found.stories == simulated.stories


def test_planning_imports_no_heavy_library():
    """The plan is read in every job: it costs no import of arrays or tables."""
    code = (
        "import sys, brainforecast.dataset.plan; print([m for m in ('numpy', 'pandas', 'praatio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY / "workflow", capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# exclusions, repeated runs


@pytest.mark.parametrize(("which", "kept"), [("last", ["10"]), ("first", ["2"]), ("all", ["2", "10"])])
def test_repeated_runs(tmp_path, which, kept):
    """The last, first or all runs of a story are used, in the order of their numbers."""
    ends = [f"_run-{run}_space-fsaverage5_hemi-{hemi}_desc-clean" for run in ("2", "10") for hemi in "LR"]
    plan = make_plan({**write_surface_dataset(tmp_path, ends), "repeated_runs": which})
    assert [run.run for run in plan.runs["01"]] == kept
    assert {row.reason for row in plan.exclusions} == (
        {f"repeated run: the {which} is used"} if len(kept) == 1 else set()
    )


def test_excluded_run_makes_way_for_its_repetition(tmp_path):
    """Exclusions come before the choice among repeated runs."""
    ends = [f"_run-{run}_space-fsaverage5_hemi-{hemi}_desc-clean" for run in ("1", "2") for hemi in "LR"]
    write_lines(tmp_path / "code/list.tsv", "participant_id\ttask\trun\treason", "sub-01\tfable\t2\tasleep")
    plan = make_plan({**write_surface_dataset(tmp_path, ends), "exclusions": ["code/list.tsv"]})
    assert [run.run for run in plan.runs["01"]] == ["1"]
    assert [(row.run, row.reason) for row in plan.exclusions] == [("2", "asleep")]


def test_exclusions_of_both_kinds(tmp_path):
    """A table may exclude a whole subject, a JSON list names scans; who is not a participant is noted."""
    dataset = write_dataset(tmp_path, subjects=["01", "02", "03"])
    table = write_lines(tmp_path / "out.tsv", "participant_id", "sub-01", "sub-99")
    listed = tmp_path / "scan_exclude.json"
    listed.write_text(json.dumps({"fable": {}, "myth": {"sub-02": ["sub-02_task-myth"]}}))
    plan = make_plan({**dataset, "exclusions": [str(table), str(listed)]})
    assert {subject: len(runs) for subject, runs in plan.runs.items()} == {"02": 1, "03": 2}
    assert {(row.subject, row.story, row.reason) for row in plan.exclusions} == {
        ("01", "fable", "listed in out.tsv"),
        ("01", "myth", "listed in out.tsv"),
        ("01", None, "no run left"),
        ("02", "myth", "listed in scan_exclude.json"),
    }
    assert plan.notes == ("exclusions name sub-99, who is not in participants.tsv",)


def test_other_entities_and_sessions_are_tolerated(tmp_path):
    """A session folder, an acquisition and fMRIPrep's own order and suffix are all runs; another space is not."""
    dataset = write_surface_dataset(tmp_path, [])
    for hemi in "LR":
        name = f"sub-01_ses-1_task-fable_acq-fast_hemi-{hemi}_space-fsaverage5_desc-clean_bold.func.gii"
        write_header(tmp_path / "sub-01/ses-1/func" / name, 20)
        write_header(tmp_path / f"sub-01/func/sub-01_task-fable_space-fsaverage6_hemi-{hemi}_desc-clean.func.gii", 20)
    plan = make_plan(dataset)
    left, right = plan.runs["01"][0].paths
    assert "ses-1" in left
    assert "hemi-L" in left
    assert right == left.replace("hemi-L", "hemi-R")


# where a story starts


def test_config_onset_wins_and_disagreement_is_noted(tmp_path):
    """So many volumes are dropped, words stay on the clock of the audio, events that say otherwise are told."""
    dataset = write_dataset(tmp_path, onset=0.5)
    for subject, onset in (("01", 4.0), ("02", 7.5)):
        write_events(tmp_path, subject, "fable", onset)
    plan = make_plan({**dataset, "onsets": {"fable": 2}})
    assert [(run.n_dropped, run.n_trs) for run in plan.runs["01"]] == [(2, 8), (0, 8)]
    assert plan.stories["fable"].shift == 0.0
    assert len(plan.notes) == 1
    assert "2 TRs (4.0 s)" in plan.notes[0]
    assert "7.0 s by events.tsv, in 1 of 2 runs" in plan.notes[0]


def test_events_place_the_story(tmp_path):
    """Speech from 6 s, the first word at .5 s: 2 TRs of 2 s dropped, words 1.5 s later; another run drops more."""
    dataset = write_dataset(tmp_path, onset=0.5)
    write_events(tmp_path, "01", "fable", 6.0)
    write_events(tmp_path, "02", "fable", 9.5)
    plan = make_plan(dataset)
    assert [plan.runs[subject][0].n_dropped for subject in plan.subjects] == [2, 4]
    assert plan.stories["fable"].shift == pytest.approx(1.5)
    assert plan.notes == ()


def test_story_that_starts_before_its_run_drops_nothing(tmp_path):
    """Audio that starts before the run gives words a negative shift."""
    dataset = write_dataset(tmp_path, onset=6.5)
    write_events(tmp_path, "01", "fable", 5.0)
    plan = make_plan({**dataset, "subjects": ["01"]})
    assert (plan.runs["01"][0].n_dropped, plan.stories["fable"].shift) == (0, -1.5)


# names, sidecars, headers


def test_names_are_split():
    """Entities, suffix, extension; what is no BIDS name is None."""
    name = parse_name("sub-01_task-fable_hemi-L_desc-clean.func.gii")
    assert name.entities == {"sub": "01", "task": "fable", "hemi": "L", "desc": "clean"}
    assert (name.suffix, name.extension) == (None, "func.gii")
    assert parse_name("sub-01_task-fable_events.tsv").suffix == "events"
    assert parse_name("dataset_description.json") is None


def test_nearest_sidecar_gives_the_repetition_time(tmp_path):
    """The run's folder before the root, a sidecar of the run before one of all; of another task or kind never."""
    run = write_lines(tmp_path / "sub-01/func/sub-01_task-fable_desc-roi_timeseries.tsv", "a", "1")
    assert read_tr(run, tmp_path) is None
    sidecars = {
        "task-myth_bold.json": 9,
        "task-fable_events.json": 8,
        "bold.json": 1,
        "task-fable_bold.json": 2,
        "sub-01/func/sub-01_timeseries.json": 3,
        "sub-01/func/sub-01_task-fable_desc-roi_timeseries.json": 4,
    }
    for name, tr in sidecars.items():
        write_lines(tmp_path / name, json.dumps({"RepetitionTime": tr}))
    found = []
    for name in reversed([*sidecars][2:]):
        found.append(read_tr(run, tmp_path))
        (tmp_path / name).unlink()
    assert found == [4, 3, 2, 1]
    assert read_tr(run, tmp_path) is None


def test_volumes_are_counted_without_reading_data(tmp_path):
    """One array per volume, one array of all, a table, as their own readers count them."""
    rng = np.random.default_rng(0)
    assert count_volumes(write_gifti(tmp_path / "a.func.gii", rng.random((7, 12)))) == 7
    assert count_volumes(write_gifti(tmp_path / "b.func.gii", [rng.random((12, 5))])) == 5
    assert count_volumes(write_gifti(tmp_path / "c.func.gii", rng.random((1, 12)))) == 1
    assert count_volumes(write_region_run(tmp_path / "d_timeseries.tsv", rng.random((6, 2)))) == 6


def test_find_alignment_knows_three_kinds(tmp_path):
    """Gentle before a BIDS table before a TextGrid."""
    assert find_alignment(tmp_path, "fable") is None
    for name in ("fable/words.TextGrid", "fable/words.tsv", "gentle/fable/align.csv"):
        path = write_lines(tmp_path / "stimuli" / name, "")
        assert find_alignment(tmp_path, "fable") == path


# bad input


def test_no_participants_table(tmp_path):
    """A folder that is no dataset."""
    with pytest.raises(BadInput) as error:
        make_plan({"name": "tiny", "root": tmp_path, "response": "region", "desc": "roi"})
    assert_bad_input(error, tmp_path / "participants.tsv", "No such file")


def test_duplicate_subject_row(tmp_path):
    """A subject listed twice."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01", "sub-02", "sub-01")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv row 4", "sub-01 a second time", "one row per subject")


def test_participants_without_ids(tmp_path):
    """A column under another name."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "subject\tage", "sub-01\t3")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv row 1", "subject, age", "participant_id")


def test_ragged_table(tmp_path):
    """A row with a column too few."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id\tage", "sub-01\t3", "sub-02")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv row 3", "1 columns", "2 as in the header")


def test_unknown_subject(tmp_path):
    """A subject asked for that nobody is, with the nearest."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "subjects": ["022"]})
    assert_bad_input(error, "dataset.subjects", "sub-022", "nearest is 02")


def test_missing_hemisphere(tmp_path):
    """A run with its left hemisphere only."""
    dataset = write_surface_dataset(tmp_path, ["_space-fsaverage5_hemi-L_desc-clean"])
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(
        error, "sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii", "no hemisphere R", "L and R"
    )


@pytest.mark.parametrize("n_bytes", [0, 30, 100])
def test_truncated_gifti(tmp_path, n_bytes):
    """A GIfTI file that is cut off is found before anything is computed."""
    dataset = write_surface_dataset(tmp_path, [f"_space-fsaverage5_hemi-{hemi}_desc-clean" for hemi in "LR"])
    path = tmp_path / "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii"
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, path, f"truncated file of {n_bytes} bytes", "whole GIfTI")


def test_link_to_a_file_that_was_not_got(tmp_path):
    """A DataLad dataset whose images are still elsewhere."""
    dataset = write_surface_dataset(tmp_path, [f"_space-fsaverage5_hemi-{hemi}_desc-clean" for hemi in "LR"])
    path = tmp_path / "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii"
    path.unlink()
    path.symlink_to(tmp_path / ".git/annex/objects/nowhere")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, path, "No such file", "DataLad")


def test_empty_story_set(tmp_path):
    """No run is left: what was there, and what a run is named."""
    dataset = write_dataset(tmp_path)
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "desc": "other"})
    assert_bad_input(error, tmp_path, "no run of any subject", "sub-01_task-<story>_desc-other_timeseries.tsv")
    write_lines(tmp_path / "out.tsv", "participant_id\treason", "sub-01\tasleep", "sub-02\tasleep")
    with pytest.raises(BadInput) as error:
        make_plan({**dataset, "exclusions": ["out.tsv"]})
    assert_bad_input(error, tmp_path, "no run left of 4", "asleep")


def test_no_repetition_time(tmp_path):
    """Neither a sidecar nor config says how long a volume takes."""
    dataset = write_dataset(tmp_path, tr=None)
    assert make_plan({**dataset, "tr": 1.5}).tr == 1.5
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "sub-01_task-fable_desc-roi_timeseries.tsv", "no RepetitionTime", "dataset.tr")


def test_repetition_times_that_differ(tmp_path):
    """Two runs of different repetition times do not go into one analysis; config that disagrees is noted."""
    dataset = write_dataset(tmp_path)
    assert make_plan({**dataset, "tr": 1.5}).notes == ("dataset.tr is 1.5 s, the sidecars say 2.0 s and are followed",)
    write_lines(tmp_path / "task-myth_timeseries.json", '{"RepetitionTime": 1.5}')
    (tmp_path / "desc-roi_timeseries.json").rename(tmp_path / "task-fable_timeseries.json")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "task-myth", "1.5 s", "2.0 s")


@pytest.mark.parametrize(("text", "found"), [('{"RepetitionTime": "2"}', "2"), ("{", "no JSON"), ("[]", "a JSON list")])
def test_broken_sidecar(tmp_path, text, found):
    """A sidecar that is no JSON, or whose repetition time is no number."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "desc-roi_timeseries.json", text)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "desc-roi_timeseries.json", found)


def test_run_shorter_than_its_start(tmp_path):
    """More volumes are dropped than the run has."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "onsets": {"fable": 10}})
    assert_bad_input(error, "sub-01_task-fable", "10 volumes", "more than the 10")


def test_exclusion_list_that_is_not_there(tmp_path):
    """A list of exclusions under a wrong name must not pass for an empty one."""
    with pytest.raises(BadInput) as error:
        make_plan({**write_dataset(tmp_path), "exclusions": ["scan_exclud.json"]})
    assert_bad_input(error, "scan_exclud.json", "No such file")


# the list of scans


def test_listed_scans_on_disk_are_used_there_and_others_planned(tmp_path):
    """A run on disk keeps its length; a run to fetch has none, before and after it was fetched."""
    dataset = write_dataset(tmp_path / "data", subjects=["01", "02"], stories={"fable": 10})
    absent = tmp_path / "data/sub-02/func/sub-02_task-fable_desc-roi_timeseries.tsv"
    absent.rename(tmp_path / absent.name)
    rows = [f"sub-{subject}\tfable\tn/a" for subject in ("01", "02")]
    write_lines(tmp_path / "data/scans.tsv", "participant_id\ttask\trun", *rows)
    dataset |= {"scans": "scans.tsv"}
    plan = make_plan(dataset, resources=str(tmp_path / "resources"))
    fetched = tmp_path / "resources/tiny/sub-02/func" / absent.name
    assert plan.runs["02"][0].paths == (str(fetched),)
    assert plan.story_sets == {"fable10": ["01"], "fable": ["02"]}
    fetched.parent.mkdir(parents=True)
    (tmp_path / absent.name).rename(fetched)
    assert make_plan(dataset, resources=str(tmp_path / "resources")) == plan


def test_listed_scan_with_one_hemisphere_on_disk_is_fetched_whole(tmp_path):
    """Both hemispheres of a run come from the same place."""
    dataset = write_surface_dataset(tmp_path, ["_space-fsaverage5_hemi-L_desc-clean"])
    write_lines(tmp_path / "scans.tsv", "participant_id\ttask\trun", "sub-01\tfable\tn/a")
    plan = make_plan({**dataset, "scans": "scans.tsv"})
    assert all(path.startswith("resources/tiny/sub-01/func/") for path in plan.runs["01"][0].paths)


# real data


def narratives(shared_data: Path, **settings) -> dict:
    """Section `dataset` of the config for the paper's runs."""
    surface = {"response": "surface", "space": "fsaverage6", "desc": "clean", "tr": 1.5}
    lists = {"scans": "scans.tsv", "exclusions": ["code/scan_exclude.json"]}
    return {
        "name": "narratives",
        "root": shared_data / "narratives",
        "stories": [*ONSETS],
        **surface,
        **lists,
        **settings,
    }


def test_narratives_are_the_pairs_of_the_recount(shared_data):
    """305 subjects, 617 pairs of subject and story, 628 runs where all repetitions are used; planned in 2 s."""
    start = time.process_time()
    plan = make_plan(narratives(shared_data, onsets=ONSETS))
    assert time.process_time() - start < 2
    pairs = Counter(run.story for runs in plan.runs.values() for run in runs)
    assert (len(plan.subjects), pairs.total()) == (305, 617)
    assert [pairs[story] for story in ("pieman", "notthefallintact", "merlin", "lucy")] == [75, 54, 35, 14]
    everything = make_plan(narratives(shared_data, onsets=ONSETS, repeated_runs="all"))
    assert sum(map(len, everything.runs.values())) == 628


def test_narratives_events_disagree_with_two_onsets(shared_data):
    """The events of bronx and piemanpni contradict the authors' onsets by more than a TR; no other story's do."""
    notes = make_plan(narratives(shared_data, onsets=ONSETS)).notes
    assert [note.split(":")[0] for note in notes] == ["bronx", "piemanpni"]


def test_pieman_is_one_story_set(shared_data):
    """36 listeners of 300 volumes share one design; the repetition time comes from the sidecar."""
    plan = make_plan({"name": "pieman", "root": shared_data / "pieman", "response": "region", "desc": "hubs"})
    assert {name: len(subjects) for name, subjects in plan.story_sets.items()} == {"pieman300": 36}
    assert plan.tr == 1.5


# ---- The plan as tables --------------------------------------------------------------------------------------------


def tables_of(plan: Plan) -> dict[str, pd.DataFrame]:
    """The tables of a plan whose listeners have two grids, of 3 and 1 cells, in one job."""
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


def test_narratives_are_told_beside_the_paper(shared_data, caplog):
    """Who is used, the runs that are not and why, and both the recount and the paper's numbers with the difference."""
    plan = make_plan(narratives(shared_data, onsets=ONSETS))
    with caplog.at_level("INFO", "brainforecast"):
        tables = tables_of(plan)
        log_counts(tables["counts"], plan.notes)
    counts = tables["counts"].set_index("what")
    assert counts.loc["listeners"].tolist() == [305, 304, 1]
    assert counts.loc["pairs of a listener and a story"].tolist() == [617, 622, -5]
    assert counts.loc["of these stories, pairs scanned more than once", "here"] == 14
    assert counts.loc["not used: listed in participants.tsv, but there is no run", "here"] == 3
    assert counts.loc["cells", "here"] == 4 * 305
    assert len(tables["subjects"]) == 305
    assert tables["stories"].set_index("story")["n_dropped"].to_dict() == ONSETS
    assert tables["stories"]["n_runs"].sum() == tables["subjects"]["n_runs"].sum() == 617
    assert any("paper: 622, difference -5" in message for message in caplog.messages)


def test_a_story_that_participants_list_and_nobody_scanned_is_told(tmp_path):
    """The column `task` of participants.tsv, where there is one, is compared with the runs that are there."""
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
