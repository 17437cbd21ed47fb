"""Maps on the inflated cortex: lateral, medial and ventral views of both hemispheres, in one size."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from brainforecast.figures.captions import Figure
from brainforecast.figures.map_captions import peak_regions, title_map
from brainforecast.figures.map_style import BAR_ROOM, WIDTH, DrawnMap, Scale, add_bar, map_figure
from brainforecast.figures.style import styled

HEMISPHERES = {"L": "left", "R": "right"}  # rows
# view -> what is to the right and what is up on the page, in the left hemisphere; x is mirrored for the right one.
# Front is on the left in lateral and ventral views of the left hemisphere, which is as a reader of it looks at it.
VIEWS = {
    "lateral": ((0, -1, 0), (0, 0, 1)),
    "medial": ((0, 1, 0), (0, 0, 1)),
    "ventral": ((0, -1, 0), (-1, 0, 0)),
}
MARGIN, NAME, TITLE = 0.08, 0.2, 0.5  # inches: around a view; its name below it; the title
ROOM = 1.03  # of the largest extent of a view
Mesh = tuple[np.ndarray, np.ndarray]


@styled
def draw_surface_map(
    drawn: DrawnMap,
    meshes: Mapping[str, Mesh],
    sulci: Mapping[str, np.ndarray],
    lobes: Mapping[str, np.ndarray],
    regions: Mapping[str, np.ndarray],
) -> Figure:
    """Six views of one map, with its colour bar: the same places and sizes for every map of a surface.

    Parameters
    ----------
    drawn : the map; what it does not colour shows the bare cortex.
    meshes : per hemisphere, coordinates (n_vertices, 3) in mm and faces (n_faces, 3).
    sulci : per hemisphere, sulcal depth (n_vertices,).
    lobes : per hemisphere, names (n_vertices,) whose borders are drawn; "" for no name.
    regions : the same of regions, for the alternative text.
    """
    screens = {(hemi, view): _screen(hemi, view) for hemi in HEMISPHERES for view in VIEWS}
    spans = {key: np.ptp(meshes[key[0]][0] @ screen[:, :2], axis=0) for key, screen in screens.items()}
    span = ROOM * np.max(list(spans.values()), axis=0)  # mm, to the right and up
    width = WIDTH / len(VIEWS) - MARGIN
    height = width * span[1] / span[0]
    figure = map_figure(TITLE + len(HEMISPHERES) * (height + NAME))
    total = figure.get_figheight()
    for row, (hemi, side) in enumerate(HEMISPHERES.items()):
        colours = face_colours(drawn.shown[hemi], sulci[hemi], meshes[hemi][1], drawn.scale)
        outward = outward_normals(meshes[hemi])
        borders = border_segments(meshes[hemi], np.asarray(lobes[hemi]))
        for column, view in enumerate(VIEWS):
            bottom = BAR_ROOM + (len(HEMISPHERES) - 1 - row) * (height + NAME) + NAME
            place = ((column * (width + MARGIN) + MARGIN / 2) / WIDTH, bottom / total, width / WIDTH, height / total)
            ax = figure.add_axes(place)
            screen = screens[hemi, view]
            _draw_view(ax, meshes[hemi], colours, outward, screen)
            _draw_borders(ax, *borders, screen)
            middle = _middle(meshes[hemi][0] @ screen[:, :2])
            ax.set_xlim(middle[0] + np.array([-0.5, 0.5]) * span[0])
            ax.set_ylim(middle[1] + np.array([-0.5, 0.5]) * span[1])
            ax.set_axis_off()
            ax.set_title(f"{side}, {view}", loc="center", y=-0.11, fontsize=8)
    add_bar(figure, drawn, "vertex")
    how = ["Inflated cortex: above the left hemisphere, below the right one; darker grey is deeper in a sulcus."]
    if any(len(set(names)) > 1 for names in lobes.values()):
        how.append("Thin lines: borders of lobes.")
    peak, low = peak_regions(drawn, regions, lobes, HEMISPHERES)
    title_map(figure, drawn, "vertices", how=how, peak=peak, low=low)
    return figure


def face_colours(values: np.ndarray, sulcus: np.ndarray, faces: np.ndarray, scale: Scale) -> np.ndarray:
    """Colour of each triangle, (n_faces, 4): of its corners' median; where one has no value, a grey of their depth.

    A mean would be a layer that no corner has, and near 0 between two effects of opposite sign.
    """
    value = np.median(values[faces], axis=1)
    grey = scale_grey(soft_depth(sulcus)[faces].mean(axis=1))
    has_value = np.isfinite(value)
    colours = scale.cmap(scale.norm(np.where(has_value, value, 0.0)))
    return np.where(has_value[:, None], colours, grey)


def scale_grey(depth: np.ndarray) -> np.ndarray:
    """Greys of depths from 0 to 1, (n, 4); the deeper, the darker."""
    return np.stack([1 - depth] * 3 + [np.ones_like(depth)], axis=-1)


def outward_normals(mesh: Mesh) -> np.ndarray | None:
    """A normal of each triangle, (n_faces, 3), away from the inside of a closed mesh.

    None for a mesh that is open, or whose triangles do not all turn the same way round.
    """
    coordinates, faces = mesh
    forwards, backwards = (
        np.sort(faces[:, turn].astype(np.int64) @ [len(coordinates), 1], axis=None)
        for turn in ([[0, 1], [1, 2], [2, 0]], [[1, 0], [2, 1], [0, 2]])
    )
    if not np.array_equal(forwards, backwards):
        return None
    A, B, C = (coordinates[faces[:, corner]].astype(np.float64) for corner in range(3))
    inside_out = np.sign(np.einsum("fi,fi->", A, np.cross(B, C)))  # of six times the volume
    return np.cross(B - A, C - A) * inside_out


def border_segments(mesh: Mesh, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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


def _screen(hemi: str, view: str) -> np.ndarray:
    """Columns (3, 3): what is to the right on the page, what is up, and what is towards the eye."""
    right, up = np.array(VIEWS[view], dtype=float)
    if hemi == "R":
        # a mirror image in x, turned to the page again: right changes sides, and so does what x is up
        right, up = -right, up * [-1, 1, 1]
    return np.stack([right, up, np.cross(right, up)], axis=1)


def _draw_view(ax: Axes, mesh: Mesh, colours: np.ndarray, outward: np.ndarray | None, screen: np.ndarray) -> None:
    """The triangles that face the eye, without perspective, the nearest last: they cover what is behind them."""
    coordinates, faces = mesh
    order = np.argsort((coordinates @ screen[:, 2])[faces].mean(axis=1))
    if outward is not None:
        order = order[(outward @ screen[:, 2] > 0)[order]]
    triangles = PolyCollection(
        (coordinates @ screen[:, :2])[faces[order]],
        facecolors=colours[order],
        edgecolors=colours[order],
        linewidths=0.1,  # else the page shows between triangles
        antialiaseds=False,
        rasterized=True,  # 20,000 triangles a view would make an SVG of tens of megabytes
    )
    ax.add_collection(triangles, autolim=False)  # which would look at each triangle again


def _draw_borders(ax: Axes, segments: np.ndarray, outward: np.ndarray, screen: np.ndarray) -> None:
    """Thin lines on the side that faces the eye."""
    near = segments[outward @ screen[:, 2] > 0.15] @ screen[:, :2]
    ax.add_collection(LineCollection(near, colors="#1A1A1A", linewidths=0.45, rasterized=True), autolim=False)


def _middle(points: np.ndarray) -> np.ndarray:
    return (points.min(axis=0) + points.max(axis=0)) / 2


def soft_depth(sulcus: np.ndarray) -> np.ndarray:
    """Sulcal depth as a soft grey between .15 and .5, so that the colours of the map stand out."""
    low, high = np.nanpercentile(sulcus, [5, 95])
    return 0.15 + 0.35 * np.clip((sulcus - low) / max(high - low, 1e-12), 0, 1)
