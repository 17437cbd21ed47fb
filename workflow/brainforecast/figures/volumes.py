"""Maps of voxels: axial slices through the brain, on a template of it where there is one."""

import nibabel
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from nilearn.datasets import load_mni152_template
from nilearn.image import resample_to_img

from brainforecast.figures.captions import Figure
from brainforecast.figures.map_captions import title_map
from brainforecast.figures.map_style import BAR_ROOM, DrawnMap, add_bar, map_figure
from brainforecast.figures.style import styled

N_ROWS, N_COLUMNS = 2, 7
OUTSIDE = 0.1  # of the template's brightest voxel, and below: not brain
ROW, NAME, TITLE = 1.2, 0.18, 0.45  # inches: a slice; its name above it; the title
SHOWN = (0.1, 0.9)  # part of the height of the brain that slices come from: below and above there is little of it


def load_background(space: str) -> nibabel.Nifti1Image | None:
    """The template that nilearn ships, for spaces of MNI152; None for all others: a map is then drawn on white."""
    return load_mni152_template(resolution=2) if space.startswith("MNI152") else None


@styled
def draw_volume_map(drawn: DrawnMap, affine: np.ndarray, background: nibabel.Nifti1Image | None) -> Figure:
    """Axial slices of one map, from the bottom of the brain to its top, with its colour bar.

    Parameters
    ----------
    drawn : the map, one volume (x, y, z); what it does not colour shows the background.
    affine : of its voxels, (4, 4).
    background : the template behind it, in the same space; None for none.
    """
    (values,) = drawn.values.values()
    (shown,) = drawn.shown.values()
    image, every = (nibabel.as_closest_canonical(nibabel.Nifti1Image(part, affine)) for part in (shown, values))
    shown, values = (np.asarray(part.dataobj, dtype=np.float32) for part in (image, every))
    anatomy = _behind(background, image)
    inside = np.isfinite(values) if anatomy is None else np.isfinite(anatomy)
    sides = [_extent(inside, axis) for axis in (0, 1)]
    size = nibabel.affines.voxel_sizes(image.affine)
    figure = map_figure(TITLE + N_ROWS * (ROW + NAME))
    total = figure.get_figheight()
    where = {"left": 0.01, "right": 0.99, "bottom": BAR_ROOM / total, "top": 1 - (TITLE + NAME) / total}
    axes = figure.subplots(N_ROWS, N_COLUMNS, gridspec_kw={**where, "wspace": 0.02, "hspace": NAME / ROW}).ravel()
    for ax in axes:
        ax.set_axis_off()
    for ax, index in zip(axes, _slices(inside), strict=False):
        if anatomy is not None:
            _show(ax, anatomy[*sides, index], "gray", Normalize(0, 1.3 * float(np.nanmax(anatomy))), size)
        _show(ax, shown[*sides, index], drawn.scale.cmap, drawn.scale.norm, size)
        height = nibabel.affines.apply_affine(image.affine, (0, 0, index))[2]
        ax.set_title(f"z = {height:.0f} mm".replace("-", "−"), loc="center", fontsize=7, pad=2)
    for ax, side, x in ((axes[0], "L", 0.02), (axes[0], "R", 0.98)):
        ax.text(x, 0.02, side, transform=ax.transAxes, fontsize=7, ha="left" if side == "L" else "right")
    behind = "on white" if anatomy is None else "on the template of the space"
    how = [f"Axial slices {behind}, left is left."]
    add_bar(figure, drawn, "voxel")
    title_map(figure, drawn, "voxels", how=how, peak=_peak(shown, image.affine))
    return figure


def _peak(values: np.ndarray, affine: np.ndarray) -> tuple[str, float] | None:
    """Where the highest value lies, in mm, and that value; None where there is none."""
    if not np.isfinite(values).any():
        return None
    index = np.unravel_index(np.nanargmax(values), values.shape)
    x, y, z = nibabel.affines.apply_affine(affine, index)
    return f"the voxel at x = {x:.0f}, y = {y:.0f}, z = {z:.0f} mm".replace("-", "−"), float(values[index])


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


def _show(ax: Axes, values: np.ndarray, cmap: str | Colormap, norm: Normalize, size: np.ndarray) -> None:
    """One slice, the left side of the brain on the left; NaN is transparent."""
    ax.imshow(values.T, cmap=cmap, norm=norm, origin="lower", interpolation="nearest", aspect=size[1] / size[0])
