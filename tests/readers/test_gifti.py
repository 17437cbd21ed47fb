"""GIfTI files in every encoding are read as nibabel reads them; none takes values from elsewhere."""

import nibabel
import numpy as np
import pytest

from brainforecast.errors import BadInput
from brainforecast.readers.gifti import read_gifti
from helpers.datasets import assert_bad_input

POINTS = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)


@pytest.mark.parametrize("encoding", ["ASCII", "B64BIN", "B64GZ"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_arrays_are_those_of_nibabel(tmp_path, encoding, order, dtype):
    """Shapes, values, intents and metadata, in a compressed file too."""
    meta = nibabel.gifti.GiftiMetaData({"AnatomicalStructurePrimary": "CortexLeft", "A & B": "<c>"})
    arrays = [
        nibabel.gifti.GiftiDataArray(values, encoding=encoding, ordering=order, intent=intent, meta=meta)
        for values, intent in (
            ((100 * POINTS).astype(dtype), "NIFTI_INTENT_POINTSET"),
            ((100 * POINTS[:, 0]).astype(dtype), "NIFTI_INTENT_TIME_SERIES"),
        )
    ]
    for name in ("a.gii", "a.gii.gz"):
        nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays, meta=meta), tmp_path / name)
        found, image = read_gifti(tmp_path / name), nibabel.load(tmp_path / name)
        assert found.meta == dict(image.meta)
        for own, other in zip(found.arrays, image.darrays, strict=True):
            np.testing.assert_array_equal(own.data, other.data)
            assert own.data.dtype == other.data.dtype
            assert own.intent == nibabel.nifti1.intent_codes.niistring[other.intent]
            assert own.meta == dict(other.meta)


def external(path, name, *, offset=0):
    """A file whose values are in another one."""
    path.write_text(
        "<GIFTI NumberOfDataArrays='1'><DataArray DataType='NIFTI_TYPE_FLOAT32' Dimensionality='1' Dim0='15' "
        f"Encoding='ExternalFileBinary' ExternalFileName='{name}' ExternalFileOffset='{offset}' "
        "Endian='LittleEndian'><Data/></DataArray></GIFTI>"
    )
    return path


def test_values_beside_the_file(tmp_path):
    """As SPM writes them: in the same folder only, and as many as declared."""
    (tmp_path / "a.dat").write_bytes(b"head" + POINTS.astype("<f4").tobytes())
    found = read_gifti(external(tmp_path / "a.gii", "a.dat", offset=4)).arrays[0].data
    np.testing.assert_array_equal(found, POINTS.ravel())
    (tmp_path / "inner").mkdir()
    for name in ("../a.dat", str(tmp_path / "a.dat"), "..", "", "a.dat/../../a.dat"):
        with pytest.raises(BadInput) as error:
            read_gifti(external(tmp_path / "inner/a.gii", name))
        assert_bad_input(error, "inner/a.gii", "a file in the same folder")
    for name, offset in (("a.dat", 8), ("b.dat", 0)):
        with pytest.raises(BadInput) as error:
            read_gifti(external(tmp_path / "a.gii", name, offset=offset))
        assert_bad_input(error, name, "15 values")
