"""Names, tables and sidecars of a BIDS dataset."""

import json

import pytest

from brainforecast.dataset.bids import parse_name
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
