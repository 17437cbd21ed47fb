"""The commit that a report cites: of the code alone, found without a lock, absent without git."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from brainforecast.jobs.commit import find_commit, write_commit
from helpers.datasets import write_lines

WHEN = "2026-02-03T12:00:00+00:00"


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody, at a fixed time."""
    who = {f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": WHEN, "GIT_COMMITTER_DATE": WHEN, "GIT_CONFIG_GLOBAL": "/dev/null"}
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    return subprocess.run(
        command, cwd=folder, env=os.environ | who | when, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def code(tmp_path) -> Path:
    """A repository with a folder of code in one commit."""
    folder = tmp_path / "project/workflow"
    write_lines(folder / "module.py", "a = 1")
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "code")
    return folder


def test_the_last_commit_of_the_code_is_found(code):
    """One of other files changes nothing."""
    commit = git(code, "rev-parse", "HEAD")
    write_lines(code.parent / "README.md", "text")
    git(code.parent, "add", ".")
    git(code.parent, "commit", "-q", "-m", "text")
    assert git(code, "rev-parse", "HEAD") != commit
    found = find_commit(code)
    assert found == {"commit": commit, "date": "2026-02-03", "time": 1770120000, "is_changed": False}


def test_changed_and_new_files_of_the_code_are_noticed(code):
    """A changed or a new file of the code; not what lies elsewhere."""
    write_lines(code.parent / "notes.txt", "mine")
    assert not find_commit(code)["is_changed"]
    new = write_lines(code / "new.py", "b = 1")
    assert find_commit(code)["is_changed"]
    new.unlink()
    write_lines(code / "module.py", "a = 2")
    assert find_commit(code)["is_changed"]


def test_without_git_there_is_none(code, tmp_path, monkeypatch):
    """No repository, a folder that a repository leaves out, a repository without a commit, no program."""
    bare = tmp_path / "bare"
    bare.mkdir()
    assert find_commit(bare) == {}
    left_out = write_lines(code.parent / "copy/module.py", "a = 1").parent
    assert find_commit(left_out) == {}
    git(bare, "init", "-q")
    assert find_commit(bare) == {}
    monkeypatch.setenv("GIT_DIR", str(code.parent / ".git"))  # as in a hook of git
    assert find_commit(bare) == {}
    monkeypatch.setenv("PATH", str(bare))
    assert find_commit(code) == {}


def test_the_file_changes_with_the_commit_alone(code, tmp_path):
    """The same commit leaves it as it is; it is as old as the commit, and JSON without git too."""
    path = tmp_path / "commit.json"
    write_commit(code, path)
    assert json.loads(path.read_text()) == {
        "commit": git(code, "rev-parse", "HEAD"), "date": "2026-02-03", "is_changed": False,
    }  # fmt: skip
    assert path.stat().st_mtime == 1770120000
    before = path.stat().st_ino
    write_commit(code, path)
    assert path.stat().st_ino == before
    bare = tmp_path / "bare"
    bare.mkdir()
    write_commit(bare, path)
    assert json.loads(path.read_text()) == {} and path.stat().st_mtime == pytest.approx(bare.stat().st_mtime)
