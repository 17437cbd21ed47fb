"""From the analyses of a config to the cells to score.

A cell is (subject, model, layer, source, width, distance). An analysis names models, layers, sources, widths and
distances, and means all their combinations. Cells that differ only in distance share a design and form a `Grid`; what
two analyses have in common is scored once. Standard library only: the Snakefile reads this.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from brainforecast.sources import PRESENT, baseline_source

LISTENERS = "listeners"  # the model of the noise ceiling: the mean response of the other subjects to the same stories


@dataclass(frozen=True, order=True)
class Grid:
    """Cells of one subject that share a design. `distances` increase; width 0 is a baseline, without a window."""

    model: str
    layer: int
    source: str
    width: int
    distances: tuple[int, ...]

    @property
    def design(self) -> str:
        """Name of its design, without the distances: ``layer-8_source-true_width-7``."""
        return f"layer-{self.layer}_source-{self.source}_width-{self.width}"

    @property
    def name(self) -> str:
        """Its name in files: ``layer-8_source-true_width-7_distances--10to30``."""
        return f"{self.design}_distances-{self.distances[0]}to{self.distances[-1]}"

    def blocks(self, distances_per_job: int) -> list["Grid"]:
        """The grid cut into blocks of `distances_per_job` distances."""
        starts = range(0, len(self.distances), distances_per_job)
        return [replace(self, distances=self.distances[start : start + distances_per_job]) for start in starts]


def design_names(grid: Grid, base: str) -> list[str]:
    """Names of the designs a grid is scored with: that of the present and, if it has windows, that of its windows."""
    present = replace(grid, source=baseline_source(grid.source, base), width=0)
    return list(dict.fromkeys([present.design, grid.design]))


def span(values: Mapping | Sequence[int] | int) -> list[int]:
    """The integers of a config entry: one, a list, or ``{first, last, step}``, the last one included."""
    if isinstance(values, Mapping):
        return list(range(values["first"], values["last"] + 1, values.get("step", 1)))
    return [values] if isinstance(values, int) else list(values)


def grids(analyses: Mapping[str, Mapping], base: str = "paper") -> list[Grid]:
    """Every grid the analyses need, in order, with the baseline that each window is compared with.

    Parameters
    ----------
    base : config `sources.syntactic.base`, see `sources.baseline_source`.
    """
    distances: dict[tuple, set[int]] = {}
    for analysis in analyses.values():
        for key, distance in _combinations(analysis, base):
            distances.setdefault(key, set()).add(distance)
    return sorted(Grid(*key, tuple(sorted(chosen))) for key, chosen in distances.items())


def is_word_vectors(model: Mapping) -> bool:
    """Whether a config's model is a dictionary of static word vectors: such a model has one layer, 0."""
    return model["source"].endswith(".npy")


def layers_of(grids: Iterable[Grid], model: str) -> list[int]:
    """Layers of one model that are scored."""
    return sorted({grid.layer for grid in grids if grid.model == model})


def depths_of(grids: Iterable[Grid]) -> dict[tuple[str, str, int, int], list[int]]:
    """Layers to compare, at least two, for each (model, source, width, distance) that has them."""
    layers: dict[tuple, set[int]] = {}
    for grid in grids:
        if grid.width > 0:
            for distance in grid.distances:
                layers.setdefault((grid.model, grid.source, grid.width, distance), set()).add(grid.layer)
    return {key: sorted(found) for key, found in sorted(layers.items()) if len(found) > 1}


def _combinations(analysis: Mapping, base: str) -> Iterator[tuple[tuple, int]]:
    for model, layer in product(analysis["models"], span(analysis["layers"])):
        yield (model, layer, PRESENT, 0), 0
        for source in analysis.get("sources", ()):
            yield (model, layer, baseline_source(source, base), 0), 0
        windows = product(
            analysis.get("sources", ()), span(analysis.get("widths", ())), span(analysis.get("distances", ()))
        )
        for source, width, distance in windows:
            yield (model, layer, source, width), distance
