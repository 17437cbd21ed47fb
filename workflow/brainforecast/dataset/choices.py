"""Which files are the runs of a config, by space, desc and other entities; what lies beside them, and what is near."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import Name
from brainforecast.dataset.formats import FORMATS, ResponseFormat, format_of
from brainforecast.errors import BadInput, nearest

OWN_KEYS = {  # entities that have a key of their own in the config, or none
    "sub": "dataset.subjects",
    "task": "dataset.stories",
    "hemi": "nothing: both hemispheres are read",
    "space": "dataset.space",
    "desc": "dataset.desc",
}
LONG_NAMES = {"session": "ses", "acquisition": "acq", "direction": "dir", "resolution": "res", "density": "den",
              "segmentation": "seg", "reconstruction": "rec", "contrast": "ce", "statistic": "stat"}  # fmt: skip
CONFOUNDS = "confounds"
RUN_SUFFIXES = {"region": ("timeseries",), "volume": ("bold",)}  # of files that may be runs


@dataclass(frozen=True)
class OtherFile:
    """A file that may be a run, but not one of this config.

    `differences` are what keeps it from being one: the entity (or ``kind`` for suffix and extension) and its value
    there, None where the file does not have it.
    """

    path: Path
    entities: Mapping[str, str]
    differences: tuple[tuple[str, str | None], ...]

    @property
    def labels(self) -> str:
        """The differences as in a file's name: ``desc-preproc``, ``no space-``."""
        return ", ".join(
            value if key == "kind" else f"{key}-{value}" if value else f"no {key}-" for key, value in self.differences
        )

    @property
    def settings(self) -> str:
        """The keys of a config that would read it."""
        return ", ".join(setting(key, self._value_of(key, value)) for key, value in self.differences)

    def _value_of(self, key: str, value: str | None) -> str | None:
        known = format_of(self.path) if key == "kind" else None
        return known.name if known else value


@dataclass(frozen=True)
class Wanted:
    """What a run of a config is: its format, and the entities that the config fixes; None is a run without one."""

    response: ResponseFormat
    entities: Mapping[str, str | None]

    @classmethod
    def from_config(cls, dataset: Mapping) -> "Wanted":
        """Raise where ``dataset.entities`` names an entity that it cannot choose by."""
        chosen = dict(dataset.get("entities") or {})
        for key in chosen:
            if key in OWN_KEYS:
                raise BadInput(f"dataset.entities {key}", "an entity that is not chosen here", OWN_KEYS[key])
            if key in LONG_NAMES:
                raise BadInput(f"dataset.entities {key}", "a name that is not in file names", LONG_NAMES[key])
        if dataset.get("desc") == CONFOUNDS:
            expected = "the desc- of the responses (dataset.confounds chooses what is regressed out of them)"
            raise BadInput("dataset.desc", f"{CONFOUNDS}, which are no responses", expected)
        space = {"space": dataset["space"]} if dataset.get("space") else {}
        values = {key: None if value is None else str(value).removeprefix(f"{key}-") for key, value in chosen.items()}
        return cls(FORMATS[dataset["response"]], {**space, "desc": dataset.get("desc") or None, **values})

    def differences(self, parts: Name) -> tuple[tuple[str, str | None], ...]:
        """What keeps a file from being a run; nothing for a run."""
        response, own = self.response, parts.entities
        is_kind = parts.extension in response.extensions and parts.suffix in response.suffixes
        kind = () if is_kind else (("kind", ".".join(filter(None, (parts.suffix, parts.extension)))),)
        others = ((key, own.get(key)) for key, value in self.entities.items() if own.get(key) != value)
        hemi = () if own.get("hemi") in response.hemispheres or not is_kind else (("hemi", own.get("hemi")),)
        return (*kind, *others, *hemi)


def looks_like_run(name: str, parts: Name) -> bool:
    """Whether a file may be a run of some config: a subject's, of a task, with the ending of responses."""
    known = format_of(name)
    if known is None or not {"sub", "task"} <= parts.entities.keys() or parts.entities.get("desc") == CONFOUNDS:
        return False
    return parts.suffix in RUN_SUFFIXES.get(known.name, known.suffixes)


def setting(key: str, value: str | None) -> str:
    """The config that chooses a value of an entity, or a kind of file."""
    spelled = "null" if value is None else f'"{value}"' if value.isdigit() else value  # YAML reads 1 as a number
    if key == "kind":
        return f"dataset.response: {spelled}"
    return f"dataset.{key}: {spelled}" if key in ("space", "desc") else f"dataset.entities: {{{key}: {spelled}}}"


def describe_nearest(others: Sequence[OtherFile]) -> str:
    """The file nearest to being a run, what makes it none, and the config that would read it; empty without files."""
    if not others:
        return ""
    closest = min(others, key=lambda other: (len(other.differences), other.path.name))
    return f"; nearest is {closest.path.name} ({closest.settings})"


def describe_other_files(runs: Path, folders: Sequence[Path], example: str) -> str:
    """The file whose name is most like that of a run, where none may be one of any config; empty without files."""
    found = {name: folder for folder in folders if folder.is_dir() for name in sorted(os.listdir(folder))}
    names = [name for name in found if "." in name[1:]]
    if not names:
        return ""
    name = nearest(example, names)
    return f"; nearest is {(found[name] / name).relative_to(runs)}"


def deeper_folder(folder: Path) -> Path | None:
    """A folder with ``sub-*`` one or two levels below; None where there is none."""
    found = (path.parent for pattern in ("*/sub-*", "*/*/sub-*") for path in folder.glob(pattern) if path.is_dir())
    return next((path for path in found if not path.name.startswith("sub-") and "sub-" not in path.parent.name), None)


def describe_folders(subjects: Sequence[str], folders: Sequence[str], runs: Path) -> tuple[str, str]:
    """What was found in place of the subjects' folders, and what was expected."""
    if not folders:
        deeper = deeper_folder(runs)
        closest = f"; nearest is {deeper}" if deeper else ""
        return f"no folder sub-* in {runs}", f"the folder that holds sub-*, with the runs{closest}"
    names = ", ".join(f"sub-{subject}" for subject in subjects[:3])
    closest = nearest(subjects[0], folders)
    return f"{names}, without a folder in {runs}", f"the names of the folders; nearest to the first is sub-{closest}"
