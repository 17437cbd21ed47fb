"""Check the integrity of a downloaded file by its format, which needs no checksum."""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

from brainforecast.dataset.alignments import require_complete
from brainforecast.dataset.array_headers import npy_header
from brainforecast.dataset.bids import read_text
from brainforecast.dataset.nifti_header import open_image, read_nifti_header
from brainforecast.dataset.xml_files import parse_xml
from brainforecast.errors import BadInput

LARGEST_RATIO = 50  # bytes, and FREE more, that one of a compressed file makes which is no image
FREE = 2**27
BEHIND = 2**20  # bytes after the values of an image


def find_defect(path: Path) -> str | None:
    """Find out why a file is truncated or in another format than its name says, in a few words; None where neither."""
    read = READERS.get(".gii" if path.name.endswith(".gii.gz") else path.suffix)
    try:
        return read(path) if read else None
    except BadInput as error:
        return f"a truncated {path.suffix} file, or one in another format ({error.found})"
    except (OSError, EOFError, zlib.error) as error:
        return f"a truncated {path.suffix} file, or one in another format ({error})"


def _read_gifti(path: Path) -> str | None:
    """Read a GIfTI file to its end: well-formed XML, at least one array, as many as declared, each with data."""
    declared, found = [], {"DataArray": 0, "Data": 0}

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "GIFTI":
            declared.append(attributes.get("NumberOfDataArrays"))
        if name in found:
            found[name] += 1

    with open_image(path) as file:
        parse_xml(file, path, "a complete GIfTI file", size=path.stat().st_size, start=start)
    n_arrays, n_declared = found["DataArray"], declared[0] if declared else None
    if (n_declared is None or n_declared.strip() == str(n_arrays)) and n_arrays == found["Data"] != 0:
        return None
    return f"a GIfTI file of {n_arrays} arrays that declares {n_declared or 'none'}"


def _read_gzip(path: Path) -> str | None:
    """Read a compressed file to its end, but no further than its header promises; an image must have all its values."""
    is_image = path.name.endswith(".nii.gz")
    expected = read_nifti_header(path).n_bytes if is_image else 0
    most = expected + BEHIND if is_image else FREE + LARGEST_RATIO * path.stat().st_size
    n_bytes = 0
    with gzip.open(path) as file:
        while block := file.read(1 << 20):
            n_bytes += len(block)
            if n_bytes > most:
                return f"more than {most:,} bytes in a compressed file of {path.stat().st_size:,}"
    return None if n_bytes >= expected else f"{n_bytes:,} of {expected:,} bytes"


def _read_nifti(path: Path) -> None:
    read_nifti_header(path)  # it compares the size of the file


def _read_npy(path: Path) -> None:
    try:
        npy_header(path)
    except ValueError as error:
        raise BadInput(path, error, "a complete .npy file") from error


def _read_hdf5(path: Path) -> None:
    import h5py

    try:
        with h5py.File(path, "r"):  # it compares the size of the file with its header
            pass
    except (ValueError, RuntimeError, KeyError) as error:  # as h5py passes on what its library finds, beside OSError
        raise BadInput(path, error, "a complete HDF5 file") from error


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
    from brainforecast.readers.freesurfer import read_geometry

    read_geometry(path)


def _read_labels(path: Path) -> None:
    from brainforecast.readers.freesurfer import read_annot

    read_annot(path)


def _read_depths(path: Path) -> None:
    from brainforecast.readers.freesurfer import read_depths

    read_depths(path)


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
