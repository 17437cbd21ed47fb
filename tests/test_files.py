"""Files are complete or absent, also if two processes write them or one is killed."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from brainforecast.files import atomic
from helpers.datasets import REPOSITORY

WRITER = """
import sys, time
from brainforecast.files import atomic
path, letter, n_rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
for _ in range(n_rounds):
    with atomic(path) as temporary, temporary.open("w") as file:
        for _ in range(200):
            file.write(letter * 1000)
            file.flush()
"""


def start_writer(path, letter: str, n_rounds: int) -> subprocess.Popen:
    """Start a process that writes its letter 200,000 times, again and again."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")}
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), letter, str(n_rounds)], env=environment)


def test_two_writers_never_mix(tmp_path):
    """Two jobs write the same file, as after a killed run: it is always the complete file of one of them."""
    path = tmp_path / "scores.safetensors"
    writers = [start_writer(path, letter, 60) for letter in "ab"]
    seen = set()
    while any(process.poll() is None for process in writers):
        if path.exists():
            seen.add(path.read_text())
    assert [process.returncode for process in writers] == [0, 0]
    assert seen == {200_000 * "a", 200_000 * "b"}
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_killed_writer_leaves_the_earlier_file(tmp_path):
    """Killed while writing: the earlier file is unchanged, and the incomplete one has a name that starts with a dot."""
    path = tmp_path / "scores.safetensors"
    path.write_text("earlier")
    process = start_writer(path, "a", 1_000_000)
    while not list(tmp_path.glob(".*")):
        time.sleep(0.001)
    process.send_signal(signal.SIGSTOP)
    left, content = list(tmp_path.glob(".*")), path.read_text()
    process.kill()
    process.wait()
    assert content in ("earlier", 200_000 * "a") and path.read_text() == content
    assert all(entry.name.startswith(".") for entry in left)


def test_two_machines_with_one_process_number(tmp_path, monkeypatch):
    """On a cluster two jobs may have the same process number: the host name keeps their files apart."""
    path = tmp_path / "table.parquet"
    with atomic(path) as first:
        first.write_text("first")
        monkeypatch.setattr(socket, "gethostname", lambda: "another")
        with atomic(path) as second:
            second.write_text("second")
        assert first != second and path.read_text() == "second"
    assert path.read_text() == "first"


def test_a_block_that_fails_leaves_nothing(tmp_path):
    """Neither the file nor its temporary name."""
    with pytest.raises(ZeroDivisionError), atomic(tmp_path / "new/table.parquet") as temporary:
        temporary.write_text("half")
        1 / 0  # noqa: B018
    assert not list((tmp_path / "new").iterdir())
