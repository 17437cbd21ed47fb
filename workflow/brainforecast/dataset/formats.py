"""Formats of a dataset's responses, and surface spaces: one table each, and how a run's volumes are counted.

Everything that depends on the format of the responses looks in `FORMATS`. To add one (CIFTI, say): add it here, its
readers to `readers.responses`, `readers.targets` and `readers.integrity`, and its name to the config's schema.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from brainforecast.errors import BadInput, nearest

N_VERTICES = {"fsaverage5": 10_242, "fsaverage6": 40_962}  # surface space -> vertices per hemisphere
HEADER_BYTES = 65536
TAIL_BYTES = 512


@dataclass(frozen=True)
class ResponseFormat:
    """One format of responses: how its files are named, and how their volumes are counted.

    Parameters
    ----------
    name : value of ``dataset.response`` in the config.
    extension, suffixes : of a run's BIDS file name; a suffix of None is a name without one.
    hemispheres : a run has one file for each; (None,) for one file of the whole brain.
    file_name : of a run, with ``{subject}``, ``{story}``, ``{run}`` (empty or ``_run-1``), ``{space}``, ``{hemi}`` and
        ``{desc}``.
    on_surface : whether targets are the vertices of a surface space, L first.
    count_volumes : of a file, without reading its data.
    count_targets : of a file; None where the space has the number (`n_targets`).
    """

    name: str
    extension: str
    suffixes: tuple[str | None, ...]
    hemispheres: tuple[str | None, ...]
    file_name: str
    on_surface: bool
    count_volumes: Callable[[Path], int]
    count_targets: Callable[[Path], int] | None = None


def count_volumes(path: str | Path) -> int:
    """Number of volumes in a run, without reading its data; the format is that of the file's extension."""
    path = Path(path)
    response = next((known for known in FORMATS.values() if path.name.endswith(f".{known.extension}")), None)
    if response is None:
        expected = f"a name that ends in {' or '.join(known.extension for known in FORMATS.values())}"
        raise BadInput(path, "a run in no known format", expected)
    try:
        return response.count_volumes(path)
    except OSError as error:
        raise BadInput(
            path, error.strerror, "a file that can be read (in a DataLad dataset, one that was downloaded)"
        ) from error


def n_vertices(space: str) -> int:
    """Vertices per hemisphere of a surface space."""
    if space not in N_VERTICES:
        expected = f"one of {', '.join(N_VERTICES)}; nearest is {nearest(space, N_VERTICES)}"
        raise BadInput("dataset.space", space, expected)
    return N_VERTICES[space]


def n_targets(space: str) -> int:
    """Targets of a surface space: the vertices of both hemispheres."""
    return 2 * n_vertices(space)


def _count_gifti(path: Path) -> int:
    """Arrays of a GIfTI file by its header or, where it holds one array, the columns of that."""
    with open(path, "rb") as file:
        head = file.read(HEADER_BYTES)
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        is_complete = b"</GIFTI>" in file.read()
    n_arrays = re.search(rb'<GIFTI\b[^>]*\bNumberOfDataArrays\s*=\s*"(\d+)"', head)
    if not n_arrays or not is_complete:
        raise BadInput(path, f"a truncated file of {path.stat().st_size:,} bytes", "a complete GIfTI file")
    if int(n_arrays[1]) != 1:
        return int(n_arrays[1])
    array = re.search(rb"<DataArray\b[^>]*>", head)
    if not array:
        raise BadInput(path, f"no DataArray in its first {HEADER_BYTES:,} bytes", "a GIfTI file with data")
    n_columns = re.search(rb'\bDim1\s*=\s*"(\d+)"', array[0])
    return int(n_columns[1]) if n_columns else 1


def _count_rows(path: Path) -> int:
    """Rows of a table below its header."""
    text = path.read_bytes().rstrip()
    if not text:
        raise BadInput(path, "an empty file", "a header and one row per volume")
    return text.count(b"\n")


def _count_columns(path: Path) -> int:
    """Columns of a table, by the tabs of its header."""
    with open(path, "rb") as file:
        return file.readline().count(b"\t") + 1


SURFACE = ResponseFormat(
    name="surface",
    extension="func.gii",
    suffixes=(None, "bold"),
    hemispheres=("L", "R"),
    file_name="sub-{subject}_task-{story}{run}_space-{space}_hemi-{hemi}_desc-{desc}.func.gii",
    on_surface=True,
    count_volumes=_count_gifti,
)
REGION = ResponseFormat(
    name="region",
    extension="tsv",
    suffixes=("timeseries",),
    hemispheres=(None,),
    file_name="sub-{subject}_task-{story}{run}_desc-{desc}_timeseries.tsv",
    on_surface=False,
    count_volumes=_count_rows,
    count_targets=_count_columns,
)
FORMATS = {response.name: response for response in (SURFACE, REGION)}
