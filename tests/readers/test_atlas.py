"""Atlases: the region of each vertex and the lobe of each region."""

import nibabel
import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.atlas import read_atlas, read_lobes
from helpers.datasets import DESIKAN, LOBES, assert_bad_input, write_annot, write_lines


def test_annot_and_gifti_give_the_same(tmp_path):
    """Labels are indices into names, -1 where a file gives none, whatever numbers the file uses."""
    labels, names = read_atlas(write_annot(tmp_path / "lh.annot", [1, 2, -1, 1]))
    assert [names[label] if label >= 0 else None for label in labels] == ["here", "there", None, "here"]
    table = nibabel.gifti.GiftiLabelTable()
    for key, name in ((7, "here"), (42, "there")):
        label = nibabel.gifti.GiftiLabel(key=key)
        label.label = name
        table.labels.append(label)
    array = nibabel.gifti.GiftiDataArray(np.array([7, 42, 3, 7], dtype=np.int32), intent="NIFTI_INTENT_LABEL")
    nibabel.save(nibabel.gifti.GiftiImage(darrays=[array], labeltable=table), tmp_path / "lh.label.gii")
    labels, names = read_atlas(tmp_path / "lh.label.gii")
    assert [names[label] if label >= 0 else None for label in labels] == ["here", "there", None, "here"]


def test_desikan_regions_have_a_lobe():
    """The project's table of lobes has each region of Desikan-Killiany, and no other."""
    lobes = read_lobes(DESIKAN["lobes"])
    for hemi in "LR":
        assert set(read_atlas(DESIKAN[hemi])[1]) - {"unknown"} == set(lobes)
    assert set(lobes.values()) == LOBES


def test_missing_or_broken_atlas(tmp_path):
    """A missing file, a file in another format, a missing package."""
    with pytest.raises(BadInput) as error:
        read_atlas(tmp_path / "lh.annot")
    assert_bad_input(error, tmp_path / "lh.annot", "no such file")
    with pytest.raises(BadInput) as error:
        read_atlas(write_lines(tmp_path / "lh.label.gii", "<GIFTI>"))
    assert_bad_input(error, tmp_path / "lh.label.gii", "no XML")
    with pytest.raises(BadInput) as error:
        read_atlas("package:nobody_has_this/lh.annot")
    assert_bad_input(error, "no package nobody_has_this")


def test_lobes_listed_twice(tmp_path):
    """A region with two lobes."""
    path = write_lines(tmp_path / "lobes.tsv", "roi\tlobe", "here\tfrontal", "here\tinsula")
    with pytest.raises(BadInput) as error:
        read_lobes(path)
    assert_bad_input(error, f"{path} row 3", "here a second time")
