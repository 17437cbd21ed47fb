"""Names, tables and sidecars of a BIDS dataset."""

import json
import os

import pytest

from brainforecast.dataset.bids import LARGEST_TEXT, parse_name, parse_number, parse_whole_number, read_json, read_tsv
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.plan import make_plan
from brainforecast.dataset.sidecars import read_timing
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_dataset, write_lines


def test_names_are_split():
    """Entities, suffix, extension; None for a name that is not BIDS."""
    name = parse_name("sub-01_task-fable_hemi-L_desc-clean.func.gii")
    assert name.entities == {"sub": "01", "task": "fable", "hemi": "L", "desc": "clean"}
    assert (name.suffix, name.extension) == (None, "func.gii")
    assert parse_name("sub-01_task-fable_events.tsv").suffix == "events"
    assert parse_name("dataset_description.json") is None


def test_nearest_sidecar_gives_the_repetition_time(tmp_path):
    """The run's folder before the root, a sidecar of the run before one of all runs; never of another task."""
    run = write_lines(tmp_path / "sub-01/func/sub-01_task-fable_desc-roi_timeseries.tsv", "a", "1")
    assert tr_of(run, tmp_path) is None
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
        found.append(tr_of(run, tmp_path))
        (tmp_path / name).unlink()
    assert found == [4, 3, 2, 1]
    assert tr_of(run, tmp_path) is None


def tr_of(run, root):
    """The repetition time of a run, by sidecars as they are now."""
    return read_timing(run, Layout(root, root)).tr


def test_no_participants_table(tmp_path):
    """A folder that is not a dataset."""
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
    """A row with too few columns."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "participants.tsv", "participant_id\tage", "sub-01\t3", "sub-02")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "participants.tsv row 3", "1 columns", "2 as in the header")


@pytest.mark.parametrize(
    ("text", "found"), [('{"RepetitionTime": "2"}', "2"), ("{", "invalid JSON"), ("[]", "a JSON list")]
)
def test_broken_sidecar(tmp_path, text, found):
    """A sidecar that is invalid JSON, or whose repetition time is not a number."""
    dataset = write_dataset(tmp_path)
    write_lines(tmp_path / "desc-roi_timeseries.json", text)
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, "desc-roi_timeseries.json", found)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"a\tb\tb\n1\t2\t3\n", ["row 1", "column b twice"]),
        (b"a\tb\n1\t2\0\n", ["line 2", "a NUL character"]),
        ("a\tb\n1\t2\n".encode("utf-16-le"), ["line 1", "a NUL character"]),
        ("a\tb\n1\té\n".encode("latin-1"), ["bytes that are not UTF-8 (at 6)"]),
    ],
)
def test_tables_that_are_no_text(tmp_path, content, parts):
    """Two columns of one name, of which one would be lost; bytes of another kind of file."""
    path = tmp_path / "a.tsv"
    path.write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_tsv(path)
    assert_bad_input(error, path, *parts)


def test_characters_that_end_no_line(tmp_path):
    """A line ends with a line feed or a carriage return, and with nothing else that Unicode has."""
    path = tmp_path / "a.tsv"
    path.write_bytes("a\tb\r1\x1c\t2\u2028x\r\n3\t4\n".encode())
    assert read_tsv(path) == [{"a": "1", "b": "2\u2028x"}, {"a": "3", "b": "4"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1, "a": 2}', "two values of a in one object"),
        ('{"a": {"b": ' + "[" * 100_000, "inside each other"),
        (f'{{"a": 1{"0" * 5000}}}', "a number of thousands of digits"),
        ('{"a": "\\ud800"}', "half of a character"),
        ("[1]", "a JSON list"),
    ],
    ids=["key twice", "deep", "long number", "half", "list"],
)
def test_json_that_is_none(tmp_path, text, found):
    """One line each, whatever Python's own reader does with it."""
    with pytest.raises(BadInput) as error:
        read_json(write_lines(tmp_path / "a.json", text))
    assert_bad_input(error, tmp_path / "a.json", found)


def test_only_files_of_a_reasonable_size_are_read(tmp_path):
    """A device, a pipe and a folder are none; a large file is refused before it is read."""
    large = tmp_path / "large.json"
    large.touch()
    os.truncate(large, LARGEST_TEXT + 1)  # takes no room
    os.mkfifo(tmp_path / "pipe.json")
    os.symlink("/dev/zero", tmp_path / "zero.json")
    cases = {"large": "67,108,865 bytes", "pipe": "no file of data", "zero": "no file of data"}
    for name, found in cases.items():
        with pytest.raises(BadInput) as error:
            read_json(tmp_path / f"{name}.json")
        assert_bad_input(error, tmp_path / f"{name}.json", found)
    with pytest.raises(BadInput, match="a folder"):
        read_json(tmp_path)


def test_numbers_in_cells():
    """What others read as numbers; 1_000 is one to Python alone."""
    texts = ["1", " -2.5e3 ", "1_000", "nan", "1e999", "0x10", "1,5", ""]
    assert [parse_number(text) for text in texts] == [1, -2500, None, None, None, None, None, None]
    texts = ["12", "-3", "1.0", "1_0", "²", "٣", "9" * 19, ""]
    assert [parse_whole_number(text) for text in texts] == [12, -3, None, None, None, None, None, None]
