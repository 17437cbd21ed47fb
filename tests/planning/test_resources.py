"""Memory and run time that jobs request."""

import re

import pytest
from snakemake.iocontainers import Wildcards

from brainforecast.planning.resources import MEMORY, PYTHON_MB, RUN_TIME, JobResources, megabytes, minutes
from helpers.rules import RULES

RESOURCES = "".join(rule.get("resources", "") for rule in RULES.values())


@pytest.fixture
def resources(new_study) -> JobResources:
    return JobResources(new_study().sizes)


def wildcards(**values: str) -> Wildcards:
    """As Snakemake hands them over."""
    return Wildcards(fromdict=values)


@pytest.mark.parametrize("kind", MEMORY)
def test_memory_grows_with_each_attempt(resources, kind):
    """A job that met its limit requests more."""
    request = resources.memory(kind)
    assert request(wildcards(), 1) >= PYTHON_MB
    assert request(wildcards(), 2) == pytest.approx(2 * request(wildcards(), 1), abs=1)


@pytest.mark.parametrize("kind", RUN_TIME)
def test_run_time_grows_with_each_attempt(resources, kind):
    request = resources.run_time(kind)
    assert 0 < request(wildcards(), 1) < request(wildcards(), 2)


def test_requests_of_jobs_that_are_alike():
    assert (megabytes(4000)(wildcards(), 2), minutes(15)(wildcards(), 3)) == (8000, 45)


def test_every_kind_is_requested_by_a_rule():
    used = set(re.findall(r'RESOURCES\.\w+\("(\w+)"\)', RESOURCES)) | {"small"}
    assert used == {*MEMORY, *RUN_TIME}


def test_a_scoring_job_grows_with_its_cells(resources):
    """More cells need more memory and time, at the same subject."""
    study_jobs = resources.sizes.fanout.scoring_jobs
    by_cells = sorted(study_jobs, key=lambda key: sum(len(grid.distances) for grid in study_jobs[key]))
    few, many = (wildcards(subject="01", model=model, cells=job) for model, job in (by_cells[0], by_cells[-1]))
    assert resources.memory("score")(few, 1) < resources.memory("score")(many, 1)
    assert resources.run_time("score")(few, 1) < resources.run_time("score")(many, 1)


def test_responses_are_held_twice_and_more(resources):
    """Memory of a job on one subject: float32 responses, 2.5 times, and Python."""
    held = resources.sizes.in_memory({"subject": "01"})
    expected = PYTHON_MB + 2.5 * held["longest"] * held["targets"] * 4 / 1e6
    assert resources.memory("subject")(wildcards(subject="01"), 1) == int(expected)
