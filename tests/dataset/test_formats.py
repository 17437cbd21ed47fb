"""Formats of responses: volumes are counted without reading data, targets known by space."""

import numpy as np
import pytest

from brainforecast.dataset.formats import FORMATS, count_volumes
from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from brainforecast.readers.formats import FORMAT_MODULES
from helpers.datasets import assert_bad_input, write_gifti, write_header_dataset, write_region_run


def test_every_format_has_its_readers():
    """What is read by format has an entry for each."""
    assert FORMATS.keys() == FORMAT_MODULES.keys()
    assert all(callable(module.read_run) and callable(module.describe) for module in FORMAT_MODULES.values())
    assert all(name == response.name for name, response in FORMATS.items())


def test_volumes_are_counted_without_reading_data(tmp_path):
    """One array per volume, one array with all volumes, a table."""
    rng = np.random.default_rng(0)
    assert count_volumes(write_gifti(tmp_path / "a.func.gii", rng.random((7, 12)))) == 7
    assert count_volumes(write_gifti(tmp_path / "b.func.gii", [rng.random((12, 5))])) == 5
    assert count_volumes(write_gifti(tmp_path / "c.func.gii", rng.random((1, 12)))) == 1
    assert count_volumes(write_region_run(tmp_path / "d_timeseries.tsv", rng.random((6, 2)))) == 6


def test_unknown_format(tmp_path):
    """A run whose name ends in no known extension."""
    with pytest.raises(BadInput) as error:
        count_volumes(tmp_path / "run.mgz")
    assert_bad_input(error, tmp_path / "run.mgz", "no known format", ".func.gii or .tsv or .dtseries.nii")


@pytest.mark.parametrize("n_bytes", [0, 30, 100])
def test_truncated_gifti(tmp_path, n_bytes):
    """A truncated GIfTI file is found before anything is computed."""
    dataset = write_header_dataset(tmp_path, [f"_space-fsaverage5_hemi-{hemi}_desc-clean" for hemi in "LR"])
    path = tmp_path / "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii"
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, path, f"truncated file of {n_bytes} bytes", "complete GIfTI")


def test_link_to_a_file_that_was_not_downloaded(tmp_path):
    """A DataLad dataset whose images are not here yet."""
    dataset = write_header_dataset(tmp_path, [f"_space-fsaverage5_hemi-{hemi}_desc-clean" for hemi in "LR"])
    path = tmp_path / "sub-01/func/sub-01_task-fable_space-fsaverage5_hemi-L_desc-clean.func.gii"
    path.unlink()
    path.symlink_to(tmp_path / ".git/annex/objects/nowhere")
    with pytest.raises(BadInput) as error:
        make_plan(dataset)
    assert_bad_input(error, path, "a link of git-annex", "datalad get")
