"""Maps of voxels: axial slices through the brain, on a template of it where there is one."""

from collections.abc import Mapping

import nibabel
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from nilearn.datasets import load_mni152_template
from nilearn.image import resample_to_img

from brainforecast.figures.captions import Figure
from brainforecast.figures.map_style import COLOURS, colour_limits, label_map
from brainforecast.figures.style import styled

N_ROWS, N_COLUMNS = 2, 7
OUTSIDE = 0.1  # of the template's brightest voxel, and below: not brain
SHOWN = (0.1, 0.9)  # part of the height of the brain that slices come from: below and above there is little of it


def load_background(space: str) -> nibabel.Nifti1Image | None:
    """The template that nilearn ships, for spaces of MNI152; None for all others: a map is then drawn on white."""
    return load_mni152_template(resolution=2) if space.startswith("MNI152") else None


@styled
def draw_volume_map(
    image: nibabel.Nifti1Image,
    background: nibabel.Nifti1Image | None,
    *,
    stat: str,
    metadata: Mapping[str, str],
) -> Figure:
    """Axial slices of one map, from the bottom of the brain to its top, with its colour bar.

    Parameters
    ----------
    image : the map, (x, y, z); NaN shows the background.
    background : the template behind it, in the same space; None for none.
    stat : which map, a name of `brainforecast.results.maps.STATS`.
    metadata : of the map's file, from `brainforecast.results.map_files.read_map`.
    """
    image = nibabel.as_closest_canonical(image)
    values = np.asarray(image.dataobj, dtype=np.float32)
    anatomy = _behind(background, image)
    inside = np.isfinite(values) if anatomy is None else np.isfinite(anatomy)
    sides = [_extent(inside, axis) for axis in (0, 1)]
    figure = Figure(figsize=(8.4, 3.6))
    axes = figure.subplots(N_ROWS, N_COLUMNS).ravel()
    norm = colour_limits(values, stat)
    size = nibabel.affines.voxel_sizes(image.affine)
    for ax in axes:
        ax.set_axis_off()
    for ax, index in zip(axes, _slices(inside), strict=False):
        if anatomy is not None:
            _show(ax, anatomy[*sides, index], "gray", Normalize(0, 1.3 * float(np.nanmax(anatomy))), size)
        _show(ax, values[*sides, index], COLOURS[stat], norm, size)
        height = nibabel.affines.apply_affine(image.affine, (0, 0, index))[2]
        ax.set_title(f"z = {height:.0f} mm", loc="center", fontsize=7)
    for ax, side, x in ((axes[0], "L", 0.02), (axes[0], "R", 0.98)):
        ax.text(x, 0.02, side, transform=ax.transAxes, fontsize=7, ha="left" if side == "L" else "right")
    behind = "on white" if anatomy is None else "on the template of the space"
    how = [f"Axial slices {behind}, left is left; no colour where there is no value."]
    label_map(figure, axes, values, norm, stat=stat, metadata=metadata, target="voxel", how=how)
    return figure


def _behind(background: nibabel.Nifti1Image | None, image: nibabel.Nifti1Image) -> np.ndarray | None:
    """The template at the voxels of the map, (x, y, z), NaN outside the brain."""
    if background is None:
        return None
    grid = nibabel.Nifti1Image(np.zeros(image.shape, dtype=np.float32), image.affine)
    anatomy = np.asarray(resample_to_img(background, grid, copy_header=True, force_resample=True).dataobj)
    return np.where(anatomy > OUTSIDE * anatomy.max(), anatomy, np.nan)


def _slices(inside: np.ndarray) -> np.ndarray:
    """Indices of the slices to draw, evenly spaced through what is inside; fewer where there are not as many."""
    heights = _extent(inside, 2)
    first, last = (heights.start + share * (heights.stop - 1 - heights.start) for share in SHOWN)
    return np.unique(np.rint(np.linspace(first, last, N_ROWS * N_COLUMNS)).astype(int))


def _extent(inside: np.ndarray, axis: int) -> slice:
    """Where along an axis there is any of the brain; all of it where there is none."""
    found = np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis})))
    return slice(found[0], found[-1] + 1) if found.size else slice(0, inside.shape[axis])


def _show(ax: Axes, values: np.ndarray, cmap: str, norm: Normalize, size: np.ndarray) -> None:
    """One slice, the left side of the brain on the left; NaN is transparent."""
    ax.imshow(values.T, cmap=cmap, norm=norm, origin="lower", interpolation="nearest", aspect=size[1] / size[0])
