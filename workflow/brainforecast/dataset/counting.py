"""How many volumes and targets a run has, by its header: no image library, because this runs while planning.

The readers of the runs compare each number with what they find (`readers.runs`).
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from brainforecast.dataset.array_headers import npy_header
from brainforecast.dataset.hdf5 import matrix_shape
from brainforecast.dataset.nifti_header import LARGEST_RATIO, read_nifti_header
from brainforecast.dataset.xml_files import parse_xml, whole_number
from brainforecast.errors import BadInput

HEADER_BYTES = 65536
TAIL_BYTES = 512
IN_BRAIN = 0.3  # of the voxels of an image; brain masks of the templates have .2 to .3
MOST_VOLUMES = 15_000  # of a run: hours of scanning


def count_gifti(path: Path) -> int:
    """Arrays of a GIfTI file by its header or, where it holds one array, the columns of that."""
    with open(path, "rb") as file:
        head = file.read(HEADER_BYTES)
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        is_complete = b"</GIFTI>" in file.read()
    head = re.sub(rb"<!--.*?-->", b"", head, flags=re.DOTALL)
    n_arrays = re.search(rb"""<GIFTI\b[^>]*\bNumberOfDataArrays\s*=\s*["'](\d+)["']""", head)
    array = re.search(rb"<DataArray\b[^>]*>", head)
    if not n_arrays or not is_complete or not array:
        declared, first = _parse_gifti(path)
    else:
        found = re.findall(rb"""\b(\w+)\s*=\s*["']([^"']*)["']""", array[0])
        declared = {"NumberOfDataArrays": n_arrays[1].decode()}
        first = {name.decode(errors="replace"): value.decode(errors="replace") for name, value in found}
    n = whole_number(declared, "NumberOfDataArrays", path)
    return whole_number({"Dim1": "1", **first}, "Dim1", path) if n == 1 else n


def count_gifti_vertices(path: Path) -> int:
    """Values of the first array of a GIfTI file: the vertices of its hemisphere."""
    return whole_number(_parse_gifti(path, only_start=True)[1], "Dim0", path)


def count_rows(path: Path) -> int:
    """Rows of a table below its header."""
    text = path.read_bytes().rstrip(b"\r\n")
    if not text.strip():
        raise BadInput(path, "an empty file", "a header and one row per volume")
    return len(text.splitlines()) - 1


def count_columns(path: Path) -> int:
    """Columns of a table, by the tabs of its header."""
    with open(path, "rb") as file:
        return file.readline().partition(b"\r")[0].count(b"\t") + 1  # an old Mac ends lines so


def count_volumes_of_nifti(path: Path) -> int:
    """Length of the fourth dimension of an image."""
    shape = _nifti_shape(path)
    if len(shape) != 4:
        raise BadInput(path, f"an image of {len(shape)} dimensions", "4: x, y, z and volumes")
    return shape[3]


def estimate_voxels(path: Path) -> int:
    """Voxels of an image that may lie in the brain; which do is known from the mask, when it is read."""
    x, y, z = (*_nifti_shape(path), 1, 1, 1)[:3]
    return int(x * y * z * IN_BRAIN)


def count_volumes_of_cifti(path: Path) -> int:
    """Length of a series of grayordinates or parcels."""
    return _cifti_shape(path)[0]


def count_grayordinates(path: Path) -> int:
    """Grayordinates or parcels of a CIFTI file."""
    return _cifti_shape(path)[1]


def count_cifti_vertices(path: Path) -> int | None:
    """Vertices per hemisphere of the surface that the grayordinates of a CIFTI file lie on; None where it has none."""
    with open(path, "rb") as file:
        head = file.read(HEADER_BYTES)
    found = re.search(rb"""SurfaceNumberOfVertices\s*=\s*["'](\d{1,9})["']""", head)
    return int(found[1]) if found else None


def count_matrix_rows(path: Path) -> int | None:
    """Rows of a matrix: its volumes. None for an HDF5 file of a structure that only h5py reads."""
    shape = _matrix_shape(path)
    return shape[0] if shape else None


def count_matrix_columns(path: Path) -> int | None:
    """Columns of a matrix: its targets. None as for `count_matrix_rows`."""
    shape = _matrix_shape(path)
    return shape[1] if shape else None


def _parse_gifti(path: Path, only_start: bool = False) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Attributes of a GIfTI file, and of its first array, from its XML in any encoding."""
    declared, arrays, expected = [], [], "a complete GIfTI file with data"

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "GIFTI":
            declared.append(attributes)
        if name == "DataArray" and not arrays:
            arrays.append(attributes)

    def is_enough() -> bool:
        return only_start and bool(arrays)

    with open(path, "rb") as file:
        parse_xml(file, path, expected, size=path.stat().st_size, start=start, is_enough=is_enough)
    if not declared or not arrays:
        raise BadInput(path, "no DataArray, or no number of them", expected)
    return declared[0], arrays[0]


def _nifti_shape(path: Path) -> tuple[int, ...]:
    """Dimensions of a NIfTI-1 or NIfTI-2 image, compressed or not, of which the file can have the values."""
    return _without_ends(read_nifti_header(path).shape)


def _without_ends(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without dimensions of length 1 at its end; at least the three of space, and volumes where it has them."""
    while len(shape) > 4 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _cifti_shape(path: Path) -> tuple[int, int]:
    """Rows and columns of a CIFTI-2 file: dimensions 5 and 6 of its header."""
    shape = _nifti_shape(path)
    if len(shape) != 6:
        raise BadInput(path, f"an image of {len(shape)} dimensions", "a CIFTI-2 file, whose header has 6")
    return shape[4], shape[5]


def _matrix_shape(path: Path) -> tuple[int, int] | None:
    try:
        shape = npy_header(path).shape if path.suffix == ".npy" else matrix_shape(path)
    except ValueError as error:
        raise BadInput(path, error, "a complete .npy or HDF5 file") from error
    if shape is None:
        return None
    if len(shape) != 2:
        raise BadInput(path, f"an array of {len(shape)} dimensions", "2: volumes x columns")
    if math.prod(shape) > LARGEST_RATIO * path.stat().st_size:
        found = f"{shape[0]:,} x {shape[1]:,} values in a file of {path.stat().st_size:,} bytes"
        raise BadInput(path, found, "a complete .npy or HDF5 file")
    if shape[0] > MOST_VOLUMES > shape[1]:
        raise BadInput(path, f"{shape[0]:,} x {shape[1]:,} values", "volumes x columns; is the matrix on its side?")
    return shape
