"""What a verdict (config `verdict`) needs beside the analyses: cells of the reported window in every base, and brains.

Its cells are scored by region under common shifts, never by target: they have designs, which they share with the
analyses, and no scoring jobs of `fanout`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from brainforecast.cells import LEXICAL, PAPER, VERDICT, Grid, design_names, grids, mirror
from brainforecast.dataset.plan import Plan
from brainforecast.planning.bases import MEMORY, delays_of

BASES = (PAPER, LEXICAL, VERDICT)  # only the last one decides
PEAKS = (4.0, 5.0, 6.0)  # s, of the responses of simulated brains
PASSIVE = ("rate", "content", "static", "past")  # kinds of `controls.brains`
FORECAST = "forecast"
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the signal of forecasting brains: a power curve
ALL_UP_TO = 400  # shifts: where a study has no more admissible ones, all are used (`encoding.common_shift`)


@dataclass(frozen=True, eq=False)
class VerdictPlan:
    """The cells, delays, shifts and simulated brains of a verdict; all empty without one.

    Parameters
    ----------
    config : checked; plan : its runs.
    """

    config: Mapping
    plan: Plan

    @property
    def wanted(self) -> bool:
        """Whether the config has a verdict."""
        return bool(self._section)

    @property
    def distances(self) -> tuple[int, int]:
        """Distances of the mirror window and of the window, words."""
        distance = self._section["distance"]
        return mirror(self.config["maps"]["width"], distance), distance

    @cached_property
    def grids(self) -> list[Grid]:
        """The reported window and its mirror, and the present alone, in each base."""
        if not self.wanted:
            return []
        cell = self.config["maps"]
        named = {"models": [cell["model"]], "layers": [cell["layer"]], "sources": [cell["source"]]}
        window = {"widths": [cell["width"]], "distances": list(self.distances)}
        return grids({base: named | window | {"base": base} for base in BASES}, self._component_base)

    @property
    def delays(self) -> dict[str, list[int]]:
        """Delays of each base, TRs."""
        return {base: delays_of(base, self.config["encoding"], self.plan.tr) for base in BASES}

    @property
    def shortest_shift(self) -> int:
        """Volumes: the configured ones, or the longest delay and a response of MEMORY s after it."""
        response = math.ceil(MEMORY / self.plan.tr - 1e-9)  # 12 s are 8 TRs of 1.5 s however the division rounds
        return max(self._section["shortest_shift"], max(self.delays[VERDICT]) + response)

    @cached_property
    def brains(self) -> list[dict]:
        """Simulated brains as parameters: kind, share, peak (s), number; each response peak has a third of them."""
        if not self.wanted:
            return []
        n = self._section["brains"]
        shares = sorted({*SHARES, self._section["share"]})
        kinds = [(kind, 0.0) for kind in PASSIVE] + [(FORECAST, share) for share in shares]
        return [
            {"kind": kind, "share": share, "peak": PEAKS[number % len(PEAKS)], "number": number}
            for kind, share in kinds
            for number in range(n)
        ]

    @property
    def most_draws(self) -> int:
        """Shifts at most, and the responses as recorded: how many a study has depends on its volumes."""
        return 1 + max(self._section["shifts"], ALL_UP_TO) if self.wanted else 0

    def cells(self, *bases: str) -> list[dict]:
        """Each base with the names of the designs of its present and of its windows, and their distances.

        Parameters
        ----------
        bases : wanted; all if none is given.
        """
        windows = [grid for grid in self.grids if grid.width > 0 and grid.base in (bases or BASES)]
        ordered = sorted(windows, key=lambda grid: BASES.index(grid.base))
        return [
            {"base": grid.base, "designs": design_names(grid, self._component_base), "distances": list(self.distances)}
            for grid in ordered
        ]

    @property
    def _component_base(self) -> str:
        return self.config["sources"]["syntactic"]["base"]

    @property
    def _section(self) -> Mapping:
        return self.config["verdict"] or {}
