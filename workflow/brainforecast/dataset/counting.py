"""How many volumes and targets a run has, by its header: no image library, because this runs while planning.

The readers of the runs compare each number with what they find (`readers.runs`).
"""

import gzip
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from brainforecast.dataset.array_headers import npy_header
from brainforecast.dataset.hdf5 import matrix_shape
from brainforecast.errors import BadInput

HEADER_BYTES = 65536
TAIL_BYTES = 512
NIFTI_LAYOUTS = {348: (40, "8h"), 540: (16, "8q")}  # size of the header: where its dimensions are, and their type
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
        declared, first = int(n_arrays[1]), dict(re.findall(r"""\b(\w+)\s*=\s*["']([^"']*)["']""", array[0].decode()))
    return declared if declared != 1 else int(first.get("Dim1", 1))


def count_gifti_vertices(path: Path) -> int:
    """Values of the first array of a GIfTI file: the vertices of its hemisphere."""
    return int(_parse_gifti(path, only_start=True)[1]["Dim0"])


def count_rows(path: Path) -> int:
    """Rows of a table below its header."""
    text = path.read_bytes().rstrip(b"\r\n")
    if not text.strip():
        raise BadInput(path, "an empty file", "a header and one row per volume")
    return len(text.splitlines()) - 1


def count_columns(path: Path) -> int:
    """Columns of a table, by the tabs of its header."""
    with open(path, "rb") as file:
        return file.readline().count(b"\t") + 1


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
    found = re.search(rb"""SurfaceNumberOfVertices\s*=\s*["'](\d+)["']""", head)
    return int(found[1]) if found else None


def count_matrix_rows(path: Path) -> int | None:
    """Rows of a matrix: its volumes. None for an HDF5 file of a structure that only h5py reads."""
    shape = _matrix_shape(path)
    return shape[0] if shape else None


def count_matrix_columns(path: Path) -> int | None:
    """Columns of a matrix: its targets. None as for `count_matrix_rows`."""
    shape = _matrix_shape(path)
    return shape[1] if shape else None


def _parse_gifti(path: Path, only_start: bool = False) -> tuple[int, Mapping[str, str]]:
    """Arrays that a GIfTI file declares, and the attributes of its first one, from its XML in any encoding."""
    declared, arrays, parser = [], [], expat.ParserCreate()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "GIFTI":
            declared.append(attributes.get("NumberOfDataArrays", ""))
        if name == "DataArray" and not arrays:
            arrays.append(attributes)

    parser.StartElementHandler = start
    try:
        with open(path, "rb") as file:
            if only_start:
                while not arrays and (block := file.read(HEADER_BYTES)):
                    parser.Parse(block)
            else:
                parser.ParseFile(file)
    except expat.ExpatError as error:
        found = f"a truncated file of {path.stat().st_size:,} bytes, or no GIfTI ({error})"
        raise BadInput(path, found, "a complete GIfTI file") from error
    if not declared or not declared[0].isdecimal() or not arrays:
        raise BadInput(path, "no DataArray, or no number of them", "a GIfTI file with data")
    return int(declared[0]), arrays[0]


def _nifti_shape(path: Path) -> tuple[int, ...]:
    """Dimensions of a NIfTI-1 or NIfTI-2 image, compressed or not."""
    with open(path, "rb") as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_compressed else open(path, "rb") as file:
            header = file.read(540)
        for order in "<>":
            size = struct.unpack_from(f"{order}i", header)[0]
            if size in NIFTI_LAYOUTS:
                at, layout = NIFTI_LAYOUTS[size]
                n_dimensions, *shape = struct.unpack_from(f"{order}{layout}", header, at)
                return _without_ends(shape[:n_dimensions])
    except (struct.error, EOFError, gzip.BadGzipFile) as error:
        found = f"a truncated file of {path.stat().st_size:,} bytes, or no NIfTI image"
        raise BadInput(path, found, "a complete NIfTI image") from error
    raise BadInput(path, "no NIfTI image", "a NIfTI-1 or NIfTI-2 header")


def _without_ends(shape: list[int]) -> tuple[int, ...]:
    """A shape without dimensions of length 1 at its end; at least the three of space, and volumes where it has them."""
    while len(shape) > 4 and shape[-1] == 1:
        shape = shape[:-1]
    return tuple(shape)


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
    if shape[0] > MOST_VOLUMES > shape[1]:
        raise BadInput(path, f"{shape[0]:,} x {shape[1]:,} values", "volumes x columns; is the matrix on its side?")
    return shape
