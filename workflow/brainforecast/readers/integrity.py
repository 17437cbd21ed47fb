"""Check the integrity of a downloaded file by its format, which needs no checksum."""

import gzip
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from brainforecast.dataset.alignments import require_complete
from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput

# what readers raise on truncated files
TRUNCATED = (BadInput, OSError, EOFError, ValueError, IndexError, struct.error)


def find_defect(path: Path) -> str | None:
    """Find out why a file is truncated or in another format than its name says, in a few words; None where neither."""
    read = READERS.get(path.suffix)
    try:
        return read(path) if read else None
    except TRUNCATED as error:
        found = error.found if isinstance(error, BadInput) else error
        return f"a truncated {path.suffix} file, or one in another format ({found})"


def _read_gifti(path: Path) -> str | None:
    """Read a GIfTI file to its end: well-formed XML, at least one array, as many as declared, each with data."""
    declared, found, parser = [], {"DataArray": 0, "Data": 0}, expat.ParserCreate()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "GIFTI":
            declared.append(attributes.get("NumberOfDataArrays"))
        if name in found:
            found[name] += 1

    parser.StartElementHandler = start
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        return f"a truncated GIfTI file, or one in another format ({error})"
    n_arrays, n_declared = found["DataArray"], declared[0] if declared else None
    if n_declared == str(n_arrays) == str(found["Data"]) != "0":
        return None
    return f"a GIfTI file of {n_arrays} arrays that declares {n_declared or 'none'}"


def _read_gzip(path: Path) -> str | None:
    """Read a compressed file to its end; an image must have all of its values."""
    n_bytes = 0
    with gzip.open(path) as file:
        while block := file.read(1 << 20):
            n_bytes += len(block)
    return _missing_values(path, n_bytes) if path.name.endswith(".nii.gz") else None


def _read_nifti(path: Path) -> str | None:
    return _missing_values(path, path.stat().st_size)


def _missing_values(path: Path, n_bytes: int) -> str | None:
    """What a NIfTI or CIFTI file lacks, by its header."""
    import nibabel
    from nibabel.filebasedimages import ImageFileError

    try:
        data = nibabel.load(path).dataobj
    except ImageFileError as error:
        return f"a file that is no image ({error})"
    expected = data.offset + math.prod(data.shape) * data.dtype.itemsize
    return None if n_bytes >= expected else f"{n_bytes:,} of {expected:,} bytes"


def _read_npy(path: Path) -> None:
    import numpy

    numpy.load(path, mmap_mode="r", allow_pickle=False)


def _read_hdf5(path: Path) -> None:
    import h5py

    with h5py.File(path, "r"):  # it compares the size of the file with its header
        pass


def _read_table(path: Path) -> str | None:
    """Read a table of time series, which has as many columns in every row; any other is one of words."""
    if path.name.endswith("_timeseries.tsv"):
        from brainforecast.readers.formats.region import read_region_run

        run, names = read_region_run(path)
        return "a web page instead of a table" if names[0].startswith("<") else None if len(run) else "no volumes"
    require_complete(path)
    return None


def _read_alignment(path: Path) -> None:
    require_complete(path)


def _read_transcript(path: Path) -> str | None:
    text = read_text(path).strip()
    return "a web page instead of a text" if text.startswith("<") else None if text else "no text"


def _read_geometry(path: Path) -> None:
    from nibabel.freesurfer import read_geometry

    read_geometry(path)


def _read_labels(path: Path) -> None:
    from nibabel.freesurfer import read_annot

    read_annot(path)


def _read_depths(path: Path) -> str | None:
    """Read FreeSurfer's values per vertex: a magic number of 3 bytes, three counts, 4 bytes for each value."""
    content = path.read_bytes()
    magic, n_vertices, _, n_values = struct.unpack(">3s3i", content[:15])
    if magic != b"\xff\xff\xff":
        return "a file that is not FreeSurfer's values per vertex"
    expected = 15 + 4 * n_vertices * n_values
    return None if len(content) >= expected else f"{len(content):,} of {expected:,} bytes"


READERS = {
    ".gii": _read_gifti,
    ".gz": _read_gzip,
    ".csv": _read_alignment,
    ".tsv": _read_table,
    ".nii": _read_nifti,
    ".npy": _read_npy,
    ".hf5": _read_hdf5,
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
    ".TextGrid": _read_alignment,
    ".txt": _read_transcript,
    ".pial": _read_geometry,
    ".inflated": _read_geometry,
    ".sulc": _read_depths,
    ".annot": _read_labels,
}
