"""Maps on the inflated cortex, drawn by nilearn: lateral and medial views of both hemispheres."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from nilearn import plotting

from brainforecast.figures.map_style import COLOURS, colour_limits, label_map
from brainforecast.figures.style import styled

VIEWS = (("L", "lateral"), ("L", "medial"), ("R", "medial"), ("R", "lateral"))
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
    figure = Figure(figsize=(8.4, 3.1))
    axes = figure.subplots(1, 4, subplot_kw={"projection": "3d"})
    every = np.concatenate([values["L"], values["R"]])
    norm = colour_limits(every, stat)
    for ax, (hemi, view) in zip(axes, VIEWS, strict=True):
        mesh = meshes[hemi][0] - meshes[hemi][0].mean(axis=0), meshes[hemi][1]
        _draw_view(ax, values[hemi], mesh, sulci[hemi], hemi=hemi, view=view, cmap=COLOURS[stat], norm=norm)
        _draw_borders(ax, mesh, outlined[hemi])
    label_map(figure, axes, every, norm, stat=stat, metadata=metadata, target="vertex")
    return figure


def _draw_view(ax, values, mesh, sulcus, *, hemi, view, cmap, norm) -> None:
    coordinates, faces = mesh
    plotting.plot_surf(
        (coordinates.copy(), faces),  # nilearn changes the coordinates in place
        values,
        bg_map=_soft(sulcus),
        hemi=SIDES[hemi],
        view=view,
        cmap=cmap,
        vmin=norm.vmin,
        vmax=norm.vmax,
        colorbar=False,
        engine="matplotlib",
        axes=ax,
    )
    ax.set_box_aspect(None, zoom=1.5)
    ax.collections[0].set_clip_on(False)  # the axes are square, the brain is longer
    ax.collections[0].set_rasterized(True)  # 20,000 triangles a view would make an SVG of tens of megabytes
    ax.set_title(f"{SIDES[hemi]}, {view}", loc="center", y=0.02, fontsize=8)


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


def _draw_borders(ax, mesh, names) -> None:
    """Thin lines on the side that faces the eye, drawn on top so that the surface does not hide them."""
    segments, outward = border_segments(mesh, np.asarray(names))
    elevation, azimuth = np.radians([ax.elev, ax.azim])
    eye = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    facing = outward @ np.array(eye) > 0.15
    if facing.any():
        lines = Line3DCollection(segments[facing], colors="#1A1A1A", linewidths=0.45, zorder=10)
        lines.set_rasterized(True)
        ax.computed_zorder = False  # else matplotlib orders by the mean depth and hides the lines
        ax.add_collection3d(lines, autolim=False)


def _soft(sulcus: np.ndarray) -> np.ndarray:
    """Sulcal depth as a soft grey between .15 and .5, so that the colours of the map stand out."""
    low, high = np.nanpercentile(sulcus, [5, 95])
    return 0.15 + 0.35 * np.clip((sulcus - low) / max(high - low, 1e-12), 0, 1)
