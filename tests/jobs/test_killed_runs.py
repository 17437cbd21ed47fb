"""What a killed run leaves: its lock is removed where nobody can hold it, and nowhere else; its jobs are ended."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from brainforecast.jobs.killed_runs import RunMarker, end_orphans
from helpers.datasets import REPOSITORY, write_lines

HOLD = """
import sys, time
sys.path.insert(0, {library!r})
from brainforecast.jobs.killed_runs import RunMarker
print(RunMarker("tiny").hold(), flush=True)
{then}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working folder with the locks of a run."""
    monkeypatch.chdir(tmp_path)
    lock(tmp_path)
    return tmp_path


def lock(folder: Path) -> None:
    """Write locks as Snakemake does."""
    write_lines(
        folder / ".snakemake/locks/0.output.lock", "results/tiny/words/fable.parquet", "results/tiny/report.html"
    )
    write_lines(folder / ".snakemake/locks/0.input.lock", "data/a.tsv", "results/tiny/words/fable.parquet")


def locks() -> list[str]:
    """Names of the locks in the working folder."""
    return sorted(path.name for path in Path(".snakemake/locks").iterdir())


def start(then: str) -> subprocess.Popen:
    """Another process that holds the marker, then runs a line."""
    code = HOLD.format(library=str(REPOSITORY / "workflow"), then=then)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    process.removed = process.stdout.readline().strip() == "True"
    if not then:
        process.wait()
    return process


def kill(process: subprocess.Popen) -> None:
    """End a process as kill -9 does."""
    process.kill()
    process.wait()


def test_the_lock_of_a_killed_run_is_removed_once(folder):
    """Not that of a run that is at work, nor one of which nothing is known; then that of the killed one."""
    first = start("time.sleep(100)")
    assert not first.removed and locks() == ["0.input.lock", "0.output.lock"]  # no sign that its run was killed
    second = start("time.sleep(100)")
    assert not second.removed and len(locks()) == 2
    kill(first)
    assert not start("").removed  # the second is at work
    kill(second)
    third = start("")
    assert third.removed and locks() == []
    assert third.returncode == 0
    lock(folder)
    assert not start("").removed and len(locks()) == 2  # the third has ended by itself


def test_locks_of_others_stay(folder):
    """Of another study, and all of them where a run on another machine may be at work."""
    write_lines(folder / ".snakemake/locks/1.output.lock", "results/other/report.html")
    kill(start("time.sleep(100)"))
    elsewhere = write_lines(folder / ".snakemake/brainforecast/tiny@elsewhere", "1")
    waiting = start("")
    assert not waiting.removed and len(locks()) == 3
    elsewhere.write_text("")  # it has ended by itself
    kill(start("time.sleep(100)"))
    assert start("").removed and locks() == ["1.output.lock"]


def test_unlocking_by_hand_states_that_no_run_is_at_work(folder):
    """Afterwards a marker of another machine stands in nobody's way."""
    write_lines(folder / ".snakemake/brainforecast/tiny@elsewhere", "1")
    RunMarker("tiny").forget()
    kill(start("time.sleep(100)"))
    assert start("").removed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_marker_that_cannot_be_written_is_no_error(folder):
    """Then Snakemake's lock decides, as without it."""
    marker = write_lines(folder / f".snakemake/brainforecast/tiny@{socket.gethostname()}", "1")
    marker.chmod(0o444)
    assert not RunMarker("tiny").hold() and len(locks()) == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a system that shows working folders of processes")
def test_jobs_without_their_run_are_ended(folder, capsys):
    """A script whose parents are elsewhere is ended with its children; one below a run of this folder is not."""
    script = write_lines(
        folder / ".snakemake/scripts/tmp1.score_cells.py",
        "import subprocess, time",
        "subprocess.Popen(['sleep', '100'])",
        "print(1, flush=True)",
        "time.sleep(100)",
    )
    command = f"{sys.executable} {script}"
    orphan = subprocess.Popen(["sh", "-c", f"cd {folder} && exec {command}"], cwd="/", stdout=subprocess.PIPE)
    owner = write_lines(folder / "owner.py", f"import subprocess; subprocess.run({command.split()!r})")
    owned = subprocess.Popen([sys.executable, owner], cwd=folder, stdout=subprocess.PIPE)
    try:
        os.chdir("/")  # as init, which orphans have as their parent
        orphan.stdout.readline(), owned.stdout.readline()
        (sleeping,) = psutil.Process(orphan.pid).children()
        end_orphans(str(folder))
        assert not psutil.pid_exists(orphan.pid) and owned.poll() is None
        assert not sleeping.is_running() or sleeping.status() == psutil.STATUS_ZOMBIE
        assert "1 jobs of a run that was killed are ended" in capsys.readouterr().err
        end_orphans(str(folder))
        assert owned.poll() is None and not capsys.readouterr().err
    finally:
        for process in psutil.Process().children(recursive=True):
            process.kill()
        time.sleep(0.1)
