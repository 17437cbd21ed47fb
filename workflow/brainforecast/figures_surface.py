"""Maps on the inflated cortex, drawn by nilearn: both hemispheres, from outside and from inside."""

from collections.abc import Mapping

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from nilearn import plotting

from brainforecast.figures import DIVERGING, SEQUENTIAL, put_title, styled

VIEWS = (("L", "lateral"), ("L", "medial"), ("R", "medial"), ("R", "lateral"))
SIDES = {"L": "left", "R": "right"}
COLOURS = {
    "brainscore": SEQUENTIAL,
    "brainscoreq": "magma",
    "forecastscore": DIVERGING,
    "forecastscoreq": "magma",
    "forecastdistance": "plasma",
    "forecastdistancemasked": "plasma",
}
FROM_ZERO = ("brainscore", "brainscoreq", "forecastscoreq")


@styled
def draw_surface_map(
    values: Mapping[str, np.ndarray],
    meshes: Mapping[str, tuple[np.ndarray, np.ndarray]],
    sulci: Mapping[str, np.ndarray],
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
    stat : which map, a name of `brainforecast.maps.STATS`.
    about : what the map's file says about itself.
    """
    figure = Figure(figsize=(10, 3.1))
    axes = figure.subplots(1, 4, subplot_kw={"projection": "3d"})
    norm = colour_limits(np.concatenate([values["L"], values["R"]]), stat)
    for ax, (hemi, view) in zip(axes, VIEWS, strict=True):
        _draw_view(ax, values[hemi], meshes[hemi], sulci[hemi], hemi=hemi, view=view, cmap=COLOURS[stat], norm=norm)
    _colour_bar(figure, axes, values, norm, COLOURS[stat], _quantity(stat, about["Unit"]))
    n_subjects = {int(about["MinListeners"]), int(about["MaxListeners"])}
    put_title(figure, about["Name"], about["Cell"], n_subjects, simulated=about["Simulated"] == "yes")
    return figure


def colour_limits(values: np.ndarray, stat: str) -> Normalize:
    """Limits that leave out the most extreme percent: symmetric about 0 for F, from 0 for R and for q."""
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [1, 99]) if finite.size else (0.0, 1.0)
    if COLOURS[stat] == DIVERGING:
        high = max(abs(low), abs(high))
        low = -high
    if stat in FROM_ZERO:
        low = 0.0
    return Normalize(low, high if high > low else low + 1.0)


def _draw_view(ax, values, mesh, sulcus, *, hemi, view, cmap, norm) -> None:
    coordinates, faces = mesh
    plotting.plot_surf(
        (coordinates.copy(), faces),  # nilearn centres the coordinates in place
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
    ax.collections[0].set_rasterized(True)  # 20,000 triangles a view would make an SVG of tens of megabytes
    ax.set_title(f"{SIDES[hemi]}, {view}", loc="center", y=0.02, fontsize=8)


def _colour_bar(figure, axes, values, norm, cmap, label) -> None:
    present = np.concatenate([values["L"], values["R"]])
    present = present[np.isfinite(present)]
    below, above = bool((present < norm.vmin).any()), bool((present > norm.vmax).any())
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    bar = figure.colorbar(
        ScalarMappable(norm, cmap), ax=axes, location="bottom", shrink=0.35, aspect=32, extend=extend[below, above]
    )
    bar.set_label(label if present.size else f"{label}: no vertex to show")


def _quantity(stat: str, unit: str) -> str:
    if stat.endswith("q"):
        return "−log₁₀ q"
    symbol = {"b": "brain score R", "forecasts": "forecast score F", "forecastd": "forecast distance d*"}
    return f"{next(name for start, name in symbol.items() if stat.startswith(start))} ({unit})"


def _soft(sulcus: np.ndarray) -> np.ndarray:
    """Sulcal depth as a quiet grey between .15 and .5, so that colours keep the eye."""
    low, high = np.nanpercentile(sulcus, [5, 95])
    return 0.15 + 0.35 * np.clip((sulcus - low) / max(high - low, 1e-12), 0, 1)
