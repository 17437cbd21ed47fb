"""Colours, limits, colour bar and title of maps: the same on the cortex and in slices of a volume."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from brainforecast.figures.captions import Figure, sentences
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
CAPTIONS = {
    "brainscore": (
        "Mean over subjects of the brain score R: the correlation (Pearson r) of the response predicted from the "
        "words so far with the measured one, on held-out time. The colour scale starts at 0 and leaves out the "
        "most extreme percent (pointed ends)."
    ),
    "brainscoreq": (
        "Minus the decimal logarithm of q: two-sided Wilcoxon signed-rank test over subjects against 0, false "
        "discovery rate over {targets}. 2 is q = .01."
    ),
    "noiseceiling": (
        "Mean over subjects of the R that principal components of the other subjects' mean response to the same "
        "stories reach, with the same ridge and folds and without delays: a ceiling for regressions of as many "
        "components, no upper bound: the plain correlation with the other subjects can be higher. Colour from 0; "
        "pointed ends leave out the most extreme percent."
    ),
    "normalisedscore": (
        "Mean brain score R divided by the noise ceiling: 1 is what the other subjects explain. Never clipped; "
        "grey where the ceiling is not above 0. Where the ceiling is just above 0 the share is large and means "
        "little: compare it with the map of the ceiling. The colour scale ends at 1."
    ),
    "bestlayer": (
        "The layer of the language model whose brain score, mean over subjects, is highest at each {target} (0 is "
        "the embedding). Unmasked: where nothing is explained, chance decides."
    ),
    "forecastscore": (
        "Mean over subjects of the forecast score F at the distance of the map: the gain in r when the upcoming "
        "words are added to the words so far. Red: the window helps. Blue: it costs more than it brings, as an "
        "unrelated window does. The scale is symmetric about 0."
    ),
    "forecastscoreq": (
        "Minus the decimal logarithm of q: two-sided Wilcoxon signed-rank test over subjects against 0, false "
        "discovery rate over {targets}. 2 is q = .01."
    ),
    "forecastdistance": (
        "Mean over subjects of d*, the distance at which F is highest, in words and in seconds at the mean rate "
        "of speech. Unmasked: where F is flat, d* is pulled towards the middle of the range of distances and "
        "means nothing. Read the masked map."
    ),
    "forecastdistancemasked": (
        "Mean over subjects of d*, in words and in seconds, only where the forecast score at the distance of the "
        "map is above that at its reference (one-sided test, false discovery rate over {targets}). Grey: the test "
        "does not pass, and d* should not be interpreted. An all-grey cortex means no effect."
    ),
    "forecastdepth": (
        "Mean over subjects of k*, the layer at which F is highest when present and window both come from it. "
        "Unmasked: where F is flat over layers, k* is pulled towards the middle of the layers and means nothing. "
        "Read the masked map."
    ),
    "forecastdepthmasked": (
        "Mean over subjects of k*, only where the mean of F over layers is above 0 (one-sided test, false "
        "discovery rate over {targets}). Grey: the test does not pass, and k* should not be interpreted. An all- "
        "grey cortex means no effect."
    ),
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
    how: Sequence[str],
) -> None:
    """Put the colour bar below the axes, in seconds too where it is in words, and the title above.

    Parameters
    ----------
    values : all values of the map; those beyond `norm` give the bar pointed ends.
    metadata : of the map's file.
    target : what a value belongs to, ``vertex`` or ``voxel``: where there is none, the label states it.
    how : sentences for the caption, on how the map is drawn.
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
    targets = {"vertex": "vertices", "voxel": "voxels"}[target]
    put_title(
        figure,
        metadata["Name"],
        metadata["Cell"],
        n_subjects,
        simulated=metadata["Simulated"] == "yes",
        alt="TODO",
        caption=[sentences(CAPTIONS[stat].format(target=target, targets=targets), *how)],
    )
