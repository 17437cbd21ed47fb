"""The hemisphere that a GIfTI file says it is of."""

from pathlib import Path

from brainforecast.errors import BadInput
from brainforecast.readers.gifti import GiftiFile

KEY = "AnatomicalStructurePrimary"
STRUCTURES = {"CortexLeft": "L", "CortexRight": "R"}


def require_hemisphere(path: str | Path, file: GiftiFile, hemi: str | None) -> None:
    """Raise where the metadata of a GIfTI file, or of its first array, are those of the other hemisphere.

    Parameters
    ----------
    hemi : the one expected; None for either.
    """
    metas = [file.meta, *(array.meta for array in file.arrays[:1])]
    for found in (STRUCTURES.get(meta.get(KEY, "")) for meta in metas):
        if hemi and found and found != hemi:
            raise BadInput(path, f"hemisphere {found}, by its {KEY}", f"hemisphere {hemi}, for which it was given")
