"""Where surfaces and an atlas are, or where they are downloaded to."""

import os

from brainforecast.files import PACKAGE_PREFIX

KINDS = ("pial", "inflated", "sulc")


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
