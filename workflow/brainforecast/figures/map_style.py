"""Colours, limits, colour bar and title of maps: the same on the cortex and in slices of a volume."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.style import DIVERGING, SEQUENTIAL, put_title, seconds_axis
from brainforecast.results.maps import quantity

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
FROM_ZERO = ("brainscore", "brainscoreq", "noiseceiling", "normalisedscore", "forecastscoreq")


def colour_limits(values: np.ndarray, stat: str) -> Normalize:
    """Limits at the 1st and 99th percentile: symmetric around 0 for F, from 0 for R and q.

    The share of the ceiling ends at 1, because it has no bound where the ceiling is nearly 0.
    """
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


def label_map(
    figure: Figure,
    axes: Sequence[Axes],
    values: np.ndarray,
    norm: Normalize,
    *,
    stat: str,
    metadata: Mapping[str, str],
    target: str,
) -> None:
    """Put the colour bar below the axes, in seconds too where it is in words, and the title above.

    Parameters
    ----------
    values : all values of the map; those beyond `norm` give the bar pointed ends.
    metadata : of the map's file.
    target : what a value belongs to, ``vertex`` or ``voxel``: where there is none, the label states it.
    """
    present = values[np.isfinite(values)]
    below, above = bool((present < norm.vmin).any()), bool((present > norm.vmax).any())
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    bar = figure.colorbar(
        ScalarMappable(norm, COLOURS[stat]),
        ax=axes,
        location="bottom",
        shrink=0.42,
        aspect=32,
        extend=extend[below, above],
    )
    label = quantity(stat, metadata["Units"])
    bar.set_label(label if present.size else f"{label}: no {target} to show")
    if metadata["Units"] == "layer":
        bar.locator = MaxNLocator(integer=True)
        bar.update_ticks()
    if metadata["Units"] == "words":
        seconds_axis(bar.ax, "top", float(metadata["WordsPerSecond"]))
    n_subjects = {int(metadata["MinSubjects"]), int(metadata["MaxSubjects"])}
    put_title(figure, metadata["Name"], metadata["Cell"], n_subjects, simulated=metadata["Simulated"] == "yes")
