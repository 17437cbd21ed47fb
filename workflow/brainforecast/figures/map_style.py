"""How maps are drawn, on the cortex and in slices alike: threshold, sign, scale, colours and colour bar."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap, Normalize

from brainforecast.figures.captions import Figure
from brainforecast.figures.style import DARK, DIVERGING, SEQUENTIAL, seconds_axis
from brainforecast.planning.maps import maps_beside
from brainforecast.results.map_statistics import GROUP
from brainforecast.results.maps import quantity

Values = Mapping[str, np.ndarray]  # of each hemisphere (n_vertices,), or of one volume (x, y, z)

# of layers: no colour is a grey, as the middle of cividis is, and none as pale as paper
LAYERS = ListedColormap(colormaps["YlGnBu"](np.linspace(0.2, 1, 256)))
COLOURS = {
    "brainscore": SEQUENTIAL,
    "noiseceiling": SEQUENTIAL,
    "normalisedscore": SEQUENTIAL,
    "bestlayer": LAYERS,
    "forecastdistance": "plasma",
    "forecastdistancemasked": "plasma",
    "forecastdepth": LAYERS,
    "forecastdepthmasked": LAYERS,
}  # all others are symmetric around 0, and diverge
BELOW = "#F4A3C0"  # of a scale that starts at 0: the few targets below it that pass; no colour of viridis
BARE = "#BDBDBD"  # on a bar: what is left to the bare cortex
SPAN = 1.25  # the bar of a test goes on to this multiple of the level at least, so that the level lies on it
MAX_TICKS = 16  # with a label on a bar of layers; more have ticks without
BAR_WIDTH, BAR_HEIGHT, BAR_BOTTOM = 3.6, 0.12, 0.42  # inches
BAR_ROOM = 0.93  # inches that the bar, its labels and its seconds take
WIDTH = 8.4  # inches, of every map


@dataclass(frozen=True)
class Beside:
    """Other maps of the same targets that a map is drawn with.

    Parameters
    ----------
    test : −log10 q of the test that it is thresholded by; None for no test.
    sign : of a map of a test, the values that were tested.
    alike : maps that share its scale, by their names.
    """

    test: Values | None = None
    sign: Values | None = None
    alike: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """The colours of a map.

    Parameters
    ----------
    norm : its limits; of layers, a colour for each that was scored.
    cmap : its colours.
    layers : that were scored, of a map of layers; () for a continuous scale.
    marks : values that are marked on the bar: the level of a test.
    """

    norm: Normalize
    cmap: Colormap
    layers: tuple[int, ...] = ()
    marks: tuple[float, ...] = ()


@dataclass(frozen=True)
class DrawnMap:
    """A map as it is drawn.

    Parameters
    ----------
    stat : a name of `brainforecast.results.maps.STATS`.
    metadata : of its files.
    values : NaN where there is no value; those of a test have the sign of what was tested.
    passes : where q is below the level; None where nothing is hidden.
    scale : its colours.
    n_targets : how many have a value, or a test that the map is thresholded by.
    alike : the maps that share its scale.
    """

    stat: str
    metadata: Mapping[str, str]
    values: Values
    passes: Values | None
    scale: Scale
    n_targets: int
    alike: tuple[str, ...] = ()

    @cached_property
    def shown(self) -> dict[str, np.ndarray]:
        """The values that are coloured; NaN elsewhere."""
        if self.passes is None:
            return dict(self.values)
        return {part: np.where(self.passes[part], values, np.nan) for part, values in self.values.items()}

    @cached_property
    def present(self) -> np.ndarray:
        """The values that are coloured, of all targets (n_shown,)."""
        every = np.concatenate([values.ravel() for values in self.shown.values()])
        return every[np.isfinite(every)]

    @property
    def is_test(self) -> bool:
        """Whether it is the map of a test."""
        return is_test(self.stat)

    @property
    def is_signed(self) -> bool:
        """Whether its colours are symmetric around 0."""
        return self.stat not in COLOURS

    @property
    def q_level(self) -> float | None:
        """Below which q passes; None in a file without it."""
        return float(self.metadata["QLevel"]) if "QLevel" in self.metadata else None

    @property
    def beyond(self) -> tuple[bool, bool]:
        """Whether coloured values lie below the limits, and above."""
        norm = self.scale.norm
        return bool((self.present < norm.vmin).any()), bool((self.present > norm.vmax).any())


def as_drawn(stat: str, values: Values, metadata: Mapping[str, str], beside: Beside | None = None) -> DrawnMap:
    """A map with its threshold, its sign and its scale.

    Parameters
    ----------
    values : NaN for no value.
    metadata : of its files, with ``QLevel`` where there are tests, ``ScoredValues`` where values are peaks.
    beside : what it is drawn with.
    """
    beside = beside or Beside()
    tested = values if is_test(stat) else beside.test
    level = float(metadata.get("QLevel", 0))
    if beside.sign is not None:
        values = {part: np.copysign(found, beside.sign[part]) for part, found in values.items()}
    passes = None
    if tested is not None and level and (is_test(stat) or smallest_p(metadata) < level):
        least = np.float32(-np.log10(level))  # files hold float32: q of exactly the level does not pass
        passes = {part: found > least for part, found in tested.items()}
    scale = scale_of(stat, [values, *beside.alike.values()], metadata)
    counted = values if passes is None else tested
    n_targets = int(sum(np.isfinite(found).sum() for found in counted.values()))
    return DrawnMap(stat, metadata, values, passes, scale, n_targets, tuple(beside.alike))


def beside_of(stat: str, maps: Mapping[str, Values]) -> Beside:
    """What a map is drawn with, of those that are there.

    Parameters
    ----------
    maps : values of maps by their names.
    """
    found = {role: {name: maps[name] for name in names} for role, names in maps_beside(stat, maps).items()}
    one = {role: next(iter(values.values())) for role, values in found.items() if role != "alike"}
    return Beside(**one, alike=found.get("alike", {}))


def is_test(stat: str) -> bool:
    """Whether a map holds −log10 q."""
    return GROUP[stat].transform == "minus_log10"


def smallest_p(metadata: Mapping[str, str]) -> float:
    """The smallest p, and q, that a two-sided Wilcoxon signed-rank test can give for as many subjects."""
    return 2.0 ** (1 - int(metadata["MaxSubjects"]))


def scale_of(stat: str, compared: Sequence[Values], metadata: Mapping[str, str]) -> Scale:
    """The scale of a map: the same for all maps that are compared.

    Layers have a colour each; d* ends where the scored distances do; F and tests are symmetric around 0, to the 99th
    percentile of their size; R and its ceiling start at 0; their share ends at 1, because it has no bound where the
    ceiling is nearly 0.
    """
    scored = [int(value) for value in json.loads(metadata.get("ScoredValues", "[]"))]
    cmap = colormaps.get_cmap(COLOURS.get(stat, DIVERGING))
    if metadata["Units"] == "layer":
        layers = scored or _whole(compared)
        edges = [layers[0] - 0.5, *np.add(layers[:-1], layers[1:]) / 2, layers[-1] + 0.5]
        return Scale(BoundaryNorm(edges, cmap.N), cmap, tuple(layers))
    if metadata["Units"] == "words" and len(scored) > 1:
        return Scale(Normalize(scored[0], scored[-1]), cmap)
    if stat == "normalisedscore":
        return Scale(Normalize(0, 1), cmap.with_extremes(under=BELOW))
    largest = max(_percentile(values, signed=stat not in COLOURS) for values in compared) or 1.0
    if stat not in COLOURS:
        level = -np.log10(float(metadata["QLevel"])) if is_test(stat) and "QLevel" in metadata else 0.0
        largest = max(largest, SPAN * level)
        return Scale(Normalize(-largest, largest), cmap, marks=(-level, level) if level else ())
    return Scale(Normalize(0, largest if largest > 0 else 1.0), cmap.with_extremes(under=BELOW))


def map_figure(height: float) -> Figure:
    """A figure of a map, `height` inches for what is between the title and the bar: nothing in it moves for a label."""
    return Figure(figsize=(WIDTH, height + BAR_ROOM), layout="none")


def add_bar(figure: Figure, drawn: DrawnMap, target: str) -> None:
    """The colour bar below a map, in seconds too where it is in words.

    Parameters
    ----------
    target : what a value belongs to, ``vertex`` or ``voxel``: where none is coloured, the label states it.
    """
    width, height = figure.get_size_inches()
    left = (width - BAR_WIDTH) / 2 / width
    ax = figure.add_axes((left, BAR_BOTTOM / height, BAR_WIDTH / width, BAR_HEIGHT / height))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    scale = drawn.scale
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.cmap), cax=ax, orientation="horizontal", extend=extend[drawn.beyond],
        spacing="uniform",
    )  # fmt: skip
    bar.set_label(label_of(drawn) if drawn.present.size else f"{label_of(drawn)}: no {target} to show")
    if scale.layers:
        edges = scale.norm.boundaries
        step = -(-len(scale.layers) // MAX_TICKS)
        names = [str(layer) if index % step == 0 else "" for index, layer in enumerate(scale.layers)]
        bar.set_ticks(list((edges[:-1] + edges[1:]) / 2), labels=names)
        bar.ax.minorticks_off()
    for mark in scale.marks:
        bar.ax.axvline(mark, color=DARK, linewidth=1.2)
    if scale.marks:
        bar.ax.axvspan(*scale.marks, color=BARE)
    if drawn.metadata["Units"] == "words":
        seconds_axis(bar.ax, "top", float(drawn.metadata["WordsPerSecond"]))


def label_of(drawn: DrawnMap) -> str:
    """Label of the bar: what the map shows, with its unit."""
    label = quantity(drawn.stat, drawn.metadata["Units"])
    return f"{label}, sign of the score" if drawn.is_test else label


def _percentile(values: Values, *, signed: bool) -> float:
    """The 99th percentile of the values, of their size if they have a sign; 0 where there are none."""
    every = np.concatenate([part.ravel() for part in values.values()])
    finite = every[np.isfinite(every)]
    return float(np.percentile(np.abs(finite) if signed else finite, 99)) if finite.size else 0.0


def _whole(compared: Sequence[Values]) -> list[int]:
    """The whole numbers among the values, for files that do not name what was scored."""
    every = np.concatenate([part.ravel() for values in compared for part in values.values()])
    return sorted({int(value) for value in np.rint(every[np.isfinite(every)])}) or [0]
