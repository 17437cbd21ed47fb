"""The state of a run: each subject has the state that its files, the queue and open logs show."""

import io
import os
import re
from pathlib import Path

import pytest

from brainforecast.errors import BadInput
from brainforecast.jobs.slurm import QueuedJob, cancel, comment_of, queued
from brainforecast.jobs.status import RuleFiles, describe_failures, jobs_failed_since, read_status, takes_colour
from helpers.datasets import assert_bad_input, write_lines

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SUBJECTS = [f"{i:03}" for i in range(1, 305)]
SCORES = "results/{dataset}/scores/sub-{subject}/{model}/layer-{layer}.safetensors"
RULE_FILES = [
    RuleFiles("read_words", "logs/{dataset}/read_words/{story}.log", "benchmarks/{dataset}/read_words/{story}.tsv",
         ("results/{dataset}/words/{story}.parquet",)),
    RuleFiles("score_cells", "logs/{dataset}/score_cells/sub-{subject,[A-Za-z0-9]+}/{model}/layer-{layer}.log",
         "benchmarks/{dataset}/score_cells/sub-{subject}/{model}/layer-{layer}.tsv", (SCORES,)),
    RuleFiles("merge_subject", "logs/{dataset}/merge_subject/sub-{subject,[A-Za-z0-9]{1,9}}.log",
         "benchmarks/{dataset}/merge_subject/sub-{subject}.tsv",
         tuple(f"results/{{dataset}}/subjects/{table}.parquet/sub-{{subject}}.parquet" for table in "ab")),
]  # fmt: skip
FINAL_FILES = {s: [f"results/tiny/subjects/{table}.parquet/sub-{s}.parquet" for table in "ab"] for s in SUBJECTS}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(seconds: int, path: Path) -> Path:
    """Set the time of a file, in s after the run started."""
    os.utime(path, (1_700_000_000 + seconds,) * 2)
    return path


def score(subject: str, layer: int, *lines: str, start: int = 0, ended: int | None = None, kept: bool = True) -> None:
    """Write what a scoring job leaves: a log when it starts; when it succeeds a benchmark and its scores."""
    job = f"score_cells/sub-{subject}/gpt2/layer-{layer}"
    at(start, write_lines(Path(f"logs/tiny/{job}.log"), *lines))
    if ended is not None:
        at(ended, write_lines(Path(f"benchmarks/tiny/{job}.tsv"), "s"))
        if kept:
            write_lines(Path(SCORES.format(dataset="tiny", subject=subject, model="gpt2", layer=layer)), "scores")


def status(*queue: QueuedJob):
    """The status of the fabricated run."""
    return read_status(RULE_FILES, FINAL_FILES, dataset="tiny", queue=queue)


def job_of(subject: str, state: str, layer: int = 3) -> QueuedJob:
    """A scoring job in SLURM's queue."""
    return QueuedJob("7", state, comment_of("score_cells", ["tiny", subject, "gpt2", str(layer)]))


def test_every_subject_has_its_state(folder):
    """304 subjects, 13 jobs each: complete, running, in the queue, failed in several ways, not started."""
    complete, scored, failed = SUBJECTS[:200], SUBJECTS[200:220], SUBJECTS[220:226]
    for subject in complete + scored:
        for layer in range(13):
            score(subject, layer, "scored 20484 targets", start=layer, ended=layer + 1)
    for subject in complete:
        for path in FINAL_FILES[subject]:
            write_lines(Path(path), "table")
    write_lines(Path(FINAL_FILES[scored[0]][0]), "one table of two")
    score(failed[0], 3, "score_cells: responses.safetensors: found 3 TRs; expected 5")
    score(failed[1], 3, "scored 100 targets of 20484")
    slurm = Path("logs/slurm/rule_score_cells", f"tiny_{failed[1]}_gpt2_3")
    at(1, write_lines(slurm / "11.log", "an earlier attempt", "slurmstepd: error: an earlier end"))
    killed = "slurmstepd: error: *** STEP 12.0 ON n1 CANCELLED AT 2026-11-23T12:00:00 DUE TO TIME LIMIT ***"
    at(2, write_lines(slurm / "12.log", "Building DAG of jobs...", killed, "srun: error: n1: task 0: Killed"))
    score(failed[2], 3)
    score(failed[3], 3, "score_cells: it broke", start=9, ended=5, kept=False)
    score(failed[4], 3, "score_cells: it broke", start=9)
    score(failed[5], 3, "score_cells: it broke")
    score(SUBJECTS[230], 3, "scored 20484 targets", start=1, ended=2, kept=False)  # its scores were removed
    found = status(
        job_of(failed[4], "RUNNING"), job_of(SUBJECTS[240], "PENDING"), job_of(failed[5], "RUNNING", layer=4)
    )
    expected = dict.fromkeys(SUBJECTS, "missing") | dict.fromkeys(complete, "complete")
    expected |= dict.fromkeys([failed[4], SUBJECTS[240]], "running")
    expected |= dict.fromkeys([*failed[:4], failed[5]], "failed")  # one with another job in progress has failed too
    assert found.states == expected
    assert (found.n_running, found.n_waiting) == (2, 1)
    assert [failure.line for failure in found.failures] == [
        "score_cells: responses.safetensors: found 3 TRs; expected 5", killed, "ended without a message",
        "score_cells: it broke", "score_cells: it broke",
    ]  # fmt: skip


def test_a_job_on_this_machine_is_found_by_its_open_log(folder):
    """Without SLURM: a process that has the log open is running; when it has ended without products, it failed."""
    score("001", 3)
    with open("logs/tiny/score_cells/sub-001/gpt2/layer-3.log", "a") as log:
        log.write("so far\n")
        log.flush()
        assert status().states["001"] == "running"
    found = status()
    assert (found.states["001"], found.failures[0].line) == ("failed", "so far")


def test_a_complete_subject_that_is_run_again_is_running(folder):
    """Its tables exist from before, but one of its jobs is in the queue."""
    for path in FINAL_FILES["001"]:
        write_lines(Path(path), "table")
    assert status().states["001"] == "complete"
    assert status(job_of("001", "PENDING")).states["001"] == "running"


def test_a_failure_for_all_subjects_is_reported(folder):
    """A failed job that belongs to no subject leaves all subjects missing, and is named."""
    write_lines(Path("logs/tiny/read_words/fable.log"), "read_words: align.csv: found nothing; expected words")
    write_lines(Path("logs/other/read_words/fable.log"), "read_words: of another dataset")
    found = status()
    assert set(found.states.values()) == {"missing"}
    assert [dict(failure.wildcards) for failure in found.failures] == [{"dataset": "tiny", "story": "fable"}]
    assert "\n  read_words fable: align.csv: found nothing; expected words\n    logs/tiny/read_words/fable.log" in str(
        found
    )


def test_the_table_has_counts_and_names(folder):
    """Counts first, then names; states without a subject are not listed."""
    for path in FINAL_FILES["002"]:
        write_lines(Path(path), "table")
    first, *lines = str(status(job_of("003", "RUNNING"))).splitlines()
    assert first == "304 subjects: 1 complete, 1 running, 0 failed, 302 missing"
    assert [line.split()[:3] for line in lines[:3]] == [
        ["complete", "002"],
        ["running", "003"],
        ["missing", "001", "004"],
    ]
    assert lines[3:] == ["jobs: 1 at work, 0 waiting in SLURM, 0 failed"]


def test_states_are_in_colour_where_they_are_wanted(folder):
    """Without its codes the table is the plain one; a state that no subject has keeps its plain count."""
    write_lines(Path("logs/tiny/read_words/fable.log"), "read_words: align.csv: found nothing; expected words")
    for path in FINAL_FILES["002"]:
        write_lines(Path(path), "table")
    score("004", 3, "score_cells: it broke")
    found = status(job_of("003", "RUNNING"))
    coloured = found.table(coloured=True)
    assert re.sub(r"\033\[\d*m", "", coloured) == found.table(coloured=False) == str(found)
    assert "\033[32m1 complete\033[0m" in coloured and "\033[31m  failed\033[0m  004" in coloured
    assert "\033[31mscore_cells 004 gpt2 3: it broke\033[0m" in coloured
    nothing = read_status(RULE_FILES, {}, dataset="none", queue=()).table(coloured=True)
    assert "\033" not in nothing


@pytest.mark.parametrize(
    ("is_terminal", "environment", "expected"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),  # as no-color.org has it
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colours_are_for_terminals(monkeypatch, is_terminal, environment, expected):
    """Not in a pipe or a file, and not where the user wants none."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    stream.isatty = lambda: is_terminal
    assert takes_colour(stream) == expected


def failed_since(seconds: int) -> list:
    """The jobs that failed since some seconds after the run started."""
    return jobs_failed_since(1_700_000_000 + seconds, [vars(files) for files in RULE_FILES], dataset="tiny")


def test_what_failed_in_this_run_is_found(folder):
    """Neither a failure of an earlier run, nor what succeeded, nor another dataset's; the last one at the end."""
    score("001", 3, "score_cells: an earlier failure", start=0)
    score("002", 3, "score_cells: the second", start=9)
    score("003", 3, "score_cells: the first", start=8)
    score("004", 3, "scored", start=8, ended=9)
    at(9, write_lines(Path("logs/other/read_words/fable.log"), "read_words: of another dataset"))
    failed = failed_since(5)
    assert [failure.line for failure in failed] == ["score_cells: the first", "score_cells: the second"]
    assert describe_failures(failed).splitlines() == [
        "score_cells 003 gpt2 3 failed, logs/tiny/score_cells/sub-003/gpt2/layer-3.log",
        "score_cells: the first",
        "score_cells 002 gpt2 3 failed, logs/tiny/score_cells/sub-002/gpt2/layer-3.log",
        "score_cells: the second",
    ]


def test_of_many_failures_the_last_are_shown(folder):
    """And their number, and where all of them are."""
    for number in range(1, 8):
        score(f"{number:03}", 3, f"score_cells: failure {number}", start=number)
    first, *lines = describe_failures(failed_since(0)).splitlines()
    assert first == "7 jobs failed; `snakemake status` lists them all"
    assert lines[1::2] == [f"score_cells: failure {number}" for number in range(3, 8)]


def test_a_failure_without_a_message_is_stated(folder):
    """Such as a job that never started."""
    assert describe_failures(failed_since(0)) == (
        "No job left a message of its own: the lines above have the reason.\n"
    )


def test_without_slurm_the_queue_is_empty(folder, monkeypatch):
    """A machine without squeue, and one whose squeue fails."""
    monkeypatch.setenv("PATH", str(folder))
    assert queued(str(folder)) == []
    write_lines(folder / "squeue", "#!/bin/sh", "echo slurm is away >&2", "exit 1").chmod(0o755)
    assert queued(str(folder)) == []


def test_the_queue_of_this_folder_is_read(folder, monkeypatch):
    """Jobs of other folders are skipped; a comment may hold anything."""
    late = f"7|PENDING|{folder}/|PartitionTimeLimit|(null)"
    rows = [f"5|RUNNING|{folder}|None|rule_a_wildcards_x|y", "6|PENDING|/elsewhere|None|rule_a", late]
    script = write_lines(folder / "bin/squeue", "#!/bin/sh", "cat <<'TEXT'", *rows, "TEXT")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    assert queued(str(folder)) == [
        QueuedJob("5", "RUNNING", "rule_a_wildcards_x|y"),
        QueuedJob("7", "PENDING", "(null)", "PartitionTimeLimit"),
    ]


def test_a_job_that_never_starts_is_reported(folder):
    """It requests more than its partition gives; one that waits for its turn is not reported."""
    late = QueuedJob("7", "PENDING", "rule_score_cells", "QOSMaxWallDurationPerJobLimit")
    found = str(status(late, QueuedJob("8", "PENDING", "rule_read_words", "Priority")))
    line = "rule_score_cells: SLURM never starts it: QOSMaxWallDurationPerJobLimit; scancel 7"
    assert line in found and "rule_read_words" not in found


def test_jobs_that_stay_in_the_queue_are_reported(folder, monkeypatch):
    """Those that scancel cannot end, such as another user's, stop the run in one line."""
    script = write_lines(folder / "bin/squeue", "#!/bin/sh", f"echo '5|RUNNING|{folder}|None|rule_a'")
    script.chmod(0o755)
    write_lines(folder / "bin/scancel", "#!/bin/sh", "exit 1").chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:{os.environ['PATH']}")
    with pytest.raises(BadInput) as error:
        cancel(queued(str(folder)), str(folder), seconds=0)
    assert_bad_input(error, "SLURM jobs 5", "scancel")


@pytest.mark.slow
def test_status_is_a_target(region_study, tmp_path):
    """``snakemake status`` prints the table, every time it is requested, also while the folder is locked."""
    study = region_study.copy(tmp_path / "copy")
    assert "give --nolock too" in study.run("status", exit_code=1)
    lock = write_lines(study.folder / ".snakemake/locks/0.output.lock", "results/tiny/report.html")
    command = ("status", "--nolock", "--quiet", "all")
    profile, first, *_, last = study.run(*command).splitlines()
    assert profile.startswith("Using workflow specific profile")  # Snakemake's only line, on its error stream
    assert first == "3 subjects: 3 complete, 0 running, 0 failed, 0 missing"
    assert last == "jobs: 0 at work, 0 waiting in SLURM, 0 failed"
    (study.results / "subjects/roi_scores.parquet/sub-02.parquet").unlink()
    assert "3 subjects: 2 complete, 0 running, 0 failed, 1 missing" in study.run(*command)
    lock.unlink()
    for path in (study.folder / "data/sub-02/func").glob("*fable*"):
        path.write_text(path.read_text().rstrip() + "oops\n")  # the last number is not a number
    study.run("results/tiny/responses/sub-02.safetensors", exit_code=1)
    table = study.run(*command)
    assert "3 subjects: 2 complete, 0 running, 1 failed, 0 missing" in table
    assert re.search(r"\n  read_responses 02: .*found .*; expected .*\n    logs/tiny/read_responses/sub-02.log", table)
