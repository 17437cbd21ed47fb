"""The reported cell (config `maps`), of the maps and the report: what is left open is chosen, the rest is checked.

Where some analysis scores windows it is a cell with a window; else brain score alone is reported, and the keys of the
window are null. With one distance there is nothing to compare: `reference` is null, and there is no d*. Maps need
targets: a window of which only regions are kept or scored cannot be reported.
"""

from collections.abc import Mapping, Sequence

from brainforecast.cells import PAPER, TARGETS, Grid, depths_of, grids, of_targets
from brainforecast.errors import BadInput, nearest
from brainforecast.sources import PRESENT

PRESENT_KEYS, WINDOW_KEYS = ("model", "layer", "base"), ("source", "width")
DISTANCE_KEYS = ("distance", "reference", "depth_distance")
ORDER_OF_CHOICE = ("model", "base", "source", "width", "layer")
USUAL = {"base": PAPER, "source": "true", "width": 7, "distance": 8, "reference": 0}  # the paper's; taken where scored
SECTIONS = ("verdict", "sensitivity", "contrasts")  # of config, that need windows


def fill_reported(config: dict) -> None:
    """Fill in config `maps`, in place, and check it and the sections that need what it shows.

    Parameters
    ----------
    config : checked but for these sections; its `maps` has every key, null where it is left open.

    Raises
    ------
    BadInput : a key whose value no analysis scores, with the nearest that is scored; a section without its analyses.
    """
    config["maps"], _ = choose_cell(config, config["maps"])
    _check_sections(config)


def reported_notes(given: Mapping, config: Mapping) -> list[str]:
    """What was chosen for the keys of `maps` that a config leaves open, and why; nothing where all are given or usual.

    Then whether k* is left out because an analysis keeps one of its layers by region.

    Parameters
    ----------
    given : the config as it is written; config : the same, checked and filled in.
    """
    cell, why = choose_cell(config, {**dict.fromkeys(config["maps"]), **spell_source(given.get("maps") or {})})
    chosen = ", ".join(f"{key} {'null' if cell[key] is None else cell[key]} ({why[key]})" for key in why)
    left_open = f"config maps leaves open what is shown in the maps and in the report; chosen: {chosen}"
    return [*([left_open] if why else []), *_depth_notes(config, cell)]


def _depth_notes(config: Mapping, cell: Mapping) -> list[str]:
    keys = ("model", "base", *WINDOW_KEYS)
    windows = [grid for grid in of_targets(grids(config["analyses"])) if cell["depth_distance"] in grid.distances]
    windows = [grid for grid in windows if grid.width > 0 and all(getattr(grid, key) == cell[key] for key in keys)]
    by_region = [str(grid.layer) for grid in windows if grid.keep != TARGETS]
    if not by_region or len(windows) - len(by_region) < 2:
        return []
    return [
        f"no map of k*: an analysis keeps the reported window by region (keep: regions) at layer {', '.join(by_region)}"
    ]


def spell_source(cell: object) -> object:
    """Config `maps` with its source as text: YAML reads the source `true` as a boolean. Anything else as it is."""
    if not isinstance(cell, Mapping):
        return cell
    return {key: "true" if key == "source" and value is True else value for key, value in cell.items()}


def choose_cell(config: Mapping, given: Mapping) -> tuple[dict, dict[str, str]]:
    """The reported cell, and why a value was taken for each key that is left open and has no usual value scored.

    Parameters
    ----------
    given : config `maps`, null where a key is left open.

    Raises
    ------
    BadInput : as `fill_reported`.
    """
    scored = _scored_by_models(config)
    windows, by_region = _windows(scored)
    if not windows:
        _refuse_windows(given)
    keys = (*PRESENT_KEYS, *(WINDOW_KEYS if windows else ()))
    cell, why, left = {**given}, {}, windows or [grid for grid in of_targets(scored) if grid.source == PRESENT]
    for key in (key for key in keys if given[key] is not None):
        before = [name for name in keys[: keys.index(key)] if given[name] is not None]
        left = _require(cell, key, left, before, by_region)
    for key in (key for key in ORDER_OF_CHOICE if key in keys and given[key] is None):
        cell[key], reason = _choose(key, left, by_region)
        why |= {key: reason} if reason else {}
        left = [grid for grid in left if getattr(grid, key) == cell[key]]
    if windows:
        why |= _choose_distances(cell, left[0].distances)
        _fill_depth(cell, windows, by_region)
    return cell, why


def _windows(scored: Sequence[Grid]) -> tuple[list[Grid], list[Grid]]:
    """Grids with windows: those that are kept by target, which alone can be reported, and the others."""
    windows = [grid for grid in scored if grid.width > 0]
    by_target = [grid for grid in windows if grid.keep == TARGETS]
    if (windows and not by_target) or not of_targets(scored):
        found = f"{'windows' if windows else 'scores'} of regions only (keep: regions, score: regions)"
        raise BadInput("config key analyses", found, "an analysis that scores and keeps targets, as maps need")
    return by_target, [grid for grid in windows if grid.keep != TARGETS]


def _scored_by_models(config: Mapping) -> list[Grid]:
    """The grids of models of config `models`, in the order of the analyses."""
    found = [grid for analysis in config["analyses"].values() for grid in _in_order(analysis)]
    found = [grid for grid in found if grid.model in config["models"]]
    if not found:
        expected = f"an analysis of a model of config models ({', '.join(config['models'])}), to report"
        raise BadInput("config key analyses", "none of these models", expected)
    whole = {grid.key: grid for grid in grids(config["analyses"])}  # with the distances of all analyses
    return [whole[key] for key in dict.fromkeys(grid.key for grid in found)]


def _in_order(analysis: Mapping) -> list[Grid]:
    ordered = {key: index for index, key in enumerate((*analysis["models"], *analysis.get("sources", ())))}
    return sorted(grids({"": analysis}), key=lambda grid: (ordered[grid.model], ordered.get(grid.source, -1)))


def _require(
    cell: Mapping, key: str, scored: Sequence[Grid], before: Sequence[str], by_region: Sequence[Grid]
) -> list[Grid]:
    kept = [grid for grid in scored if getattr(grid, key) == cell[key]]
    if not kept:
        named = [grid for grid in by_region if all(getattr(grid, name) == cell[name] for name in (*before, key))]
        _refuse(cell, key, {getattr(grid, key) for grid in scored}, before, by_region=bool(named))
    return kept


def _choose(key: str, scored: Sequence[Grid], by_region: Sequence[Grid]) -> tuple[object, str]:
    """A value, and why it was taken; no reason where it is the usual one. Others may be scored, and kept by region."""
    if key == "layer":
        most = max(len(grid.distances) for grid in scored)
        scored = [grid for grid in scored if len(grid.distances) == most]  # layers with a curve, not with one distance
    values = list(dict.fromkeys(getattr(grid, key) for grid in scored))
    usual, others = USUAL.get(key), {getattr(grid, key) for grid in by_region} - set(values)
    if usual in values:
        return usual, ""
    if len(values) == 1:
        return values[0], f"the only one {'whose targets are scored and kept' if others else 'scored'}"
    if key == "layer":
        ordered = sorted(values)
        return ordered[len(ordered) // 2], f"the middle one of {', '.join(map(str, ordered))}"
    absent = "" if usual is None else f"{usual} is {'kept by region' if usual in others else 'not scored'}, "
    return values[0], f"{absent}the first of {', '.join(map(str, values))}"


def _choose_distances(cell: dict, distances: Sequence[int]) -> dict[str, str]:
    """Fill in `distance` and `reference`, and return why; of one distance there is no reference."""
    others, why = list(distances), {}
    for key, choose, which in (("distance", max, "largest"), ("reference", min, "smallest")):
        if cell[key] is None and not others:
            why[key] = "only one distance is scored, so there is no d*"
        elif cell[key] is None and USUAL[key] in others:
            cell[key] = USUAL[key]
        elif cell[key] is None:
            cell[key], why[key] = choose(others), f"{USUAL[key]} is not scored, the {which} that is"
        elif cell[key] == cell["distance"] and key == "reference":
            raise BadInput("config key maps.reference", cell[key], "another distance than that of maps.distance")
        elif cell[key] not in others:
            _refuse(cell, key, set(others), (*PRESENT_KEYS, *WINDOW_KEYS))
        others = [distance for distance in others if distance != cell["distance"]]
    return why


def _fill_depth(cell: dict, windows: Sequence[Grid], by_region: Sequence[Grid]) -> None:
    """The distance of k* is that of the other maps if it is left open; else one that some layer is scored at."""
    keys = ("model", "base", *WINDOW_KEYS)
    scored, of_regions = (
        {d for grid in found if all(getattr(grid, key) == cell[key] for key in keys) for d in grid.distances}
        for found in (windows, by_region)
    )
    if cell["depth_distance"] is None:
        cell["depth_distance"] = cell["distance"]
    elif cell["depth_distance"] not in scored:
        _refuse(cell, "depth_distance", scored, keys, by_region=cell["depth_distance"] in of_regions)


def _refuse(cell: Mapping, key: str, scored: set, beside: Sequence[str], *, by_region: bool = False) -> None:
    """One line that names the key, what is scored with the values beside it, and the nearest that is.

    by_region : whether it is scored, and only regions are kept or scored.
    """
    found, values = cell[key], sorted(scored)
    near = min(values, key=lambda value: abs(value - found)) if isinstance(found, int) else nearest(found, values)
    what = "a name from models, scored" if key == "model" else "one that is scored"
    what = "one whose targets are scored and kept" if by_region else what
    values_beside = ", ".join(f"{name} {cell[name]}" for name in beside)
    expected = f"{what} with {values_beside}" if values_beside else what
    raise BadInput(f"config key maps.{key}", found, f"{expected}; nearest is {near}")


def _refuse_windows(given: Mapping) -> None:
    for key in (*WINDOW_KEYS, *DISTANCE_KEYS):
        if given[key] is not None:
            expected = "nothing, as no analysis has sources, widths and distances"
            raise BadInput(f"config key maps.{key}", given[key], expected)


def _check_sections(config: Mapping) -> None:
    """Sections on windows have them; contrasts of peaks have a curve over distances, or over layers."""
    scored = [grid for grid in of_targets(grids(config["analyses"])) if grid.width > 0]
    expected = "an analysis with sources, widths and distances"
    for section in SECTIONS:
        if config[section] and not scored:
            raise BadInput(f"config key {section}", "no analysis that scores windows", expected)
    if config["figures"]["curves"] and not scored and not config["finetuning"]:
        raise BadInput("config key figures.curves", "no analysis that scores windows", expected)
    has_curve = {
        "forecast_distance": any(len(grid.distances) > 1 for grid in scored),
        "forecast_depth": bool(depths_of(scored)),
    }
    needs = {"forecast_distance": "several distances", "forecast_depth": "windows at several layers"}
    for index, contrast in enumerate(config["contrasts"]):
        measure = contrast["measure"]
        if not has_curve[measure]:
            where = f"config key contrasts.{index}.measure"
            raise BadInput(where, f"{measure} of {contrast['name']}", f"an analysis with {needs[measure]}")
