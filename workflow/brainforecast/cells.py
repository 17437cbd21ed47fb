"""From the analyses of a config to the cells to score.

A cell is (subject, model, layer, base, source, width, distance). An analysis names models, layers, one base, sources,
widths and distances, and means all their combinations. Cells that differ only in distance share a design and form a
`Grid`; what two analyses have in common is scored once. Standard library only: the Snakefile reads this.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from brainforecast.sources import PRESENT, baseline_source

LISTENERS = "listeners"  # the model of the noise ceiling: the mean response of the other subjects to the same stories
FEATURES = "features:"  # what the source of a model starts with that is a folder of features
PAPER, LEXICAL, VERDICT = "paper", "lexical", "verdict"  # bases: what stands beside the window, and alone without it
TARGETS, REGIONS = "targets", "regions"  # what is scored, and what is kept of scores


@dataclass(frozen=True, order=True)
class Grid:
    """Cells of one subject that share their designs. `distances` increase; width 0 is a baseline, without a window.

    base : columns in both models, with and without the window: PAPER is the present word's components; LEXICAL adds
    columns that know no language model; VERDICT adds layer 0 of the present word, and takes all delays up to 12 s.
    keep : scores of all TARGETS, or only their means over REGIONS.
    score : responses of all TARGETS, or the mean series of REGIONS, of which only regions can be kept.
    """

    model: str
    layer: int
    base: str
    source: str
    width: int
    distances: tuple[int, ...]
    keep: str = TARGETS
    score: str = TARGETS

    @property
    def key(self) -> tuple:
        """What grids of one subject differ in: model, layer, base, source, width and what is scored."""
        return self.model, self.layer, self.base, self.source, self.width, self.score

    @property
    def design(self) -> str:
        """Name of its own design: ``layer-8_source-true_width-7``, or ``layer-8_base-paper_source-present_width-0``.

        Windows are the same beside every base.
        """
        base = f"_base-{self.base}" if self.width == 0 else ""
        return f"layer-{self.layer}{base}_source-{self.source}_width-{self.width}"

    @property
    def name(self) -> str:
        """Its name in files: ``layer-8_base-paper_source-true_width-7_distances--10to30``."""
        cell = f"layer-{self.layer}_base-{self.base}_source-{self.source}_width-{self.width}"
        scored = "" if self.score == TARGETS else f"_scored-{self.score}"
        return f"{cell}_distances-{self.distances[0]}to{self.distances[-1]}{scored}"

    def blocks(self, distances_per_job: int) -> list["Grid"]:
        """The grid cut into blocks of `distances_per_job` distances."""
        starts = range(0, len(self.distances), distances_per_job)
        return [replace(self, distances=self.distances[start : start + distances_per_job]) for start in starts]


def design_names(grid: Grid, component_base: str) -> list[str]:
    """Names of the designs a grid is scored with: that of the present and, if it has windows, that of its windows."""
    present = replace(grid, source=baseline_source(grid.source, component_base), width=0)
    return list(dict.fromkeys([present.design, grid.design]))


def span(values: Mapping | Sequence[int] | int) -> list[int]:
    """The integers of a config entry: one, a list, or ``{first, last, step}``, the last one included."""
    if isinstance(values, Mapping):
        return list(range(values["first"], values["last"] + 1, values.get("step", 1)))
    return [values] if isinstance(values, int) else list(values)


def mirror(width: int, distance: int) -> int:
    """Distance of the window reflected in the present word: w - 1 - d.

    A window holds the words d-w+1 .. d ahead; reflected, they are -d .. w-1-d. The window at -d is another one: its
    words are w - 1 words farther in the past.
    """
    return width - 1 - distance


def mirrored_distances(width: int, distances: Sequence[int]) -> tuple[int, ...]:
    """The distances of at least `width` whose mirror is among `distances` too.

    A window nearer than that holds the present word, and is in part its own mirror.
    """
    return tuple(distance for distance in distances if distance >= width and mirror(width, distance) in distances)


def grids(analyses: Mapping[str, Mapping], component_base: str = "paper") -> list[Grid]:
    """Every grid the analyses need, in order, with the baseline that each window is compared with.

    A window of which one analysis keeps targets is kept by target at all its distances, and so is every baseline:
    one cell of a layer costs little, and maps and best layers are made of baselines. Series of regions are apart.

    Parameters
    ----------
    component_base : config `sources.syntactic.base`, see `sources.baseline_source`.
    """
    distances: dict[tuple, set[int]] = {}
    kept: set[tuple] = set()  # by target
    for analysis in analyses.values():
        score = analysis.get("score", TARGETS)
        for cell, distance in _combinations(analysis, component_base):
            distances.setdefault((*cell, score), set()).add(distance)
            if score == TARGETS and (cell[-1] == 0 or analysis.get("keep", TARGETS) == TARGETS):
                kept.add((*cell, score))
    return sorted(
        Grid(*cell, tuple(sorted(chosen)), TARGETS if (*cell, score) in kept else REGIONS, score)
        for (*cell, score), chosen in distances.items()
    )


def of_targets(grids: Iterable[Grid]) -> list[Grid]:
    """Grids where responses of targets are scored, not series of regions."""
    return [grid for grid in grids if grid.score == TARGETS]


def widths_are_of_series(grids: Iterable[Grid], cell: Mapping) -> bool:
    """Whether the curve over widths of a cell's model, layer, base and source is of series of regions.

    It is where `rank_widths` puts those of series first: the two are never mixed in one curve.
    """
    targets, series = _widths_of(grids, cell)
    return rank_widths(series) > rank_widths(targets)


def widths_of_curve(grids: Iterable[Grid], cell: Mapping) -> list[int]:
    """The widths of that curve: of series of regions, or of targets."""
    return max(_widths_of(grids, cell), key=rank_widths)  # targets of equals


def rank_widths(widths: Collection[int]) -> tuple[int, bool]:
    """How much a curve over widths shows: their number; of as many, single words show more than one window."""
    return len(widths), 1 in widths


def is_word_vectors(model: Mapping) -> bool:
    """Whether a config's model is a dictionary of static word vectors: such a model has one layer, 0."""
    return model["source"].endswith(".npy") and not is_features(model)


def is_features(model: Mapping) -> bool:
    """Whether a config's model is a folder of the user's own features, ``features:<folder>``."""
    return model["source"].startswith(FEATURES)


def layers_of(grids: Iterable[Grid], model: str) -> list[int]:
    """Layers of one model that are scored."""
    return sorted({grid.layer for grid in grids if grid.model == model})


def depths_of(grids: Iterable[Grid]) -> dict[tuple[str, str, str, int, int], list[int]]:
    """Layers to compare, at least two, for each (model, base, source, width, distance) that has them.

    Series of regions are not among them: tables of peaks hold what is scored by target.
    """
    layers: dict[tuple, set[int]] = {}
    for grid in grids:
        if grid.width > 0 and grid.score == TARGETS:
            for distance in grid.distances:
                layers.setdefault((grid.model, grid.base, grid.source, grid.width, distance), set()).add(grid.layer)
    return {key: sorted(found) for key, found in sorted(layers.items()) if len(found) > 1}


def _widths_of(grids: Iterable[Grid], cell: Mapping) -> tuple[list[int], list[int]]:
    """Widths that are scored in targets, and in series of regions, with a cell's model, layer, base and source."""
    keys = ("model", "layer", "base", "source")
    here = [grid for grid in grids if grid.width > 0 and all(getattr(grid, key) == cell[key] for key in keys)]
    targets, series = ([grid.width for grid in here if grid.score == score] for score in (TARGETS, REGIONS))
    return targets, series


def _combinations(analysis: Mapping, component_base: str) -> Iterator[tuple[tuple, int]]:
    sources = analysis.get("sources", ())
    for model, layer in product(analysis["models"], span(analysis["layers"])):
        base = PAPER if model == LISTENERS else analysis.get("base", PAPER)  # listeners have no words
        yield (model, layer, base, PRESENT, 0), 0
        for source in sources:
            yield (model, layer, base, baseline_source(source, component_base), 0), 0
        for source, width, distance in product(
            sources, span(analysis.get("widths", ())), span(analysis.get("distances", ()))
        ):
            yield (model, layer, base, source, width), distance
