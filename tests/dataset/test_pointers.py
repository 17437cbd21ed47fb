"""Pointers of git-annex and git-lfs in the place of files."""

import pytest

from brainforecast.dataset.pointers import pointer_of
from helpers.datasets import write_lines

LFS = ("version https://git-lfs.github.com/spec/v1", f"oid sha256:{'0' * 64}", "size 12345")


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (LFS, ["git-lfs", "git lfs pull --include words.tsv"]),
        (["/annex/objects/MD5E-s120--0123.tsv"], ["git-annex", "datalad get"]),
        (["../../.git/annex/objects/aB/cD/MD5E-s120--0123.tsv"], ["git-annex", "datalad get"]),
    ],
)
def test_files_that_are_pointers(tmp_path, lines, parts):
    """Of git-lfs, and of git-annex where files are unlocked or the file system has no links."""
    found = pointer_of(write_lines(tmp_path / "words.tsv", *lines))
    assert all(part in found for part in parts)


def test_links_that_lead_nowhere(tmp_path):
    """Into git-annex, or elsewhere; a link to a file is the file."""
    path = tmp_path / "words.tsv"
    path.symlink_to("../.git/annex/objects/x/y")
    assert f"datalad get {path}" in pointer_of(path)
    path.unlink()
    path.symlink_to("/nowhere/at/all")
    assert "a link to /nowhere/at/all, which does not exist" in pointer_of(path)
    path.unlink()
    path.symlink_to(write_lines(tmp_path / "own.tsv", "onset"))
    assert pointer_of(path) is None


def test_files_that_are_none(tmp_path):
    """A small file, a large one that begins like a pointer, a folder, nothing."""
    assert pointer_of(write_lines(tmp_path / "a.tsv", "onset\tduration\tword")) is None
    assert pointer_of(write_lines(tmp_path / "b.txt", *LFS, "x" * 2000)) is None
    assert pointer_of(tmp_path) is None
    assert pointer_of(tmp_path / "c.tsv") is None
