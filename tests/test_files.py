"""Files are complete or absent, also if two processes write them or one is killed."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from brainforecast import files
from brainforecast.errors import BadInput
from brainforecast.files import atomic, checked, is_checked, known_packages, resolve, sha256
from helpers.datasets import REPOSITORY

WRITER = """
import sys, time
from brainforecast import files
from brainforecast.errors import BadInput
from brainforecast.files import atomic, checked, is_checked, known_packages, resolve, sha256
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


# --- data files of packages ------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a file and a folder of known bytes, in an environment and a table of its own."""
    folder = tmp_path / "site" / "words_of_mine"
    (folder / "data/deep").mkdir(parents=True)
    for name in ("__init__.py", "one.txt", "data/two.txt", "data/deep/three.txt"):
        (folder / name).write_text(name)
    names = ("words_of_mine/one.txt", "words_of_mine/data/")
    rows = "".join(f"{name}\t{sha256(tmp_path / 'site' / name)}\n" for name in names)
    (tmp_path / "table.tsv").write_text(f"file\tsha256\n{rows}")
    monkeypatch.setattr(files, "PACKAGE_FILES", tmp_path / "table.tsv")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    known_packages.cache_clear()
    yield folder
    known_packages.cache_clear()


@pytest.mark.parametrize(
    "inner", ["one.txt", "data/two.txt", "data/deep/three.txt", "data", "data/", "data/../one.txt"]
)
def test_a_packages_file_is_read_with_the_bytes_that_are_known(package, inner):
    """What was changed, by one byte or in its folder, is one line; each change is seen, also in the same process."""
    location = f"package:words_of_mine/{inner}"
    assert is_checked(location)
    assert checked(location) == resolve(location)
    file = package / (inner if inner.endswith(".txt") else "data/two.txt")
    before = file.read_text()
    file.write_text(before[:-1] + "!")
    with pytest.raises(BadInput, match=r"words_of_mine/.*a changed or incomplete (file|folder), sha256 .*envs/ pins"):
        checked(location)
    file.write_text(before)
    assert checked(location).exists()
    if "data/two" in str(file):
        (package / "data/more.txt").touch()
        with pytest.raises(BadInput, match="words_of_mine/data/"):
            checked(location)


@pytest.mark.parametrize("inner", ["other.txt", "data/../other.txt", "__init__.py", "database/two.txt"])
def test_a_file_that_is_not_in_the_table_is_read_unchecked(package, inner):
    """A package of the user's own; a path that leaves a known folder is none of its files."""
    assert not is_checked(f"package:words_of_mine/{inner}")
    assert checked(f"package:words_of_mine/{inner}") == resolve(f"package:words_of_mine/{inner}")


def test_a_packages_file_is_hashed_once(package, monkeypatch):
    """Weights of gigabytes are not read again for each thing that a job reads of them."""
    hashed = []
    monkeypatch.setattr(files, "sha256", lambda path: hashed.append(path) or sha256(path))
    for _ in range(3):
        checked("package:words_of_mine/one.txt")
    assert len(hashed) == 1


@pytest.mark.parametrize("name", known_packages())
def test_files_of_packages_here_are_the_known_ones(name):
    """The table is that of the packages which envs/ pins."""
    path = checked(f"package:{name}")
    assert path.exists() and path.is_dir() == name.endswith("/")


def test_a_folders_sha256_is_that_of_standard_tools(package):
    """`find | sort | sha256sum | sha256sum` gives it; compiled Python in it does not matter."""
    command = "LC_ALL=C; export LC_ALL; find * -type f | sort | xargs sha256sum | sha256sum"
    by_tools = subprocess.run(["bash", "-c", command], cwd=package, capture_output=True, text=True).stdout.split()[0]
    (package / "__pycache__").mkdir()
    (package / "__pycache__/a.pyc").touch()
    assert sha256(package) == by_tools
