"""Whether a file that was fetched is whole, by what its own kind lets one see, where no checksum tells."""

import gzip
import struct
from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat

from brainforecast.dataset.alignments import read_rows
from brainforecast.dataset.bids import read_text
from brainforecast.errors import BadInput

BROKEN = (BadInput, OSError, EOFError, ValueError, IndexError, struct.error)  # what a reader says of half a file


def find_defect(path: Path) -> str | None:
    """Why a file is broken or of another kind than its name says, in a few words; None where it is neither."""
    read = _READERS.get(path.suffix)
    try:
        return read(path) if read else None
    except BROKEN as error:
        found = error.found if isinstance(error, BadInput) else error
        return f"a {path.suffix} file that breaks off or is none ({found})"


def _read_gifti(path: Path) -> str | None:
    """Read a GIfTI file to its end: well-formed XML, as many arrays as it says, at least one, each with data."""
    said, found, parser = [], {"DataArray": 0, "Data": 0}, expat.ParserCreate()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        if name == "GIFTI":
            said.append(attributes.get("NumberOfDataArrays"))
        if name in found:
            found[name] += 1

    parser.StartElementHandler = start
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        return f"a GIfTI file that breaks off or is none ({error})"
    whole = said and said[0] == str(found["DataArray"]) == str(found["Data"]) != "0"
    return None if whole else f"a GIfTI file of {found['DataArray']} arrays that says {said[0] if said else 'nothing'}"


def _read_gzip(path: Path) -> None:
    with gzip.open(path) as file:
        while file.read(1 << 20):
            pass


def _read_alignment(path: Path) -> None:
    read_rows(path)


def _read_transcript(path: Path) -> str | None:
    text = read_text(path).strip()
    return "a page in place of a text" if text.startswith("<") else None if text else "no text"


def _read_geometry(path: Path) -> None:
    from nibabel.freesurfer import read_geometry

    read_geometry(path)


def _read_labels(path: Path) -> None:
    from nibabel.freesurfer import read_annot

    read_annot(path)


def _read_depths(path: Path) -> str | None:
    """FreeSurfer's values of vertices: a magic number of 3 bytes, three counts, 4 bytes each vertex."""
    content = path.read_bytes()
    magic, n_vertices, _, n_values = struct.unpack(">3s3i", content[:15])
    if magic != b"\xff\xff\xff":
        return "no values of vertices"
    expected = 15 + 4 * n_vertices * n_values
    return None if len(content) >= expected else f"{len(content):,} of {expected:,} bytes"


_READERS = {
    ".gii": _read_gifti,
    ".gz": _read_gzip,
    ".csv": _read_alignment,
    ".tsv": _read_alignment,
    ".TextGrid": _read_alignment,
    ".txt": _read_transcript,
    ".pial": _read_geometry,
    ".inflated": _read_geometry,
    ".sulc": _read_depths,
    ".annot": _read_labels,
}
