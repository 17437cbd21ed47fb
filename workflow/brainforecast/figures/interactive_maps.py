"""All maps on one brain that a reader can turn: meshes once, and the values of each map, as JSON for a page."""

import base64
from collections.abc import Mapping

import numpy as np
from matplotlib.colors import to_hex

from brainforecast.figures.map_captions import TESTED
from brainforecast.figures.map_style import DrawnMap, label_of

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


def pack_map(drawn: DrawnMap) -> dict[str, object]:
    """One map as in its figure: title, unit, limits, colours, and its values (n_vertices,) per hemisphere.

    Parameters
    ----------
    drawn : the map.

    Returns
    -------
    packed : ``edges`` and ``layers`` of a map of layers, whose ``colours`` are one for each; ``below`` is the colour of
        values below a scale that starts at 0; ``passes`` is 1 where a vertex passes its threshold, ``test`` names it;
        ``marks`` is the level of a test, on either side of 0.
    """
    scale, metadata = drawn.scale, drawn.metadata
    more: dict[str, object] = {}
    if scale.layers:
        more |= {"edges": [float(edge) for edge in scale.norm.boundaries], "layers": list(scale.layers)}
    elif scale.norm.vmin == 0:
        more["below"] = to_hex(scale.cmap.get_under())
    if scale.marks:
        more["marks"] = [float(mark) for mark in scale.marks]
    if drawn.passes is not None:
        of = f": {TESTED[drawn.stat]}" if drawn.stat in TESTED else ""
        more |= {
            "passes": {hemi: encode(drawn.passes[hemi], np.uint8) for hemi in HEMISPHERES},
            "test": f"q < {drawn.q_level:g}{of}",
        }
    return {
        "stat": drawn.stat,
        "title": metadata["Name"],
        "cell": metadata["Cell"],
        "quantity": label_of(drawn),
        "simulated": metadata["Simulated"] == "yes",
        "limits": [float(scale.norm.vmin), float(scale.norm.vmax)],
        "colours": [to_hex(colour) for colour in scale.cmap(np.linspace(0, 1, len(scale.layers) or N_COLOURS))],
        **more,
        "values": {hemi: encode(drawn.values[hemi], np.float32) for hemi in HEMISPHERES},
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
