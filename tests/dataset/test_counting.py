"""Volumes and targets are counted by headers, and agree with the readers of the formats."""

import gzip

import h5py
import nibabel
import numpy as np
import pytest

from brainforecast.dataset.counting import count_cifti_vertices, count_gifti_vertices
from brainforecast.dataset.formats import FORMATS, count_volumes, format_of
from brainforecast.errors import BadInput
from helpers.brain_files import write_dtseries, write_matrix, write_nifti, write_ptseries
from helpers.datasets import assert_bad_input, write_gifti, write_lines, write_region_run


def noise(*shape: int) -> np.ndarray:
    """Standard normal numbers, the same in each call."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_longest_extension_names_the_format():
    """A CIFTI file ends in .nii too."""
    names = ["a.func.gii", "a_timeseries.tsv", "a.dtseries.nii", "a.ptseries.nii", "a.nii", "a.nii.gz", "a.npy", "a.h5"]
    formats = ["surface", "region", "dtseries", "ptseries", "volume", "volume", "matrix", "matrix"]
    assert [format_of(name).name for name in names] == formats
    assert format_of("a.mgz") is None


@pytest.mark.parametrize(
    ("name", "n_volumes", "n_targets"),
    [
        ("a.dtseries.nii", 9, 1286),
        ("a.ptseries.nii", 7, 4),
        ("a.nii.gz", 6, 18),
        ("a.nii", 6, 18),
        ("a.npy", 11, 5),
        ("a.hf5", 11, 5),
        ("a_timeseries.tsv", 8, 3),
    ],
)
def test_volumes_and_targets_of_each_format(tmp_path, name, n_volumes, n_targets):
    """By the header of a file that nibabel, numpy or h5py wrote; of an image, 3 of 10 voxels may be in the brain."""
    write = {
        "dtseries": lambda path: write_dtseries(path, noise(9, 1286)),
        "ptseries": lambda path: write_ptseries(path, noise(7, 4), list("abcd")),
        "volume": lambda path: write_nifti(path, noise(3, 4, 5, 6)),
        "matrix": lambda path: write_matrix(path, noise(11, 5)),
        "region": lambda path: write_region_run(path, noise(8, 3)),
    }
    path, response = tmp_path / name, format_of(name)
    write[response.name](path)
    assert count_volumes(path) == n_volumes
    assert response.count_targets(path) == n_targets


def test_other_headers_of_images(tmp_path):
    """NIfTI-2, big-endian, and dimensions of length 1 at the end."""
    nibabel.save(nibabel.Nifti2Image(noise(3, 4, 5, 6), np.eye(4)), tmp_path / "two.nii.gz")
    assert count_volumes(tmp_path / "two.nii.gz") == 6
    header = nibabel.Nifti1Header(endianness=">")
    nibabel.save(nibabel.Nifti1Image(noise(3, 4, 5, 7), np.eye(4), header), tmp_path / "big.nii")
    assert count_volumes(tmp_path / "big.nii") == 7
    write_nifti(tmp_path / "one.nii", noise(3, 4, 5))
    with pytest.raises(BadInput) as error:
        count_volumes(tmp_path / "one.nii")
    assert_bad_input(error, "one.nii", "3 dimensions", "volumes")


@pytest.mark.parametrize("libver", ["earliest", "v108", "v110", "latest"])
@pytest.mark.parametrize("others", [0, 1, 30])
def test_hdf5_of_every_age(tmp_path, libver, others):
    """The shape of `data` among other datasets; None where links are kept in a way that only h5py reads."""
    path = tmp_path / "run.hf5"
    with h5py.File(path, "w", libver=libver) as file:
        for i in range(others):
            file.create_dataset(f"other{i}", data=np.arange(i + 1))
        file.create_group("group")
        data = file.create_dataset("data", data=noise(123, 45), chunks=(10, 10), compression="gzip")
        data.attrs["subject"] = "x" * 500
    is_old = libver == "earliest" or others < 8
    assert count_volumes(path) == (123 if is_old else None)
    assert FORMATS["matrix"].count_targets(path) == (45 if is_old else None)


def test_hdf5_without_a_matrix(tmp_path):
    """Several datasets, none of which is called data, leave the count to the reader; one of three dimensions is not."""
    with h5py.File(tmp_path / "several.h5", "w") as file:
        file["left"], file["right"] = noise(4, 2), noise(4, 2)
    assert count_volumes(tmp_path / "several.h5") is None
    with h5py.File(tmp_path / "cube.h5", "w") as file:
        file["data"] = noise(4, 2, 2)
    with pytest.raises(BadInput) as error:
        count_volumes(tmp_path / "cube.h5")
    assert_bad_input(error, "cube.h5", "3 dimensions", "volumes x columns")


def test_matrix_on_its_side(tmp_path):
    """No run has as many volumes as a brain has voxels."""
    np.save(tmp_path / "run.npy", noise(20_000, 40))
    with pytest.raises(BadInput) as error:
        count_volumes(tmp_path / "run.npy")
    assert_bad_input(error, "run.npy", "20,000 x 40", "on its side")


@pytest.mark.parametrize("name", ["a.dtseries.nii", "a.nii.gz", "a.nii", "a.npy", "a.hf5", "a.func.gii"])
def test_files_that_are_something_else(tmp_path, name):
    """An empty file, a web page, a page that is compressed."""
    page = b"<html>Please log in</html>"
    for content in (b"", page, gzip.compress(page)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput) as error:
            count_volumes(tmp_path / name)
        assert_bad_input(error, name)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"', b"'"),
        lambda text: text + b"<!-- made by a tool -->\n" * 40,
        lambda text: b"\xff\xfe" + text.decode().replace("UTF-8", "UTF-16").encode("utf-16-le"),
        lambda text: text.replace(b"<MetaData", b"<!-- " + b"x" * 70_000 + b" --><MetaData", 1),
    ],
    ids=["single quotes", "a comment after the end", "UTF-16", "a long start"],
)
def test_gifti_in_any_xml(tmp_path, change):
    """What nibabel reads is counted, of many arrays and of one."""
    for n, arrays in ((12, noise(12, 30)), (5, [noise(30, 5)])):
        path = write_gifti(tmp_path / f"{n}.func.gii", arrays)
        path.write_bytes(change(path.read_bytes()))
        assert len(nibabel.load(path).darrays) == len(arrays)
        assert count_volumes(path) == n
        assert count_gifti_vertices(path) == 30


def test_gifti_with_one_column_each(tmp_path):
    """Arrays of shape (n_vertices, 1) are one volume each."""
    assert count_volumes(write_gifti(tmp_path / "a.func.gii", noise(4, 30, 1))) == 4
    assert count_volumes(write_gifti(tmp_path / "b.func.gii", noise(1, 30, 1))) == 1


def test_vertices_of_grayordinates(tmp_path):
    """From the header, without the data."""
    write_dtseries(tmp_path / "a.dtseries.nii", noise(2, 1286))
    assert count_cifti_vertices(tmp_path / "a.dtseries.nii") == 642


def test_a_table_without_volumes(tmp_path):
    """An empty table."""
    with pytest.raises(BadInput) as error:
        count_volumes(write_lines(tmp_path / "a_timeseries.tsv"))
    assert_bad_input(error, "a_timeseries.tsv", "an empty file")
