"""Lines on finished stages: one each, at its last job, with what is left, however the jobs mix."""

import itertools
import logging
import re
from dataclasses import dataclass

import pytest

from brainforecast.errors import BadInput
from brainforecast.jobs import stages
from brainforecast.jobs.stages import STAGES, StageJob, StageLines, expected_work, stage_jobs, stage_of
from helpers.datasets import REPOSITORY
from helpers.rules import rule_files

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

FINISHED = "job_finished"
COST = REPOSITORY / "workflow/cost"


@pytest.fixture
def log():
    """A logger as Snakemake's, whose lines are kept."""
    found = logging.Logger("test")
    found.lines = []
    keeper = logging.Handler()
    keeper.emit = lambda record: found.lines.append(record.getMessage())
    found.addHandler(keeper)
    return found


def jobs_of(**counts: int) -> dict[int, StageJob]:
    """So many jobs of each stage, each with the work of a second."""
    names = [STAGES[file] for file, n in counts.items() for _ in range(n)]
    return {number: StageJob(name, 1.0) for number, name in enumerate(names, start=1)}


def finish(log: logging.Logger, *numbers: int) -> None:
    """Records as Snakemake's scheduler logs them."""
    for number in numbers:
        log.info("Finished jobid: %d", number, extra={"event": FINISHED, "job_id": number})


def stage_lines(log: logging.Logger) -> list[str]:
    """The lines on stages."""
    return [line for line in log.lines if line.startswith("Finished: ")]


def test_one_line_for_each_stage_when_its_last_job_has_finished(log, monkeypatch):
    """With the jobs that are left by stage, and about how long these take at the pace so far."""
    clock = itertools.count(0)
    monkeypatch.setattr(stages.time, "monotonic", lambda: 60.0 * next(clock))
    log.addHandler(StageLines(jobs_of(dataset=2, encoding=3, report=1), log, FINISHED))
    finish(log, 1, 3)
    assert stage_lines(log) == []
    finish(log, 2)
    (line,) = stage_lines(log)
    assert line == (
        "Finished: words and responses, 2 jobs, 60 s after the start. Left: 3 of 6 jobs "
        "(scores 2, report 1), about 60 s."
    )
    finish(log, 5, 4)
    finish(log, 6)
    assert stage_lines(log)[1].startswith(
        "Finished: scores, 3 jobs, 2 min after the start. Left: 1 of 6 jobs (report 1)"
    )
    assert stage_lines(log)[2] == "Finished: report, 1 job, 3 min after the start. Nothing is left."


def test_other_records_and_other_jobs_count_nothing(log):
    """A job that is no part of the study, a job reported twice, a record of another event, a plain line."""
    log.addHandler(StageLines(jobs_of(dataset=2, report=1), log, FINISHED))
    finish(log, 1, 1, 99)
    log.info("Job started", extra={"event": "job_started", "job_id": 2})
    log.info("2")
    assert stage_lines(log) == []


def test_the_time_left_follows_the_expected_work(log, monkeypatch):
    """Nine tenths of the work in one job: the time is not that of a third of the jobs; early on there is none."""
    monkeypatch.setattr(stages.time, "monotonic", iter([0.0, 10.0, 100.0]).__next__)
    jobs = {1: StageJob("activations", 1.0), 2: StageJob("scores", 90.0), 3: StageJob("report", 9.0)}
    log.addHandler(StageLines(jobs, log, FINISHED))
    finish(log, 1, 2)
    early, late = stage_lines(log)
    assert "about" not in early and "Left: 2 of 3 jobs (scores 1, report 1)." in early
    assert late.endswith("(report 1), about 10 s.")


@dataclass(frozen=True)
class Rule:
    """What is read of Snakemake's rules."""

    name: str
    snakefile: str


@dataclass(frozen=True)
class Needed:
    """What is read of Snakemake's jobs."""

    jobid: int
    rule: Rule


def test_jobs_are_sorted_into_stages(monkeypatch):
    """By their file of rules; targets that make no file are left out; work is predicted for few jobs alone."""
    files = {"score_cells": "rules/encoding.smk", "plot_widths": "rules/figures/special.smk", "all": "Snakefile"}
    needed = [Needed(n, Rule(name, f"/a/workflow/{file}")) for n, (name, file) in enumerate(files.items())]
    expected = {0: StageJob("scores", 40.0), 1: StageJob("figures", 40.0)}
    assert stage_jobs(needed, lambda: {"score_cells": 40.0}) == expected

    def without_words():
        raise BadInput("words.tsv", "No such file or directory", "a file")

    assert stage_jobs(needed, without_words) == {n: StageJob(job.stage, 1.0) for n, job in expected.items()}
    monkeypatch.setattr(stages, "MOST", 1)
    assert stage_jobs(needed, pytest.fail) == {n: StageJob(job.stage, 1.0) for n, job in expected.items()}
    assert stage_jobs(needed[2:], pytest.fail) == {}


def test_every_file_of_rules_is_a_stage():
    """But the ones whose rules make no file of a study."""
    named = {path.relative_to(REPOSITORY / "workflow/rules").parts[0].removesuffix(".smk") for path in rule_files()}
    assert {stage_of(path) for path in rule_files()} == {*STAGES.values(), None}
    assert named - STAGES.keys() == {"common", "jobs"}
    assert stage_of("/rules/workflow/Snakefile") is None and stage_of("workflow/rules/dataset.smk") == STAGES["dataset"]


def test_the_work_of_a_rule_is_that_of_its_predicted_cost(tmp_path):
    """Mean core-seconds of its jobs, from laws and measurements of the project."""
    sizes = {"volumes": 300, "targets": 100}
    jobs = [{"rule": "build_report", "sizes": sizes, "threads": 1, "output": f"{n}"} for n in range(2)]
    work = expected_work(
        [*jobs, {"rule": "plot_widths", "sizes": sizes, "threads": 1}], COST / "laws.tsv", COST / "measured.tsv"
    )
    assert work.keys() == {"build_report", "plot_widths"} and all(0.1 < seconds < 600 for seconds in work.values())


@pytest.mark.slow
def test_a_run_has_a_line_for_each_of_its_stages(region_study):
    """In Snakemake's own log, after the last job of each, with fewer and fewer jobs left."""
    first = min((region_study.folder / ".snakemake/log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    lines = [line for line in first.read_text().splitlines() if line.startswith("Finished: ")]
    made = [re.match(r"Finished: ([^,]+), \d+ jobs?, ", line)[1] for line in lines]
    assert sorted(made) == sorted({*STAGES.values()} & set(made)) and len(made) >= 5
    assert made[-1] == "report" and lines[-1].endswith("after the start. Nothing is left.")
    left = [int(re.search(r"Left: (\d+) of", line)[1]) for line in lines[:-1]]
    assert left == sorted(left, reverse=True)
    assert re.search(r"Left: \d+ of \d+ jobs \(.*report 1\), about \d", lines[-2])
