"""Where surfaces and an atlas are, or where they are fetched to. Standard library only: the Snakefile reads this."""

import os

from brainforecast.files import PACKAGE_PREFIX

KINDS = ("pial", "inflated", "sulc")


def surface_files(folder: str, *kinds: str) -> list[str]:
    """Both hemispheres of surfaces in FreeSurfer's layout."""
    return [f"{folder}/{side}.{kind}" for side in ("lh", "rh") for kind in kinds or KINDS]


def locate_surfaces(surfaces: str | None, url: str | None, space: str | None, folder: str) -> str | None:
    """The folder of surfaces: the config's, or where there is a `url` and it lacks a file, the one they are fetched to.

    Parameters
    ----------
    folder : of what is fetched; surfaces go to ``<folder>/<space>/surf``.
    """
    if not surfaces or not url or all(map(os.path.exists, surface_files(surfaces))):
        return surfaces
    return f"{folder}/{space}/surf"


def locate_labels(path: str, url: str | None, space: str | None, folder: str) -> str:
    """One hemisphere of an atlas: the config's file, or the one of its name that is fetched, as `locate_surfaces`."""
    if not url or path.startswith(PACKAGE_PREFIX) or os.path.exists(path):
        return path
    return f"{folder}/{space}/label/{os.path.basename(path)}"
