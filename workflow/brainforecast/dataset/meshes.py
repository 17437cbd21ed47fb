"""Where the meshes of a surface are: in a folder of FreeSurfer's or GIfTI files, or with nilearn."""

import os
import re
from pathlib import Path

from brainforecast.dataset.spaces import Surface
from brainforecast.errors import BadInput

HEMISPHERES = {"L": ("lh", "L", "left", "Left", "LEFT"), "R": ("rh", "R", "right", "Right", "RIGHT")}
KINDS = {  # what is drawn or measured: names of files that do, the best first
    "pial": ("pial", "midthickness", "white"),
    "inflated": ("inflated", "veryinflated"),
    "sulc": ("sulc",),
}
SHIPPED = "fsaverage5"  # with nilearn; its others are downloaded once, by nilearn
SEPARATORS = re.compile(r"[._-]+")


def find_mesh(folder: str | Path, kind: str, hemi: str, density: str | None = None) -> Path | None:
    """Find one hemisphere of a surface in a folder.

    FreeSurfer's ``lh.pial`` comes first; else a GIfTI file whose name has the hemisphere and the kind each as a part
    of its own and no other density: ``lh.pial.surf.gii``, ``tpl-fsLR_den-32k_hemi-L_midthickness.surf.gii``,
    ``S1200.L.inflated_MSMAll.32k_fs_LR.surf.gii``.

    Parameters
    ----------
    kind : a key of `KINDS`.

    Raises
    ------
    BadInput : several files fit.
    """
    folder = Path(folder)
    freesurfer = folder / f"{HEMISPHERES[hemi][0]}.{kind}"
    if freesurfer.is_file():
        return freesurfer
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    others = (".surf.gii",) if kind == "sulc" else (".shape.gii", ".func.gii", ".label.gii")
    names = [name for name in names if name.endswith(".gii") and not name.endswith(others)]
    for wanted in KINDS[kind]:
        fitting = [name for name in names if _fits(name, wanted, hemi, density)]
        if len(fitting) > 1:
            expected = f"one file of hemisphere {hemi} and surface {wanted}"
            raise BadInput(folder, " and ".join(fitting[:2]), expected)
        if fitting:
            return folder / fitting[0]
    return None


def nilearn_has(surface: Surface) -> bool:
    """Whether nilearn has the meshes of a surface on this machine: it ships one, and keeps what it has downloaded."""
    if surface.template != "fsaverage":
        return False
    if surface.alias == SHIPPED:
        return True
    folders = [*os.environ.get("NILEARN_SHARED_DATA", "").split(os.pathsep),
               *os.environ.get("NILEARN_DATA", "").split(os.pathsep), os.path.expanduser("~/nilearn_data")]  # fmt: skip
    wanted = [f"{kind}_{side}.gii.gz" for kind in ("pial", "infl", "sulc") for side in ("left", "right")]
    return any(
        all(os.path.isfile(os.path.join(folder, str(surface.alias), name)) for name in wanted)
        for folder in folders
        if folder
    )


def _fits(name: str, kind: str, hemi: str, density: str | None) -> bool:
    parts = SEPARATORS.split(name)
    if kind == "veryinflated" and "very" in parts:
        parts = [*parts, kind]
    elif kind == "inflated" and "very" in parts:
        return False
    densities = {part for part in parts if re.fullmatch(r"\d+k", part)}
    return (
        kind in parts
        and any(side in parts for side in HEMISPHERES[hemi])
        and (density is None or not densities or density in densities)
    )
