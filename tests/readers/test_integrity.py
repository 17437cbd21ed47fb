"""Downloaded files are checked by their format, without a checksum."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from brainforecast.readers.integrity import find_defect
from helpers.brain_files import write_dtseries, write_matrix, write_nifti
from helpers.datasets import write_gifti, write_lines, write_region_run

TRIANGLES = np.array([[0, 1, 2], [1, 2, 3]])


def write_small_file(path: Path) -> Path:
    """Write a small complete file in the format of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.array([0, 1, 1, 0], np.int32)
    if path.suffix in (".pial", ".inflated"):
        nibabel.freesurfer.write_geometry(path, np.eye(4, 3), TRIANGLES)
    elif path.suffix == ".sulc":
        nibabel.freesurfer.write_morph_data(path, np.arange(4.0))
    elif path.suffix == ".annot":
        colours = np.array([[1, 2, 3, 0], [4, 5, 6, 0]])
        nibabel.freesurfer.write_annot(path, labels, colours, ["here", "there"], fill_ctab=True)
    elif path.suffix == ".gii":
        write_gifti(path, np.ones((12, 5)))
    elif path.name.endswith((".nii.gz", "bold.nii")):
        write_nifti(path, np.random.default_rng(0).random((3, 4, 5, 6)).astype(np.float32))
    elif path.suffix == ".nii":
        write_dtseries(path, np.ones((3, 1286)))
    elif path.suffix in (".npy", ".hf5"):
        write_matrix(path, np.ones((5, 40)))
    elif path.name.endswith("_timeseries.tsv"):
        write_region_run(path, np.ones((3, 12)))
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(write_gifti(path.with_suffix(""), np.ones((1, 5))).read_bytes()))
    else:
        text = {".csv": "Once,once,0.5,0.9\nupon,upon,1.0,1.2", ".tsv": "onset\tduration\tword\n1.0\t0.5\tonce"}
        write_lines(path, text.get(path.suffix, "Once upon a time"))
    return path


@pytest.mark.parametrize(
    "name",
    ["a.func.gii", "lh.pial", "rh.inflated", "lh.sulc", "lh.aparc.annot", "lh.label.gii.gz", "align.csv", "words.tsv",
     "a_bold.nii.gz", "a_bold.nii", "a.dtseries.nii", "a.npy", "a.hf5", "a_timeseries.tsv"],
)  # fmt: skip
def test_truncated_files_and_web_pages_are_found(tmp_path, name):
    """By format, without a checksum: a truncated file, or a web page that asks for a password."""
    path = write_small_file(tmp_path / name)
    complete = path.read_bytes()
    assert find_defect(path) is None
    path.write_bytes(complete[: len(complete) - 8])
    assert find_defect(path)
    path.write_bytes(b"<html>Please log in</html>")
    assert find_defect(path)


@pytest.mark.parametrize("text", ["<html>Please log in</html>", "  \n"])
def test_transcripts_are_text(tmp_path, text):
    """A web page, or nothing but spaces, is no transcript."""
    path = write_lines(tmp_path / "transcript.txt", "Once upon a time")
    assert find_defect(path) is None
    path.write_text(text)
    assert find_defect(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text[: len(text) * 2 // 3], "truncated"),
        (lambda text: text.replace(b'DataArrays="12"', b'DataArrays="13"'), "12 arrays that declares 13"),
        (lambda _: b"<html>Please log in</html>", "0 arrays that declares none"),
    ],
    ids=["truncated", "volumes missing", "a web page"],
)
def test_gifti_files_are_read_to_their_end(tmp_path, change, problem):
    """Well-formed XML, with as many volumes as declared."""
    path = write_small_file(tmp_path / "run.func.gii")
    path.write_bytes(change(path.read_bytes()))
    assert problem in find_defect(path)


def test_other_formats_are_not_checked(tmp_path):
    """A file of unknown format has no known defect."""
    assert find_defect(write_lines(tmp_path / "run.json", "{")) is None
