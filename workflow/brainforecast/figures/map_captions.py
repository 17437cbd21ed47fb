"""Title, caption and alternative text of a map: what its colours are, what is grey and why, and where it is highest."""

from collections.abc import Mapping, Sequence

import numpy as np

from brainforecast.figures.captions import Figure, sentences
from brainforecast.figures.map_style import DrawnMap, smallest_p
from brainforecast.figures.style import put_title
from brainforecast.planning.maps import MAPS
from brainforecast.results.map_statistics import GROUP
from brainforecast.results.selection import lobe_label
from brainforecast.sources import COMPONENTS

WHAT = {
    "brainscore": (
        "Mean over subjects of the brain score R: the correlation (Pearson r) of the response predicted from the "
        "words so far with the measured one, on held-out time."
    ),
    "noiseceiling": (
        "Mean over subjects of the R that principal components of the other subjects' mean response to the same "
        "stories reach, with the same ridge and folds and without delays: a ceiling for regressions of as many "
        "components, no upper bound: the plain correlation with the other subjects can be higher."
    ),
    "normalisedscore": (
        "Mean brain score R divided by the noise ceiling, never clipped: 1 is what the other subjects explain."
    ),
    "bestlayer": "The layer of the language model whose brain score, mean over subjects, is highest.",
    "forecastscore": (
        "Mean over subjects of the forecast score F at the distance of the map: the gain in r when the upcoming "
        "words are added to the words so far."
    ),
    **{
        f"{source}score": (
            f"Mean over subjects of F at the distance of the map when the window holds the {source} component of the "
            "upcoming words alone; the true window is the sum of the syntactic and the semantic one."
        )
        for source in COMPONENTS
    },
    "forecastdistance": "Mean over subjects of d*, the distance at which F is highest.",
    "forecastdistancemasked": "Mean over subjects of d*, the distance at which F is highest.",
    "forecastdepth": (
        "Mean over subjects of k*, the layer at which F is highest when present and window both come from it."
    ),
    "forecastdepthmasked": (
        "Mean over subjects of k*, the layer at which F is highest when present and window both come from it."
    ),
}
TESTED = {  # what the test behind a threshold is of, where it is not the map itself
    "normalisedscore": "the noise ceiling differs from 0",
    "bestlayer": "the brain score at the reported layer differs from 0",
}
SYMBOLS = {"Pearson r": "R", "gain in r": "F", "share of the ceiling": "share", "words": "d*", "layer": "layer"}
FLAT = {
    "forecastdistance": "where F is flat over distances, d* is pulled towards the middle of the range",
    "forecastdepth": "where F is flat over layers, k* is pulled towards the middle of the layers",
}
NEAR_ZERO = 0.1  # of the highest mean of a region


def title_map(
    figure: Figure,
    drawn: DrawnMap,
    targets: str,
    *,
    how: Sequence[str],
    peak: tuple[str, float] | None = None,
    low: tuple[str, float] | None = None,
) -> None:
    """Give the figure of a map its title, its caption and its alternative text.

    Parameters
    ----------
    targets : what has values, ``vertices`` or ``voxels``.
    how : sentences on how it is drawn.
    peak, low : where it is highest and where lowest, with the value there; None where that cannot be named.
    """
    metadata = drawn.metadata
    put_title(
        figure,
        metadata["Name"],
        metadata["Cell"],
        {int(metadata["MinSubjects"]), int(metadata["MaxSubjects"])},
        simulated=metadata["Simulated"] == "yes",
        alt=describe(drawn, targets, peak, low),
        caption=[sentences(what(drawn), *colours(drawn)), sentences(*threshold(drawn, targets), *how)],
    )


def what(drawn: DrawnMap) -> str:
    """What a value is."""
    if drawn.is_test:
        return f"Minus the decimal logarithm of q, with the sign of the score: {drawn.metadata['StatisticalTest']}."
    return WHAT[drawn.stat]


def colours(drawn: DrawnMap) -> list[str]:
    """What the colours are that were drawn."""
    found, (below, above) = drawn.present, drawn.beyond
    text = []
    if drawn.scale.layers:
        rounded = " (the mean is rounded to the nearest)" if drawn.stat != "bestlayer" else ""
        embedding = " 0 is the embedding." if drawn.scale.layers[0] == 0 else ""
        text += [f"The bar has one colour for each layer that was scored{rounded}.{embedding}"]
    elif drawn.metadata["Units"] == "words":
        text += ["The bar spans the distances that were scored, in words and in seconds at the mean rate of speech."]
    elif drawn.is_signed:
        text += ["Red: above 0." if (found > 0).any() else "", "Blue: below 0." if (found < 0).any() else ""]
        alike = " and ".join(GROUP[stat].quantity for stat in drawn.alike)
        text += [f"The scale is symmetric about 0{f', and that of the maps of {alike} too' if alike else ''}."]
        text += ["Pointed ends of the bar: beyond the 99th percentile of the size."] if below or above else []
    else:
        text += ["The scale starts at 0.", "Pink: below 0." if below else ""]
        end = "above 1" if drawn.stat == "normalisedscore" else "the highest percent"
        text += [f"Pointed end of the bar, right: {end}."] if above else []
    return text


def threshold(drawn: DrawnMap, targets: str) -> list[str]:
    """Where there is colour, and why not elsewhere."""
    metadata, level, n = drawn.metadata, drawn.q_level, int(drawn.metadata["MaxSubjects"])
    correction = f"false discovery rate over {targets}"
    count = f"{drawn.present.size:,} of {drawn.n_targets:,} {targets}"
    if drawn.stat.endswith("masked"):
        where = f"q < {level:g} in the mask test" if level else "the mask test passes"
        test = f"Colour where {where} ({metadata['StatisticalTest']}; {correction})".replace(" - ", " − ")
        return [
            f"{test}: {drawn.present.size:,} {targets}.",
            "Grey: it does not pass, and the peak should not be interpreted.",
        ]
    if drawn.stat in FLAT:
        masked = "; the masked map leaves these out" if n > 1 else ""
        return [f"All {targets}, without a test: {FLAT[drawn.stat]} and means nothing{masked}."]
    if drawn.is_test:
        bar = "Lines on the bar: that level, and grey between them."
        return [f"Colour where q < {level:g}, {correction}: {count}.", bar, _cannot_pass(drawn)]
    if drawn.passes is not None:
        of = TESTED.get(drawn.stat) or f"{SYMBOLS[metadata['Units']]} differs from 0"
        test = f"two-sided Wilcoxon signed-rank test over subjects, {correction}"
        left_out = 1 - drawn.present.size / max(drawn.n_targets, 1)
        return [f"Colour where {of}, q < {level:g} ({test}): {count}; {_percent(left_out)} are left out, in grey."]
    if next(map_.test for map_ in MAPS if map_.name == drawn.stat) is None:
        return []
    return [f"No threshold: all {targets} with a value have their colour.", _cannot_pass(drawn) if n > 1 else ""]


def describe(drawn: DrawnMap, targets: str, peak: tuple[str, float] | None, low: tuple[str, float] | None) -> str:
    """What is seen, for readers who cannot see it."""
    found = drawn.present
    if not found.size:
        return f"All is grey: 0 {targets} have a value that is shown."
    if drawn.scale.layers:
        layers = np.array(drawn.scale.layers)
        names, counts = np.unique(layers[np.abs(found[:, None] - layers).argmin(axis=1)], return_counts=True)
        most = counts.argmax()
        others = f"layers {names[0]} to {names[-1]} occur" if len(names) > 1 else "no other occurs"
        share = _percent(counts[most] / found.size)
        seen = f"Layer {names[most]} is the most frequent, at {share} of the coloured {targets}; {others}."
    elif drawn.metadata["Units"] == "words":
        first, middle, last = (_number(value, 1) for value in np.percentile(found, [5, 50, 95]))
        seen = f"Median d* {middle} words; 90 % of the coloured {targets} lie between {first} and {last}."
    else:
        seen = _extremes(drawn, peak, low)
    if drawn.passes is not None:
        seen += f" {_percent(found.size / drawn.n_targets)} of the {targets} are coloured, the others are grey."
    elif drawn.stat.endswith("masked"):
        seen += f" {found.size:,} {targets} are coloured, the others are grey."
    return seen


def peak_regions(
    drawn: DrawnMap, regions: Mapping[str, np.ndarray], lobes: Mapping[str, np.ndarray], sides: Mapping[str, str]
) -> tuple[tuple[str, float] | None, tuple[str, float] | None]:
    """The region where the mean is highest, of those coloured at half of their targets or more, and the lowest lobe.

    Parameters
    ----------
    regions, lobes : per hemisphere, names (n_vertices,), "" for none.
    sides : names of the hemispheres.
    """
    means, counted = {}, drawn.shown if drawn.stat in TESTED else drawn.values
    for hemi, side in sides.items():
        for name in np.unique(regions[hemi][regions[hemi] != ""]):
            here = regions[hemi] == name
            coloured = np.isfinite(drawn.shown[hemi][here]).sum()
            if coloured * 2 >= max(np.isfinite(drawn.values[hemi][here]).sum(), 1):
                means[f"{side} {name}"] = float(np.nanmean(counted[hemi][here]))
    of_lobes = {}
    for name in sorted({str(name) for hemi in sides for name in lobes[hemi]} - {""}):
        values = np.concatenate([counted[hemi][lobes[hemi] == name] for hemi in sides])
        if np.isfinite(values).any():
            of_lobes[lobe_label(name)] = float(np.nanmean(values))
    pick = lambda found, best: (name := best(found, key=found.get), found[name]) if found else None  # noqa: E731
    return pick(means, max), pick(of_lobes, min) if len(of_lobes) > 1 else None


def _extremes(drawn: DrawnMap, peak: tuple[str, float] | None, low: tuple[str, float] | None) -> str:
    symbol = "−log₁₀ q with its sign" if drawn.is_test else SYMBOLS[drawn.metadata["Units"]]
    if peak is None:
        return f"Highest {symbol}: {_number(drawn.present.max())}."
    text = f"Highest in {peak[0]} ({symbol} = {_number(peak[1])})"
    if low is not None and low[1] < peak[1]:
        near = abs(low[1]) < NEAR_ZERO * abs(peak[1])
        text += f", near 0 in the {low[0]}" if near else f", lowest in the {low[0]} ({_number(low[1])})"
    return text + "."


def _number(value: float, digits: int | None = None) -> str:
    digits = digits or (2 if abs(value) >= 0.1 else 3)
    return f"{value:.{digits}f}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _cannot_pass(drawn: DrawnMap) -> str:
    """Why nothing passes, where as few subjects cannot."""
    level, smallest = drawn.q_level, smallest_p(drawn.metadata)
    if not level or smallest < level:
        return ""
    n = drawn.metadata["MaxSubjects"]
    return f"With {n} subjects the smallest p of the test is {smallest:.2g}: q cannot be below {level:g}."
