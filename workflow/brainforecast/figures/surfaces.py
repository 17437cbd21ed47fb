"""Maps on the inflated cortex: lateral and medial views of both hemispheres."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize

from brainforecast.figures.captions import Figure
from brainforecast.figures.map_style import COLOURS, colour_limits, label_map
from brainforecast.figures.style import styled

# hemisphere, view, and where the eye is along x, of which the right is positive
VIEWS = (("L", "lateral", -1), ("L", "medial", 1), ("R", "medial", -1), ("R", "lateral", 1))
HOW = ("Inflated surface; grey where there is no value.", "Thin lines: borders of lobes.")
SIDES = {"L": "left", "R": "right"}


@styled
def draw_surface_map(
    values: Mapping[str, np.ndarray],
    meshes: Mapping[str, tuple[np.ndarray, np.ndarray]],
    sulci: Mapping[str, np.ndarray],
    outlined: Mapping[str, np.ndarray],
    *,
    stat: str,
    metadata: Mapping[str, str],
) -> Figure:
    """Four views of one map, with its colour bar.

    Parameters
    ----------
    values : per hemisphere, (n_vertices,); NaN shows the bare cortex.
    meshes : per hemisphere, coordinates (n_vertices, 3) in mm and faces (n_faces, 3).
    sulci : per hemisphere, sulcal depth (n_vertices,).
    outlined : per hemisphere, names (n_vertices,) whose borders are drawn, such as lobes; "" for no name.
    stat : which map, a name of `brainforecast.results.maps.STATS`.
    metadata : of the map's file, from `brainforecast.results.map_files.read_hemispheres`.
    """
    figure = Figure(figsize=(8.4, 2.8))
    axes = figure.subplots(1, 4)
    every = np.concatenate([values["L"], values["R"]])
    norm = colour_limits(every, stat)
    for ax, (hemi, view, eye) in zip(axes, VIEWS, strict=True):
        colours = face_colours(values[hemi], sulci[hemi], meshes[hemi][1], cmap=COLOURS[stat], norm=norm)
        _draw_view(ax, meshes[hemi], colours, eye=eye)
        _draw_borders(ax, meshes[hemi], outlined[hemi], eye=eye)
        ax.set_title(f"{SIDES[hemi]}, {view}", loc="center", y=-0.14, fontsize=8)
    label_map(figure, axes, every, norm, stat=stat, metadata=metadata, target="vertex", how=HOW)
    return figure


def face_colours(
    values: np.ndarray, sulcus: np.ndarray, faces: np.ndarray, *, cmap: str, norm: Normalize
) -> np.ndarray:
    """Colour of each triangle, (n_faces, 4): of its corners' mean; where one has no value, a grey of their depth."""
    mean, depth = values[faces].mean(axis=1), _soft(sulcus)[faces].mean(axis=1)
    return np.where(np.isfinite(mean)[:, None], colormaps[cmap](norm(mean)), colormaps["gray_r"](depth))


def _draw_view(ax: Axes, mesh: tuple[np.ndarray, np.ndarray], colours: np.ndarray, *, eye: int) -> None:
    """All triangles as seen along x without perspective, the nearest last, so that they cover what is behind them."""
    coordinates, faces = mesh
    order = np.argsort(coordinates[faces, 0].mean(axis=1) * eye)
    order = order[facing(mesh, eye)[order]]
    triangles = PolyCollection(
        _on_screen(coordinates, eye)[faces[order]],
        facecolors=colours[order],
        edgecolors=colours[order],
        linewidths=0.1,  # else the page shows between triangles
        antialiaseds=False,
        rasterized=True,  # 20,000 triangles a view would make an SVG of tens of megabytes
    )
    ax.add_collection(triangles, autolim=False)  # which would look at each triangle again
    ax.update_datalim(_on_screen(coordinates, eye))
    ax.margins(0.02)
    ax.autoscale_view()
    ax.set_aspect("equal")
    ax.set_axis_off()


def facing(mesh: tuple[np.ndarray, np.ndarray], eye: int) -> np.ndarray:
    """Triangles that can be seen along x, (n_faces,) bool: those at the back of a closed mesh are behind others.

    All of a mesh that is open, or whose triangles do not all turn the same way round.
    """
    coordinates, faces = mesh
    forwards, backwards = (
        np.sort(faces[:, turn].astype(np.int64) @ [len(coordinates), 1], axis=None)
        for turn in ([[0, 1], [1, 2], [2, 0]], [[1, 0], [2, 1], [0, 2]])
    )
    if not np.array_equal(forwards, backwards):
        return np.ones(len(faces), bool)
    A, B, C = (coordinates[faces[:, corner]].astype(np.float64) for corner in range(3))
    inside_out = np.sign(np.einsum("fi,fi->", A, np.cross(B, C)))  # of six times the volume
    return np.cross(B - A, C - A)[:, 0] * inside_out * eye > 0


def _on_screen(points: np.ndarray, eye: int) -> np.ndarray:
    """Points (..., 3) in space to points (..., 2) on the page: to the right, and up."""
    return points[..., [1, 2]] * [eye, 1]


def border_segments(mesh: tuple[np.ndarray, np.ndarray], names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Borders between names: a segment through each triangle that a border crosses.

    Parameters
    ----------
    mesh : coordinates (n_vertices, 3) and faces (n_faces, 3).
    names : (n_vertices,).

    Returns
    -------
    segments : (n_segments, 2, 3), the middles of the two edges that are crossed.
    outward : (n_segments, 3), unit normal of each triangle, away from the centre of the mesh.
    """
    coordinates, faces = mesh
    corner, following = faces, faces[:, [1, 2, 0]]
    crossed = names[corner] != names[following]  # (n_faces, 3) edges
    two = crossed.sum(axis=1) == 2
    middles = (coordinates[corner] + coordinates[following]) / 2  # (n_faces, 3 edges, 3)
    segments = middles[two][crossed[two]].reshape(-1, 2, 3)
    A, B, C = (coordinates[faces[two, turn]] for turn in range(3))
    normal = np.cross(B - A, C - A)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    away = np.sign((normal * (A - coordinates.mean(axis=0))).sum(axis=1, keepdims=True))
    return segments, normal * np.where(away == 0, 1, away)


def _draw_borders(ax: Axes, mesh: tuple[np.ndarray, np.ndarray], names: np.ndarray, *, eye: int) -> None:
    """Thin lines on the side that faces the eye."""
    segments, outward = border_segments(mesh, np.asarray(names))
    facing = _on_screen(segments[outward[:, 0] * eye > 0.15], eye)
    ax.add_collection(LineCollection(facing, colors="#1A1A1A", linewidths=0.45, rasterized=True), autolim=False)


def _soft(sulcus: np.ndarray) -> np.ndarray:
    """Sulcal depth as a soft grey between .15 and .5, so that the colours of the map stand out."""
    low, high = np.nanpercentile(sulcus, [5, 95])
    return 0.15 + 0.35 * np.clip((sulcus - low) / max(high - low, 1e-12), 0, 1)
