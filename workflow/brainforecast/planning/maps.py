"""Every map of a run, declared once: whether a study has it, and which others its figure is drawn with.

The scored values that peaks are found among are here too: colour bars end where they do.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from brainforecast.cells import TARGETS, Grid, of_targets
from brainforecast.planning.study import Study
from brainforecast.sources import COMPONENTS

Wanted = Callable[[Study], object]


def always(study: Study) -> bool:
    """For products that every study has."""
    return True


def has_forecast(study: Study) -> bool:
    """Whether windows are scored; without them there is no table of forecasts."""
    return study.has_forecast


def has_distances(study: Study) -> bool:
    """Whether the reported window is scored at several distances: a curve, and d*."""
    return study.has_distances


def has_peak_tests(study: Study) -> bool:
    """Whether there is a d* over several subjects: one has no test that masks its map."""
    return study.has_distances and study.has_tests


@dataclass(frozen=True)
class Map:
    """A map: ``stat-<name>`` in the names of its files (`map_names`), drawn as a figure on cortex or in slices.

    Parameters
    ----------
    test : the map of the test that its figure is thresholded by; None for all values.
    sign : of a map of a test, the map whose sign its figure shows.
    alike : maps that it is compared with: their figures share one scale.
    """

    name: str
    wanted: Wanted = always
    test: str | None = None
    sign: str | None = None
    alike: tuple[str, ...] = ()


def scores_beside(study: Study, source: str) -> bool:
    """Whether F of another source than the reported one is scored and kept by target in the rest of its cell."""
    same = _windows(study, "model", "layer", "base", "width")
    here = [grid for grid in same if study.reported["distance"] in grid.distances and grid.keep == TARGETS]
    return study.reported["source"] != source and source in {grid.source for grid in here}


def reports_source(source: str, *, tested: bool = False) -> Wanted:
    """Whether F of another source than the reported one is scored in the rest of the reported cell, and tested."""
    return lambda study: scores_beside(study, source) and (study.has_tests or not tested)


FORECASTS = ("forecastscore", *(f"{source}score" for source in COMPONENTS))  # F of several windows, compared
MAPS = (  # those of `results.maps.STATS`
    Map("brainscore", test="brainscoreq"),
    Map("brainscoreq", lambda study: study.has_tests, sign="brainscore"),
    Map("noiseceiling", lambda study: study.has_ceiling, test="noiseceilingq"),
    Map("noiseceilingq", lambda study: study.has_ceiling and study.has_tests, sign="noiseceiling"),
    Map("normalisedscore", lambda study: study.has_ceiling, test="noiseceilingq"),
    Map("bestlayer", lambda study: study.has_best_layer, test="brainscoreq"),
    Map("forecastscore", has_forecast, test="forecastscoreq", alike=FORECASTS),
    Map("forecastscoreq", lambda study: study.has_forecast and study.has_tests, sign="forecastscore"),
    *(
        map_
        for source in COMPONENTS
        for map_ in (
            Map(f"{source}score", reports_source(source), test=f"{source}scoreq", alike=FORECASTS),
            Map(f"{source}scoreq", reports_source(source, tested=True), sign=f"{source}score"),
        )
    ),
    Map("forecastdistance", has_distances),
    Map("forecastdistancemasked", has_peak_tests),
    Map("forecastdepth", lambda study: study.has_depth),
    Map("forecastdepthmasked", lambda study: study.has_depth and study.has_tests),
)
SUBJECT_MAPS = (  # those of `results.maps.SUBJECT_STATS`, where a config requests maps of each subject
    Map("brainscore"),
    Map("noiseceiling", lambda study: study.has_ceiling),
    Map("listenercorrelation", lambda study: study.has_ceiling),
    Map("forecastscore", has_forecast),
    Map("forecastdistance", has_distances),
    Map("forecastdepth", lambda study: study.has_depth),
)


def maps_beside(stat: str, present: Collection[str]) -> dict[str, list[str]]:
    """The maps that the figure of a map needs beside it, of those that are present.

    Returns
    -------
    beside : role -> names: ``test`` has the q that it is thresholded by, ``sign`` gives the map of a test its sign,
        ``alike`` share its scale. Roles of no map are left out.
    """
    drawn = next(map_ for map_ in MAPS if map_.name == stat)
    named = {"test": (drawn.test,), "sign": (drawn.sign,), "alike": drawn.alike}
    found = {role: [name for name in names if name in present and name != stat] for role, names in named.items()}
    return {role: names for role, names in found.items() if names}


def scored_values(study: Study) -> dict[str, list[int]]:
    """The values that the peaks of maps are found among: ``layers`` of R, ``depths`` (layers of F), ``distances``."""
    reported = (study.reported["model"], study.reported["base"])
    layers = {grid.layer for grid in of_targets(study.grids) if (grid.model, grid.base) == reported}
    of_depths = _windows(study, "model", "base", "source", "width")
    depths = {grid.layer for grid in of_depths if study.reported["depth_distance"] in grid.distances}
    of_curve = _windows(study, "model", "layer", "base", "source", "width")
    distances = {distance for grid in of_curve for distance in grid.distances}
    return {"layers": sorted(layers), "depths": sorted(depths), "distances": sorted(distances)}


def _windows(study: Study, *keys: str) -> list[Grid]:
    """Grids of windows of targets that agree with the reported cell in these keys."""
    windows = [grid for grid in of_targets(study.grids) if grid.width > 0]
    return [grid for grid in windows if all(getattr(grid, key) == study.reported[key] for key in keys)]
