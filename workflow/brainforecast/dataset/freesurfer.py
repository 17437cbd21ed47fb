"""Where surfaces and an atlas are, or where they are downloaded to."""

import os
from collections.abc import Iterator, Mapping

from brainforecast.files import PACKAGE_PREFIX

KINDS = ("pial", "inflated", "sulc")
ATLAS_FILES = ("L", "R", "dlabel", "volume", "table", "lobes")  # keys of config `atlas` that are one file each


def surface_files(folder: str, *kinds: str) -> list[str]:
    """Paths of both hemispheres of surfaces in FreeSurfer's layout; all of `KINDS` where none is named."""
    return [f"{folder}/{side}.{kind}" for side in ("lh", "rh") for kind in kinds or KINDS]


def locate_surfaces(surfaces: str | None, url: str | None, space: str | None, folder: str) -> str | None:
    """Locate the folder of surfaces: the config's or, with a `url` and where a file is missing, the download folder.

    Parameters
    ----------
    folder : for downloads; surfaces go to ``<folder>/<space>/surf``.
    """
    if not surfaces or not url or all(map(os.path.exists, surface_files(surfaces))):
        return surfaces
    return f"{folder}/{space}/surf"


def locate_labels(path: str, url: str | None, space: str | None, folder: str) -> str:
    """Locate one hemisphere of an atlas: the config's file or, with a `url` and where it is missing, its download.

    Parameters
    ----------
    folder : for downloads; labels go to ``<folder>/<space>/label``.
    """
    if not url or path.startswith(PACKAGE_PREFIX) or os.path.exists(path):
        return path
    return f"{folder}/{space}/label/{os.path.basename(path)}"


def atlas_files(atlas: Mapping) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every file of config `atlas` after its key; of masks, after their name and hemisphere too."""
    for key in ATLAS_FILES:
        if atlas.get(key):
            yield (key,), atlas[key]
    for name, mask in (atlas.get("masks") or {}).items():
        sides = mask if isinstance(mask, Mapping) else {"": mask}
        for side, path in sides.items():
            yield ("masks", name, *([side] if side else [])), path
