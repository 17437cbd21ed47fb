"""The hemisphere that a GIfTI file says it is of."""

from pathlib import Path

from nibabel.gifti import GiftiImage

from brainforecast.errors import BadInput

KEY = "AnatomicalStructurePrimary"
STRUCTURES = {"CortexLeft": "L", "CortexRight": "R"}


def require_hemisphere(path: str | Path, image: GiftiImage, hemi: str | None) -> None:
    """Raise where the metadata of a GIfTI image, or of its first array, are those of the other hemisphere.

    Parameters
    ----------
    hemi : the one expected; None for either.
    """
    metas = [image.meta, *(array.meta for array in image.darrays[:1])]
    for found in (STRUCTURES.get((meta or {}).get(KEY, "")) for meta in metas):
        if hemi and found and found != hemi:
            raise BadInput(path, f"hemisphere {found}, by its {KEY}", f"hemisphere {hemi}, for which it was given")
