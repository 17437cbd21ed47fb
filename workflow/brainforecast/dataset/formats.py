"""TODO."""

import re
from pathlib import Path

from brainforecast.errors import BadInput, nearest

HEADER_BYTES = 65536
TAIL_BYTES = 512


def count_volumes(path: str | Path) -> int:
    """Number of volumes in a run, from a GIfTI file's header or a table's lines, without reading its data."""
    path = Path(path)
    try:
        return _count_gifti(path) if path.suffix == ".gii" else _count_rows(path)
    except OSError as error:
        raise BadInput(
            path, error.strerror, "a file that can be read (of a DataLad dataset, one that was got)"
        ) from error


def _count_gifti(path: Path) -> int:
    with open(path, "rb") as file:
        head = file.read(HEADER_BYTES)
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        whole = b"</GIFTI>" in file.read()
    n_arrays = re.search(rb'<GIFTI\b[^>]*\bNumberOfDataArrays\s*=\s*"(\d+)"', head)
    if not n_arrays or not whole:
        raise BadInput(path, f"a truncated file of {path.stat().st_size:,} bytes", "a whole GIfTI file")
    if int(n_arrays[1]) != 1:
        return int(n_arrays[1])
    array = re.search(rb"<DataArray\b[^>]*>", head)
    if not array:
        raise BadInput(path, f"no DataArray in its first {HEADER_BYTES:,} bytes", "a GIfTI file with data")
    n_columns = re.search(rb'\bDim1\s*=\s*"(\d+)"', array[0])
    return int(n_columns[1]) if n_columns else 1


def _count_rows(path: Path) -> int:
    text = path.read_bytes().rstrip()
    if not text:
        raise BadInput(path, "an empty file", "a header and one row per volume")
    return text.count(b"\n")


HEMIS = {"surface": ("L", "R"), "region": (None,)}
KINDS = {"surface": ("func.gii", (None, "bold")), "region": ("tsv", ("timeseries",))}
NAMES = {
    "surface": "sub-{subject}_task-{story}{run}_space-{space}_hemi-{hemi}_desc-{desc}.func.gii",
    "region": "sub-{subject}_task-{story}{run}_desc-{desc}_timeseries.tsv",
}

N_VERTICES = {"fsaverage5": 10_242, "fsaverage6": 40_962}


def n_vertices(space: str) -> int:
    """Vertices of one hemisphere of a space."""
    if space not in N_VERTICES:
        expected = f"one of {', '.join(N_VERTICES)}; nearest is {nearest(space, N_VERTICES)}"
        raise BadInput("dataset.space", space, expected)
    return N_VERTICES[space]
