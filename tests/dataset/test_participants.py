"""The table of participants as spreadsheets write it, and the folders that it does not match."""

import shutil

import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines


def write_raw(root, text: str) -> None:
    """Write participants.tsv byte by byte."""
    (root / "participants.tsv").write_bytes(text.encode())


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("participant_id\tsex\nsub-01 \t1\n sub-02\t1\n", "the spaces around 2 names"),
        ("\ufeffparticipant_id\tsex\r\nsub-01\t1\r\nsub-02\t1\r\n\t\r\n\t\r\n", "2 blank rows"),
        ("participant_id \tsex\n01\t1\n\t\n02 \t1\n", "1 blank rows and the spaces around 1 names"),
    ],
)
def test_blanks_are_passed_over_with_a_note(tmp_path, text, note):
    """A byte order mark, spaces around names and rows of empty cells, as Excel leaves them."""
    dataset = write_dataset(tmp_path)
    write_raw(tmp_path, text)
    plan = make_plan(dataset)
    assert plan.subjects == ["01", "02"]
    assert f"participants.tsv: {note} are passed over" in plan.notes


def test_subject_after_a_blank_row_has_its_own_number(tmp_path):
    dataset = write_dataset(tmp_path)
    write_raw(tmp_path, "participant_id\nsub-01\n\nsub-02\n sub-01\n")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv row 5", "sub-01 a second time")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("participant_id\tsex\n", ["no subject below its header"]),
        ("participant_id\tsex\n\t\n\t\n", ["no subject below its header"]),
        ("participant_id\tsex\n\t1\n", ["row 2", "no participant_id"]),
        ("participant_id,sex\nsub-01,1\n", ["row 1", "participant_id,sex", "separated by tabs"]),
    ],
)
def test_tables_without_subjects_are_named(tmp_path, text, parts):
    dataset = write_dataset(tmp_path)
    write_raw(tmp_path, text)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv", *parts)


def test_labels_of_no_folder(tmp_path):
    """1 for 01: the table, and the nearest folder; where some match, the others are excluded and noted."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-1", "sub-2")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, tmp_path / "participants.tsv", "sub-1, sub-2", "nearest to the first is sub-01")
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-1", "sub-02")
    plan = make_plan(dataset)
    assert [(row.subject, row.reason) for row in plan.exclusions] == [("1", "no run on disk")]
    assert "folders of subjects that participants.tsv does not list are not read: sub-01" in plan.notes


def test_many_unlisted_folders_are_counted(tmp_path):
    dataset = write_dataset(tmp_path, subjects=[f"{k:02d}" for k in range(1, 10)], stories={"fable": 10})
    write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01")
    (note,) = [note for note in make_plan(dataset).notes if "does not list" in note]
    assert note.endswith("sub-02, sub-03, sub-04, sub-05, sub-06 and 3 more")
    shutil.rmtree(tmp_path / "sub-01")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv", "sub-01", "nearest to the first is sub-0")
