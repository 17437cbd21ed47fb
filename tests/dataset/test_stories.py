"""A story by run, and runs that are the parts of a story."""

import json

import numpy as np
import pytest

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.alignments import read_rows
from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines, write_region_run, write_table_of_words

FIRST_RUNS = {"01": 15, "02": 4}  # subject: label of the first run


def write_parts(root, n_parts: int = 3, *, n_volumes: int = 20, sections: bool = True, clock: str = "anew") -> dict:
    """Write runs of one task, two subjects with other labels, and the words of the whole; its section `dataset`.

    Parameters
    ----------
    clock : ``anew``, times start in each part; ``one``, they go on.
    """
    write_lines(root / "participants.tsv", "participant_id", *(f"sub-{subject}" for subject in FIRST_RUNS))
    write_lines(root / "desc-roi_timeseries.json", json.dumps({"RepetitionTime": 2.0}))
    for subject, first in FIRST_RUNS.items():
        for k in range(n_parts):
            name = f"sub-{subject}_task-book_run-{first + k:02d}_desc-roi_timeseries.tsv"
            write_region_run(root / f"sub-{subject}/func" / name, np.ones((n_volumes, 3)))
    rows = []
    for part in range(n_parts):
        start = 2 * n_volumes * part if clock == "one" else 0
        rows += [f"{start + 1 + k}\t0.5\tw{part}x{k}" + (f"\tpart {part}" if sections else "") for k in range(30)]
    write_lines(root / "stimuli/book/words.tsv", "onset\tduration\tword" + ("\tsection" if sections else ""), *rows)
    return {"name": "book", "root": str(root), "response": "region", "space": None, "desc": "roi", "onsets": 0}


def words_of(plan, story: str) -> list[tuple[str, float]]:
    """The words of a story, with their onsets in s after its first volume."""
    planned = plan.stories[story]
    rows = read_rows(planned.alignment, AlignmentOptions.from_config({}, planned.section, planned.span))
    return [(row.word, row.onset + planned.shift) for row in rows]


@pytest.mark.parametrize(("sections", "clock"), [(True, "anew"), (True, "one"), (False, "one")])
def test_runs_in_order_are_parts(tmp_path, sections, clock):
    """Part k is the k-th run of a subject, whatever its label, with the words of its section or of its time."""
    plan = make_plan(write_parts(tmp_path, sections=sections, clock=clock) | {"repeated_runs": "parts"})
    runs = {subject: [(run.story, run.run, run.task) for run in runs] for subject, runs in plan.runs.items()}
    assert runs["01"] == [("book1", "15", "book"), ("book2", "16", "book"), ("book3", "17", "book")]
    assert runs["02"] == [("book1", "04", "book"), ("book2", "05", "book"), ("book3", "06", "book")]
    for part in range(3):
        words = words_of(plan, f"book{part + 1}")
        assert [word for word, _ in words] == [f"w{part}x{k}" for k in range(30)]
        starts_anew = clock == "anew" or not sections
        assert words[0][1] == pytest.approx(1 if starts_anew else 1 + 40 * part)
    assert plan.exclusions == ()
    note, *others = [note for note in plan.notes if note.startswith("book:")]
    assert all("cut where the runs end" in other for other in others)
    assert len(others) == (clock == "one" and not sections)
    assert "run-15 to run-17 (1)" in note and "run-04 to run-06 (1)" in note


def test_parts_have_onsets_of_their_own_or_of_the_task(tmp_path):
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    for onsets, dropped in (({"book": 2}, [2, 2, 2]), ({"book": 2, "book3": 1}, [2, 2, 1]), (3, [3, 3, 3])):
        assert [run.n_dropped for run in make_plan(dataset | {"onsets": onsets}).runs["02"]] == dropped


def test_events_of_a_part(tmp_path):
    """Each part starts where the events of its own run say, by the first word of its own section."""
    dataset = write_parts(tmp_path, clock="one") | {"repeated_runs": "parts", "onsets": None}
    for subject, first in FIRST_RUNS.items():
        for k in range(3):
            path = tmp_path / f"sub-{subject}/func/sub-{subject}_task-book_run-{first + k:02d}_events.tsv"
            write_lines(path, "onset\tduration\ttrial_type", f"{5 + k}\t20\tstory")
    plan = make_plan(dataset)
    for k in range(3):
        first_word = words_of(plan, f"book{k + 1}")[0][1]
        assert plan.runs["01"][k].n_dropped * 2 + first_word == pytest.approx(5 + k)


def test_parts_with_an_alignment_each(tmp_path):
    """At the usual place of ``<task><k>``, or by ``{run}``, the number of the part, in ``stimuli.words``."""
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    (tmp_path / "stimuli/book/words.tsv").unlink()
    for k in (1, 2, 3):
        write_table_of_words(tmp_path / f"stimuli/book{k}/words.tsv", [(f"own{k}", 1.0, 0.5)])
        write_table_of_words(tmp_path / f"annotation/book_section{k}.tsv", [(f"other{k}", 1.0, 0.5)])
    plan = make_plan(dataset)
    assert [words_of(plan, f"book{k}")[0][0] for k in (1, 2, 3)] == ["own1", "own2", "own3"]
    plan = make_plan(dataset, alignments={"words": "annotation/{task}_section{run}.tsv"})
    assert [words_of(plan, f"book{k}")[0][0] for k in (1, 2, 3)] == ["other1", "other2", "other3"]
    assert (
        make_plan({**dataset, "stories": ["book"]}, alignments={"words": "annotation/{task}_section{run}.tsv"}) == plan
    )


@pytest.mark.parametrize(("n_runs", "n_sections"), [(4, 3), (2, 3)])
def test_as_many_sections_as_runs(tmp_path, n_runs, n_sections):
    dataset = write_parts(tmp_path, n_sections) | {"repeated_runs": "parts"}
    table = (tmp_path / "stimuli/book/words.tsv").read_text()
    for path in tmp_path.glob("sub-*/func/*"):
        path.unlink()
    write_parts(tmp_path, n_runs)
    (tmp_path / "stimuli/book/words.tsv").write_text(table)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "dataset.repeated_runs: parts", f"{n_runs} runs of book", f"{n_sections} sections")


def test_a_subject_who_lacks_a_part(tmp_path):
    """Which one is missing cannot be known; the subject is left out by the lists of exclusions, with their reason."""
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    next(tmp_path.glob("sub-02/func/*run-05*")).unlink()
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "sub-02", "2 runs of book (run-04, run-06)", "others have 3")
    write_lines(tmp_path / "out.tsv", "participant_id\treason", "sub-02\tasleep")
    plan = make_plan(dataset | {"exclusions": ["out.tsv"]})
    assert plan.subjects == ["01"]
    assert {row.reason for row in plan.exclusions} == {"asleep", "no run left"}


def test_an_excluded_run_keeps_its_number(tmp_path):
    """The parts after it stay what they are."""
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    write_lines(tmp_path / "out.tsv", "participant_id\ttask\trun", "sub-01\tbook\t16")
    plan = make_plan(dataset | {"exclusions": ["out.tsv"]})
    assert [run.story for run in plan.runs["01"]] == ["book1", "book3"]


def test_parts_are_no_choice_between_files(tmp_path):
    """Parts may differ in an entity; two files of one part have to be chosen from."""
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    for path in sorted(tmp_path.glob("sub-*/func/*run-1[57]*")):
        path.rename(path.with_name(path.name.replace("_run", "_dir-AP_run")))
    assert len(make_plan(dataset).runs["01"]) == 3
    for path in sorted(tmp_path.glob("sub-*/func/*dir-AP*")):
        path.with_name(path.name.replace("AP", "PA")).write_text(path.read_text())
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "dir-AP and dir-PA", "dataset.entities: {dir: AP}")


def test_runs_that_end_at_other_times_cannot_cut_one_clock(tmp_path):
    dataset = write_parts(tmp_path, sections=False, clock="one") | {"repeated_runs": "parts"}
    for path in tmp_path.glob("sub-02/func/*run-04*"):
        write_region_run(path, np.ones((24, 3)))
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "dataset.repeated_runs: parts", "[24, 44, 64]", "stimuli.columns.section")


@pytest.mark.parametrize("repeated_runs", [None, "last"])
def test_sections_that_start_anew_are_no_story(tmp_path, repeated_runs):
    """Read as a whole they stop the plan; the line has both ways to read them."""
    with pytest.raises(BadInput) as error:
        make_plan(write_parts(tmp_path) | {"repeated_runs": repeated_runs})
    assert_bad_input(error, "words.tsv", "3 sections", "dataset.repeated_runs: parts", "dataset.stories", "task: book")


@pytest.mark.parametrize("repeated_runs", [None, "last", "first"])
def test_many_runs_of_a_story_are_never_dropped_without_a_line(tmp_path, repeated_runs):
    dataset = write_parts(tmp_path, 9, sections=False, clock="one") | {"repeated_runs": repeated_runs}
    plan = make_plan(dataset)
    assert [len(runs) for runs in plan.runs.values()] == [1, 1]
    (note,) = [note for note in plan.notes if "left out" in note]
    assert "2 subjects" in note and "16 runs left out" in note
    assert "dataset.repeated_runs: parts" in note and "dataset.stories" in note and "task: book" in note


def test_two_runs_are_noted_unless_the_config_chooses(tmp_path):
    dataset = write_parts(tmp_path, 2, sections=False, clock="one")
    notes = {which: make_plan(dataset | {"repeated_runs": which}).notes for which in (None, "last", "first", "all")}
    assert [which for which, lines in notes.items() if any("left out" in line for line in lines)] == [None]
    (note,) = [line for line in notes[None] if "left out" in line]
    assert "run-04 (1), run-15 (1)" in note and "the last is used" in note


def test_a_story_by_run(tmp_path):
    """Its name, the run of its task, the section of its words; 4 and 04 are one run."""
    stories = {
        f"chapter{k}": {"task": "book", "run": 3 + k, "section": f"part {k - 1}", "words": "stimuli/book/words.tsv"}
        for k in (1, 3)
    }
    plan = make_plan(write_parts(tmp_path) | {"stories": stories, "subjects": ["02"]})
    assert [(run.story, run.run) for run in plan.runs["02"]] == [("chapter1", "04"), ("chapter3", "06")]
    assert words_of(plan, "chapter3")[0] == ("w2x0", 1.0)
    assert [(row.run, row.reason) for row in plan.exclusions] == [("05", "story not in dataset.stories")]


@pytest.mark.parametrize(
    ("stories", "parts"),
    [
        ({"one": {"task": "book", "run": 99}}, ["dataset.stories one", "run 99 of book", "04, 05, 06, 15, 16, 17"]),
        ({"one": {"task": "buch"}}, ["dataset.stories one", "no run of task buch", "nearest is book"]),
        ({"one": {"tsk": "book"}}, ["dataset.stories one.tsk", "task"]),
        ({"one": "book"}, ["dataset.stories one", "{task: ..., run: ...}"]),
        (
            {"one": {"task": "book", "run": 15}, "two": {"task": "book"}},
            ["of one and of two", "one story for each run"],
        ),
        ({"chapter_1": {"task": "book"}}, ["chapter_1", "letters and digits"]),
        (["book", "book"], ["book twice"]),
    ],
)
def test_stories_that_cannot_be_read(tmp_path, stories, parts):
    with pytest.raises(BadInput) as error:
        make_plan(write_parts(tmp_path) | {"stories": stories})
    assert_bad_input(error, *parts)


def test_parts_and_stories_of_one_name(tmp_path):
    """A task book1 beside the parts of book."""
    dataset = write_parts(tmp_path) | {"repeated_runs": "parts"}
    write_table_of_words(tmp_path / "stimuli/book1/words.tsv", [("a", 1.0, 0.5)])
    write_region_run(tmp_path / "sub-01/func/sub-01_task-book1_desc-roi_timeseries.tsv", np.ones((20, 3)))
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "book1", "dataset.stories")
