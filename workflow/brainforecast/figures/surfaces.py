"""Maps on the inflated cortex, drawn by nilearn: both hemispheres, from outside and from inside."""

from collections.abc import Mapping

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection
from nilearn import plotting

from brainforecast.figures.style import DIVERGING, SEQUENTIAL, put_title, seconds_axis, styled

VIEWS = (("L", "lateral"), ("L", "medial"), ("R", "medial"), ("R", "lateral"))
SIDES = {"L": "left", "R": "right"}
COLOURS = {
    "brainscore": SEQUENTIAL,
    "brainscoreq": "magma",
    "noiseceiling": SEQUENTIAL,
    "normalisedscore": SEQUENTIAL,
    "bestlayer": "cividis",
    "forecastscore": DIVERGING,
    "forecastscoreq": "magma",
    "forecastdistance": "plasma",
    "forecastdistancemasked": "plasma",
    "forecastdepth": "cividis",
    "forecastdepthmasked": "cividis",
}
QUANTITIES = {
    "brainscore": "brain score R",
    "noiseceiling": "noise ceiling",
    "normalisedscore": "brain score R",
    "bestlayer": "best layer",
    "forecastscore": "forecast score F",
    "forecastdistance": "forecast distance d*",
    "forecastdepth": "forecast depth k*, layer",
}
FROM_ZERO = ("brainscore", "brainscoreq", "noiseceiling", "normalisedscore", "forecastscoreq")


@styled
def draw_surface_map(
    values: Mapping[str, np.ndarray],
    meshes: Mapping[str, tuple[np.ndarray, np.ndarray]],
    sulci: Mapping[str, np.ndarray],
    outlined: Mapping[str, np.ndarray],
    *,
    stat: str,
    about: Mapping[str, str],
) -> Figure:
    """Four views of one map, with its colour bar.

    Parameters
    ----------
    values : per hemisphere, (n_vertices,); NaN shows the bare cortex.
    meshes : per hemisphere, coordinates (n_vertices, 3) in mm and faces (n_faces, 3).
    sulci : per hemisphere, sulcal depth (n_vertices,).
    outlined : per hemisphere, names (n_vertices,) whose borders are drawn, such as lobes; "" for none.
    stat : which map, a name of `brainforecast.results.maps.STATS`.
    about : what the map's file says about itself.
    """
    figure = Figure(figsize=(8.4, 3.1))
    axes = figure.subplots(1, 4, subplot_kw={"projection": "3d"})
    norm = colour_limits(np.concatenate([values["L"], values["R"]]), stat)
    for ax, (hemi, view) in zip(axes, VIEWS, strict=True):
        mesh = meshes[hemi][0] - meshes[hemi][0].mean(axis=0), meshes[hemi][1]
        _draw_view(ax, values[hemi], mesh, sulci[hemi], hemi=hemi, view=view, cmap=COLOURS[stat], norm=norm)
        _draw_borders(ax, mesh, outlined[hemi])
    bar = _colour_bar(figure, axes, values, norm, COLOURS[stat], quantity(stat, about["Unit"]))
    if about["Unit"] == "layer":
        bar.locator = MaxNLocator(integer=True)
        bar.update_ticks()
    if about["Unit"] == "words":
        seconds_axis(bar.ax, "top", float(about["WordsPerSecond"]))
    n_subjects = {int(about["MinListeners"]), int(about["MaxListeners"])}
    put_title(figure, about["Name"], about["Cell"], n_subjects, simulated=about["Simulated"] == "yes")
    return figure


def colour_limits(values: np.ndarray, stat: str) -> Normalize:
    """Limits that leave out the most extreme percent: symmetric about 0 for F, from 0 for R and for q; a share of the
    ceiling to 1, as it has no bound where the ceiling is nearly 0."""
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [1, 99]) if finite.size else (0.0, 1.0)
    if COLOURS[stat] == DIVERGING:
        high = max(abs(low), abs(high))
        low = -high
    if stat in FROM_ZERO:
        low = 0.0
    if stat == "normalisedscore":
        high = 1.0
    return Normalize(low, high if high > low else low + 1.0)


def _draw_view(ax, values, mesh, sulcus, *, hemi, view, cmap, norm) -> None:
    coordinates, faces = mesh
    plotting.plot_surf(
        (coordinates.copy(), faces),  # nilearn works on the coordinates in place
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
    ax.collections[0].set_clip_on(False)  # the axes are square, the brain is longer than they are wide
    ax.collections[0].set_rasterized(True)  # 20,000 triangles a view would make an SVG of tens of megabytes
    ax.set_title(f"{SIDES[hemi]}, {view}", loc="center", y=0.02, fontsize=8)


def border_segments(mesh: tuple[np.ndarray, np.ndarray], names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where neighbours have different names: a segment through each triangle that a border crosses.

    Parameters
    ----------
    mesh : coordinates (n_vertices, 3) and faces (n_faces, 3); names : (n_vertices,).

    Returns
    -------
    segments : (n_segments, 2, 3), ends in the middle of the edges that are crossed; outward : (n_segments, 3), the unit
    normal of each triangle, away from the middle of the mesh.
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
    """Thin lines, only on the side that faces the eye; lifted a little so that the surface does not hide them."""
    segments, outward = border_segments(mesh, np.asarray(names))
    elevation, azimuth = np.radians([ax.elev, ax.azim])
    eye = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    facing = outward @ np.array(eye) > 0.15
    if facing.any():
        lines = Line3DCollection(segments[facing], colors="#1A1A1A", linewidths=0.45, zorder=10)
        lines.set_rasterized(True)
        ax.computed_zorder = False  # else lines and surface are ordered by their middles, and lines are hidden
        ax.add_collection3d(lines, autolim=False)


def _colour_bar(figure, axes, values, norm, cmap, label) -> None:
    present = np.concatenate([values["L"], values["R"]])
    present = present[np.isfinite(present)]
    below, above = bool((present < norm.vmin).any()), bool((present > norm.vmax).any())
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    bar = figure.colorbar(
        ScalarMappable(norm, cmap), ax=axes, location="bottom", shrink=0.42, aspect=32, extend=extend[below, above]
    )
    bar.set_label(label if present.size else f"{label}: no vertex to show")
    return bar


def quantity(stat: str, unit: str) -> str:
    """What a map shows, with its unit."""
    if stat.endswith("q"):
        return "−log₁₀ q"
    scale = "0 = embedding" if unit == "layer" else unit
    return f"{QUANTITIES[stat.removesuffix('masked')]} ({scale})"


def _soft(sulcus: np.ndarray) -> np.ndarray:
    """Sulcal depth as a quiet grey between .15 and .5, so that colours keep the eye."""
    low, high = np.nanpercentile(sulcus, [5, 95])
    return 0.15 + 0.35 * np.clip((sulcus - low) / max(high - low, 1e-12), 0, 1)
