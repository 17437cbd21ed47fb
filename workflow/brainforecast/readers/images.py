"""Open NIfTI and CIFTI files: headers are checked before nibabel believes them, and what it raises is one line."""

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
from nibabel.cifti2 import BrainModelAxis, Cifti2Image
from nibabel.spatialimages import SpatialImage

from brainforecast.dataset.nifti_header import CIFTI_XML, NiftiHeader, read_extensions, read_nifti_header
from brainforecast.dataset.xml_files import parse_xml, whole_number
from brainforecast.errors import BadInput, first_line

NAMES = (".nii", ".nii.gz")
BEHIND = 2**20  # bytes after the values of an image
MOST_VERTICES = 10**7  # of a hemisphere
SURFACE = ("SurfaceNumberOfVertices", "IndexOffset", "IndexCount")  # what a surface of a CIFTI file must have
FARTHEST = 1e6  # mm
LARGEST_EXPONENT = 30  # of units: nibabel computes 10 ** it


@contextmanager
def as_one_line(path: str | Path, found: str, expected: str) -> Iterator[None]:
    """Turn whatever a library raises about a file into a BadInput; only calls of the library belong into it."""
    try:
        yield
    except Exception as error:  # nibabel passes on what gzip, XML readers, the file system and numpy raise
        raise BadInput(path, f"{found} ({first_line(error)})", expected) from error


def open_image(path: str | Path, expected: str = "a complete NIfTI image") -> SpatialImage:
    """Open a NIfTI image of real numbers; its values are not read yet, and `require_end` comes after them.

    Raises
    ------
    BadInput : no such file; a header whose numbers cannot be; a grid that lies nowhere.
    """
    path = Path(path)
    header = _header(path, expected)
    read_extensions(path, header, expected)
    with as_one_line(path, "no image that can be read", expected):
        image = _load(path, nibabel.Nifti1Image if header.size == 348 else nibabel.Nifti2Image)
        affine, dtype = image.affine, image.get_data_dtype()
    if not isinstance(image, SpatialImage) or dtype.kind not in "fiu":
        raise BadInput(path, f"values of type {dtype}", "real numbers")
    if not _is_place(affine):
        raise BadInput(path, "voxels without a place or a size", f"{expected} with an affine in its header")
    return image


def open_cifti(path: str | Path, expected: str = "a complete CIFTI-2 file") -> tuple[Cifti2Image, list]:
    """Open a CIFTI-2 file of two dimensions; its values are not read yet.

    Returns
    -------
    image, and its axes: of rows and of columns.

    Raises
    ------
    BadInput : no such file; a header whose numbers cannot be; axes that are not as long as the matrix, or list vertices
        or voxels that there are not.
    """
    path = Path(path)
    header = _header(path, expected)
    xml = next((content for code, content in read_extensions(path, header, expected) if code == CIFTI_XML), None)
    if xml is None or len(header.shape) != 6 or set(header.shape[:4]) != {1}:
        raise BadInput(path, "no CIFTI-2 header, or a matrix of other than 2 dimensions", expected)
    shape = header.shape[4:]
    _check_xml(xml.rstrip(b"\0"), path, expected, shape)
    with as_one_line(path, "no CIFTI file that can be read", expected):
        image = _load(path, Cifti2Image)
        axes = [image.header.get_axis(i) for i in range(2)]
    if not isinstance(image, Cifti2Image) or image.shape != shape or tuple(map(len, axes)) != shape:
        found = f"{' x '.join(str(len(axis)) for axis in axes)} in its XML"
        raise BadInput(path, found, f"a matrix of {' x '.join(map(str, shape))}, as its other header declares")
    if image.get_data_dtype().kind not in "fiu":
        raise BadInput(path, f"values of type {image.get_data_dtype()}", "real numbers")
    for axis in axes:
        if isinstance(axis, BrainModelAxis):
            _check_places(axis, path)
    return image, axes


def read_values(data: object, path: str | Path, expected: str, dtype: type | None = None) -> np.ndarray:
    """Read an image's ``dataobj``, or a part of it."""
    with as_one_line(path, "no values that can be read", expected), np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(data() if callable(data) else data, dtype=dtype)


def require_end(image: SpatialImage | Cifti2Image, path: str | Path, expected: str = "a complete image") -> None:
    """Read a compressed file, of which the values were read, to its end, where the checksum of its content is."""
    file = image.file_map["image"].fileobj
    if file is None:
        return
    with as_one_line(path, "no values that can be read", expected):
        content = file.read(BEHIND)
    if len(content) == BEHIND:
        raise BadInput(path, f"{BEHIND:,} bytes behind its values", expected)


def _is_place(affine: np.ndarray) -> bool:
    """Whether an affine leads from voxels to places within `FARTHEST` mm, and back."""
    if np.shape(affine) != (4, 4) or not np.abs(affine).max() < FARTHEST:  # which NaN is not
        return False
    with np.errstate(all="ignore"):
        return bool(np.abs(np.linalg.det(affine[:3, :3])) > 1 / FARTHEST)


def _load(path: Path, kind: type) -> SpatialImage | Cifti2Image:
    # nibabel would open a compressed file itself and never come to its end
    return kind.from_stream(gzip.open(path)) if path.suffix == ".gz" else nibabel.load(path)


def _header(path: Path, expected: str) -> NiftiHeader:
    if not path.name.endswith(NAMES):
        raise BadInput(path, f"a file {path.name}", f"{expected}, whose name ends in {' or '.join(NAMES)}")
    try:
        return read_nifti_header(path, expected)
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", expected) from error
    except OSError as error:
        raise BadInput(path, error.strerror, f"{expected} that can be read") from error


def _check_xml(xml: bytes, path: Path, expected: str, shape: tuple[int, ...]) -> None:
    """Raise where numbers in the XML of a CIFTI header are larger than the matrix, or than any that can be."""
    n_listed = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal n_listed
        for key, most in (("NumberOfSeriesPoints", max(shape)), ("SurfaceNumberOfVertices", MOST_VERTICES),
                          ("IndexOffset", max(shape)), ("IndexCount", max(shape))):  # fmt: skip
            if key in attributes or (key in SURFACE and attributes.get("ModelType") == "CIFTI_MODEL_TYPE_SURFACE"):
                number = whole_number(attributes, key, path, most=most)
                n_listed += number if key == "IndexCount" else 0
        if n_listed > sum(shape):
            raise BadInput(path, f"at least {n_listed:,} grayordinates in its XML", f"{max(shape):,}, as in its header")
        for key, most in (("SeriesExponent", LARGEST_EXPONENT), ("MeterExponent", LARGEST_EXPONENT), ("Key", 2**31)):
            if key in attributes:
                unsigned = {key: attributes[key].strip().removeprefix("-")}
                whole_number(unsigned, key, path, most=most)

    parse_xml(io.BytesIO(xml), path, expected, size=len(xml), start=start)


def _check_places(axis: BrainModelAxis, path: Path) -> None:
    on_surface = axis.surface_mask
    for name, n in axis.nvertices.items():
        vertices = axis.vertex[on_surface & (axis.name == name)]
        if len(vertices) and (vertices.max() >= n or len(np.unique(vertices)) < len(vertices)):
            raise BadInput(path, f"a vertex of {name} that is there twice or beyond the last", f"up to {n:,} vertices")
    voxels = axis.voxel[~on_surface]
    if not len(voxels):
        return
    shape, affine = axis.volume_shape, axis.affine
    if len(shape) != 3 or (voxels >= shape).any() or not _is_place(affine):
        raise BadInput(path, "a voxel beyond the last, or without a place", f"up to {shape} voxels")
    if len(np.unique(voxels, axis=0)) < len(voxels):
        raise BadInput(path, "a voxel that is there twice", "each once")
