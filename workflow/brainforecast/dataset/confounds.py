"""The table of confounds that fMRIPrep writes beside a run, found by the entities of its name."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.bids import parse_name
from brainforecast.dataset.pointers import pointer_of
from brainforecast.errors import BadInput, nearest

SUFFIXES = ("timeseries", "regressors")  # of fMRIPrep since 20.2, and before
DESC = "confounds"


def find_confounds(run: str | Path, places: Sequence[str | Path], entities: Mapping[str, str]) -> Path:
    """Find the table of confounds of a run: ``<entities>_desc-confounds_timeseries.tsv``.

    Its entities, but for desc, are some of the run's; it is in the run's folder, or in the first of `places` that has
    one.

    Parameters
    ----------
    places : folders to look in after the run's own.
    entities : of a run whose name is none of BIDS: sub, task and, if there are some, ses and run.

    Raises
    ------
    BadInput : no table, or several; a pointer in its place.
    """
    run = Path(run)
    parts = parse_name(run.name)
    entities = parts.entities if parts and {"sub", "task"} <= parts.entities.keys() else dict(entities)
    folders = list(dict.fromkeys([run.parent, *map(Path, places)]))
    for folder in folders:
        found = [name for name in _tables(folder) if _fits(name, entities)]
        if len(found) > 1:
            expected = "one table of confounds whose entities are among the run's"
            raise BadInput(f"{folder}, for {run.name}", f"{' and '.join(found)}", expected)
        if found:
            path = folder / found[0]
            pointer = pointer_of(path)
            if pointer:
                raise BadInput(path, pointer, "the table of confounds")
            return path
    wanted = _expected_name(entities)
    there = [name for folder in folders for name in _tables(folder)]
    closest = f"nearest there is {nearest(wanted, there)}" if there else "no desc-confounds file there"
    where = " or ".join(map(str, folders))
    raise BadInput(f"config key dataset.confounds, for {run.name}", f"{closest}", f"{wanted} in {where}")


def _tables(folder: Path) -> list[str]:
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [name for name in names if name.endswith(".tsv") and f"desc-{DESC}_" in name]


def _fits(name: str, entities: Mapping[str, str]) -> bool:
    parts = parse_name(name)
    if parts is None or parts.suffix not in SUFFIXES or parts.entities.get("desc") != DESC:
        return False
    own = {key: value for key, value in parts.entities.items() if key != "desc"}
    return {"sub", "task"} <= own.keys() and own.items() <= dict(entities).items()


def _expected_name(entities: Mapping[str, str]) -> str:
    """The name of the confounds, by the entities that fMRIPrep keeps in it."""
    kept = [f"{key}-{entities[key]}" for key in ("sub", "ses", "task", "acq", "dir", "run") if key in entities]
    return f"{'_'.join(kept)}_desc-{DESC}_timeseries.tsv"
