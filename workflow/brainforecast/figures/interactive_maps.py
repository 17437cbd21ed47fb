"""All maps on one brain that a reader can turn: meshes once, and the values of each map, as JSON for a page."""

import base64
from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from brainforecast.figures.map_style import COLOURS, colour_limits
from brainforecast.results.maps import quantity

HEMISPHERES = ("L", "R")
PER_MM = 100  # coordinates are whole hundredths of a mm, in 16 bits
N_COLOURS = 128
MIDDLE_GAP = 4  # mm between the hemispheres of an inflated cortex, whose meshes lie on each other


def pack_brain(
    meshes: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]],
    sulci: Mapping[str, np.ndarray],
    regions: Mapping[str, np.ndarray],
) -> dict[str, object]:
    """The cortex that all maps are shown on.

    Parameters
    ----------
    meshes : ``inflated`` and ``pial``; per hemisphere, coordinates (n_vertices, 3) in mm and faces (n_faces, 3).
    sulci : per hemisphere, sulcal depth (n_vertices,).
    regions : per hemisphere, the name of each vertex's region (n_vertices,), "" for none.

    Returns
    -------
    brain : names of regions; per hemisphere the coordinates of each kind of surface, faces, depth (0 to 255) and the
        place of each vertex's region among the names, all as base64 of little-endian numbers.
    """
    names = sorted({str(name) for hemi in HEMISPHERES for name in regions[hemi]} | {""})
    numbers = {name: number for number, name in enumerate(names)}
    hemispheres = {}
    for hemi in HEMISPHERES:
        points = {
            kind: apart(surface, hemi) if kind == "inflated" else surface[hemi][0] for kind, surface in meshes.items()
        }
        hemispheres[hemi] = {
            "surfaces": {kind: encode(np.round(found * PER_MM), np.int16) for kind, found in points.items()},
            "faces": encode(meshes["inflated"][hemi][1], np.uint32),
            "depth": encode(255 * scaled(sulci[hemi]), np.uint8),
            "regions": encode(np.array([numbers[str(name)] for name in regions[hemi]]), np.uint16),
        }
    return {"regions": names, "perMm": PER_MM, "hemispheres": hemispheres}


def pack_map(stat: str, values: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> dict[str, object]:
    """One map: title, unit, limits and colours as in its figure, and its values (n_vertices,) per hemisphere.

    Parameters
    ----------
    stat : a name of `brainforecast.results.maps.STATS`.
    values : NaN where there is no value.
    metadata : of the map's files.
    """
    norm = colour_limits(np.concatenate([values[hemi] for hemi in HEMISPHERES]), stat)
    return {
        "stat": stat,
        "title": metadata["Name"],
        "cell": metadata["Cell"],
        "quantity": quantity(stat, metadata["Units"]),
        "simulated": metadata["Simulated"] == "yes",
        "limits": [float(norm.vmin), float(norm.vmax)],
        "colours": [to_hex(colour) for colour in colormaps[COLOURS[stat]](np.linspace(0, 1, N_COLOURS))],
        "values": {hemi: encode(values[hemi], np.float32) for hemi in HEMISPHERES},
    }


def apart(surface: Mapping[str, tuple[np.ndarray, np.ndarray]], hemi: str) -> np.ndarray:
    """Coordinates of a hemisphere moved along x until it touches the middle from its side."""
    points = surface[hemi][0].astype(float)
    inner = points[:, 0].max() if hemi == "L" else points[:, 0].min()
    return points - [inner + (MIDDLE_GAP / 2 if hemi == "L" else -MIDDLE_GAP / 2), 0, 0]


def scaled(depth: np.ndarray) -> np.ndarray:
    """Sulcal depth from 0 to 1, between its 5th and 95th percentile."""
    low, high = np.percentile(depth, [5, 95])
    return np.clip((depth - low) / max(high - low, 1e-12), 0, 1)


def encode(numbers: np.ndarray, dtype: type) -> str:
    """Numbers as base64 of their bytes, little-endian."""
    return base64.b64encode(np.ascontiguousarray(numbers, dtype=np.dtype(dtype).newbyteorder("<")).tobytes()).decode()
