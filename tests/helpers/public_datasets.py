"""Public datasets laid out from the list of their files, as a clone of DataLad's has them: images are made up or links.

A file that the config does not read is a link to content that was not fetched.
"""

import gzip
import json
import math
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pandas as pd

from helpers.datasets import write_lines

N_CUT = 20  # volumes of a run of ds003020 that its matrices lack: 10 at either end
SECTION_LENGTHS = (282, 298, 340, 303, 265, 343, 325, 292, 368)  # volumes, of the sections of ds003643
GRID = (73, 90, 74)  # voxels of ds003643's volumes


def listed_files(tree: Path) -> list[str]:
    """Paths of a dataset's files."""
    return pd.read_csv(tree / "files.tsv", sep="\t")["path"].tolist()


def lay_out_lebel(tree: Path, root: Path) -> Path:
    """Lay out ds003020: matrices of the right number of volumes and 3 voxels, TextGrids of a few words."""
    lengths = json.loads((tree / "respdict.json").read_text())
    for name in _lay_out_rest(tree, root, lambda path: path.startswith(("derivative/preprocessed", "derivative/Text"))):
        path = root / name
        if path.suffix == ".hf5":
            with h5py.File(path, "w") as file:
                file.create_dataset("data", shape=(lengths[path.stem] - N_CUT, 3), dtype="f4")
        elif path.suffix == ".TextGrid":
            write_word_grid(path, 2.0 * (lengths[path.stem] - 10))
    return root


def lay_out_petit_prince(tree: Path, root: Path, language: str) -> Path:
    """Lay out ds003643: volumes that are headers alone, and the table of one language's words with its sections."""
    runs: dict[str, int] = {}
    table = f"annotation/{language}/lpp{language}_word_information.csv"
    for name in _lay_out_rest(tree, root, lambda path: path.startswith("derivatives/sub-") or path == table):
        path = root / name
        if path.suffix == ".gz":
            subject = name.split("/")[1]
            runs[subject] = runs.get(subject, -1) + 1
            path.write_bytes(_header(SECTION_LENGTHS[runs[subject]]))
    write_sections(root / table, SECTION_LENGTHS)
    mask = nibabel.Nifti1Image(np.ones(GRID, dtype=np.uint8), np.eye(4))
    nibabel.save(mask, root / "derivatives/mask.nii.gz")
    return root


def write_word_grid(path: Path, seconds: float) -> None:
    """Write a TextGrid as the Penn aligner does: phones, and words with the label of a pause between them."""
    labels = ["sp", *["a", "STORY", "{BR}", "OF", "FEW", "WORDS"] * int(seconds / 20), "sp"]
    edges = np.linspace(0, seconds, len(labels) + 1).round(3)
    intervals = [
        line
        for k, label in enumerate(labels)
        for line in (f"intervals [{k + 1}]:", f"xmin = {edges[k]}", f"xmax = {edges[k + 1]}", f'text = "{label}"')
    ]
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {edges[-1]}"]
    tiers = [
        line
        for number, name in enumerate(("phone", "word"), start=1)
        for line in (f"item [{number}]:", 'class = "IntervalTier"', f'name = "{name}"', "xmin = 0",
                     f"xmax = {edges[-1]}", f"intervals: size = {len(labels)}", *intervals)
    ]  # fmt: skip
    write_lines(path, *head, "tiers? <exists>", "size = 2", "item []:", *tiers)


def write_sections(path: Path, lengths: Iterable[int]) -> None:
    """Write a table of words whose times start anew in each section; one row has no word."""
    rows = [
        (word, 0.5 + k * (2 * n - 12) / 40, 0.9 + k * (2 * n - 12) / 40, section)
        for section, n in enumerate(lengths, start=1)
        for k, word in enumerate(["once", "there", "was", "a"] * 10 + [" "])
    ]
    frame = pd.DataFrame(rows, columns=["word", "onset", "offset", "section"])
    frame.insert(1, "lemma", frame["word"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    frame.round(3).to_csv(path)


def _lay_out_rest(tree: Path, root: Path, is_read) -> list[str]:
    """Make the folders and the files of git, links in place of the rest; return the files that are read."""
    sidecar = (tree / "example_bold.json").read_text()
    read = []
    for name in listed_files(tree):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_read(name):
            read.append(name)
        elif name.endswith("_bold.json"):
            path.write_text(sidecar)
        elif (tree / name).is_file():
            shutil.copy(tree / name, path)
        else:
            path.symlink_to(f"{'../' * name.count('/')}.git/annex/objects/{path.name}")
    return read


@cache
def _header(n_volumes: int) -> bytes:
    """A compressed NIfTI header of a run of so many volumes, without their data."""
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.float32)
    header.set_data_shape((*GRID, n_volumes))
    header.set_zooms((2, 2, 2, 2))
    header["vox_offset"] = 352
    n_bytes, piece = math.prod(header.get_data_shape()) * 4, 2**20
    # members of zeros one after the other: as long as a run, without compressing one
    zeros = gzip.compress(bytes(piece), mtime=0) * int(n_bytes // piece)
    return gzip.compress(header.binaryblock + b"\0\0\0\0" + bytes(int(n_bytes % piece)), mtime=0) + zeros
