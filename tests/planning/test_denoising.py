"""What is removed from the runs: known when planning, and wrong arguments are one line."""

import pytest

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.errors import BadInput
from brainforecast.planning.denoising import Denoising, check_denoising, check_filter, plan_denoising
from helpers.datasets import assert_bad_input, write_lines

NOTHING = {"tail": None, "confounds": None, "high_pass": None, "standardize": None, "missing_volumes": "stop"}
MOTION = {"strategy": ["motion", "scrub"], "motion": "basic"}


def dataset(**changes):
    return {"name": "d", "root": "data", "response": "region", "space": None, "derivatives": None} | NOTHING | changes


def plan_of(folder):
    """Two runs of one subject, with a session."""
    runs = []
    for story, n_dropped in (("fable", 2), ("myth", 0)):
        path = folder / f"sub-01/ses-1/func/sub-01_ses-1_task-{story}_run-2_desc-x_timeseries.tsv"
        runs.append(Run("01", story, "2", (str(path),), n_dropped, 90, 95, "1"))
    return Plan({"01": tuple(runs)}, {story: Story("words.tsv", None, 0.0) for story in ("fable", "myth")}, 1.5)


def write_tables(folder, *stories):
    func = folder / "sub-01/ses-1/func"
    names = [func / f"sub-01_ses-1_task-{story}_run-2_desc-confounds_timeseries.tsv" for story in stories]
    return [str(write_lines(name, "trans_x", "0.1")) for name in names]


@pytest.mark.parametrize(
    ("changes", "is_wanted"),
    [
        ({}, False),
        ({"missing_volumes": "mask"}, False),
        ({"high_pass": 0.008}, True),
        ({"standardize": "psc"}, True),
        ({"confounds": MOTION}, True),
    ],
)
def test_a_job_of_its_own_only_where_something_is_removed(tmp_path, changes, is_wanted):
    denoising = Denoising(dataset(**changes), plan_of(tmp_path))
    assert denoising.is_wanted == is_wanted
    assert denoising.denoised("01") == (["results/d/denoised/sub-01.safetensors"] if is_wanted else [])


def test_the_runs_and_their_tables(tmp_path):
    tables = write_tables(tmp_path, "fable", "myth")
    denoising = Denoising(dataset(confounds=MOTION, missing_volumes="mask", tail=12), plan_of(tmp_path))
    assert denoising.confounds("01") == tables
    assert denoising.runs("01") == {
        "stories": ["fable", "myth"],
        "n_dropped": [2, 0],
        "tr": 1.5,
        "response": "region",
        "space": None,
        "n_trs": [90, 90],
        "n_volumes": [95, 95],
        "missing_volumes": "mask",
        "tail": 12,
    }
    assert denoising.settings == {"confounds": MOTION, "high_pass": None, "standardize": None, "tr": 1.5}
    assert Denoising(dataset(high_pass=0.01), plan_of(tmp_path)).confounds("01") == []


def test_the_tables_may_lie_under_root(tmp_path):
    """Where the runs are no fMRIPrep folder's, the subject's folder under root is looked in."""
    tables = write_tables(tmp_path / "raw", "fable", "myth")
    found = Denoising(dataset(confounds=MOTION, root=str(tmp_path / "raw")), plan_of(tmp_path / "other"))
    assert found.confounds("01") == tables


def test_a_missing_table_is_known_when_planning(tmp_path):
    write_tables(tmp_path, "fable")
    config = {"dataset": dataset(confounds=MOTION)}
    with pytest.raises(BadInput) as error:
        plan_denoising(config, plan_of(tmp_path))
    assert_bad_input(error, "dataset.confounds", "task-myth", "nearest there is", "task-fable_run-2_desc-confounds")


def test_the_plan_states_what_is_removed(tmp_path):
    write_tables(tmp_path, "fable", "myth")
    config = {"dataset": dataset(confounds=MOTION, standardize="zscore_sample", missing_volumes="interpolate")}
    notes = plan_denoising(config, plan_of(tmp_path)).notes
    assert len(notes) == 3
    assert "load_confounds" in notes[0] and "(motion, scrub; motion basic)" in notes[0]
    assert "variance 1" in notes[1] and "interpolated linearly" in notes[2]
    plain = plan_of(tmp_path)
    assert plan_denoising({"dataset": dataset()}, plain) == plain


def with_confounds(**arguments):
    return {"dataset": dataset(confounds={"strategy": ["motion"]} | arguments)}


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        (with_confounds(strategie=["motion"]), ["confounds.strategie", "unknown key", "nearest is strategy"]),
        (with_confounds(strategy=["motoin"]), ["confounds.strategy", "motoin", "nearest is motion"]),
        (with_confounds(strategy="motion"), ["confounds.strategy", "'motion'", "a list"]),
        (with_confounds(strategy=[]), ["confounds.strategy", "none", "a list"]),
        ({"dataset": dataset(confounds={"motion": "basic"})}, ["confounds.strategy", "none"]),
        (with_confounds(motion="ful"), ["confounds.motion", "ful", "nearest is full"]),
        (with_confounds(fd_threshold="half"), ["confounds.fd_threshold", "half", "a number"]),
        (with_confounds(fd_threshold=-0.5, strategy=["scrub"]), ["confounds.fd_threshold", "-0.5", "0 or more"]),
        (with_confounds(scrub=True, strategy=["scrub"]), ["confounds.scrub", "True", "a number"]),
        (with_confounds(scrub=5), ["confounds.scrub", "5, without scrub", "which alone uses it"]),
        (with_confounds(n_compcor=5), ["confounds.n_compcor", "5, without compcor", "which alone uses it"]),
        (with_confounds(strategy=["compcor"]), ["compcor without high_pass"]),
        (with_confounds(strategy=["tedana", "motion"]), ["tedana beside motion"]),
        (
            {"dataset": dataset(confounds={"strategy": ["high_pass"]}, high_pass=0.008)},
            ["dataset.high_pass", "0.008 Hz beside high_pass", "one of the two"],
        ),
        ({"dataset": dataset(high_pass=0.01), "simulation": {"model": "m"}}, ["dataset.high_pass", "simulated"]),
    ],
)
def test_wrong_arguments_are_one_line(config, parts):
    with pytest.raises(BadInput) as error:
        check_denoising(config)
    assert_bad_input(error, *parts)


def test_a_cut_off_above_every_frequency():
    with pytest.raises(BadInput) as error:
        check_filter(dataset(high_pass=0.5), 2.0)
    assert_bad_input(error, "dataset.high_pass", "0.5 Hz at a repetition time of 2 s", "0.25 Hz")
    check_filter(dataset(high_pass=0.01), 2.0)
    check_denoising({"dataset": dataset(high_pass=0.01, confounds=MOTION)})
