"""Where the files of a dataset lie: tables, events and stimuli under its root, runs under its derivatives.

Each folder is listed once and each JSON file read once for a plan, whichever of hundreds of runs need them.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brainforecast.dataset.bids import Name, parse_name, read_json
from brainforecast.errors import BadInput, nearest


@dataclass(frozen=True)
class Layout:
    """The folders of a dataset.

    Parameters
    ----------
    root : of participants.tsv, events.tsv and stimuli.
    runs : of the runs with their sidecars, ``dataset.derivatives`` or the root.
    """

    root: Path
    runs: Path
    _names: dict[Path, list[tuple[str, Name]]] = field(default_factory=dict, repr=False, compare=False)
    _indices: dict[Path, dict] = field(default_factory=dict, repr=False, compare=False)
    _above: dict[tuple, list] = field(default_factory=dict, repr=False, compare=False)
    _contents: dict[Path, dict] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_config(cls, dataset: Mapping) -> "Layout":
        """The folders of a config's section `dataset`; raise where one is not there."""
        root = _require_folder("dataset.root", dataset["root"], "the folder with participants.tsv")
        derivatives = dataset.get("derivatives")
        expected = "the folder with the runs, in sub-*/func or sub-*/ses-*/func"
        return cls(root, _require_folder("dataset.derivatives", derivatives, expected) if derivatives else root)

    def named_files(self, folder: Path) -> list[tuple[str, Name]]:
        """Files of a folder that have BIDS names, in alphabetical order; none where there is no folder."""
        if folder not in self._names:
            names = sorted(os.listdir(folder)) if folder.is_dir() else []
            parsed = ((name, parse_name(name)) for name in names)
            self._names[folder] = [(name, parts) for name, parts in parsed if parts]
        return self._names[folder]

    def run_folders(self, subject: str) -> list[Path]:
        """Folders of a subject's runs: ``func`` of the subject, then of each session."""
        folder = self.runs / f"sub-{subject}"
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        return [folder / "func", *(folder / name / "func" for name in names if name.startswith("ses-"))]

    def events_of(self, path: Path) -> Iterator[Path]:
        """Tables of events of a run, nearest first: those under the root, where raw data are, before the others."""
        return self._inherited(path, ("events",), "tsv", (self.root, self.runs))

    def sidecars_of(self, path: Path) -> Iterator[tuple[Path, dict]]:
        """Sidecars of a run with their content, nearest first: those beside the run before those of the raw data."""
        suffixes = (parse_name(path.name).suffix, None, "bold")
        for sidecar in self._inherited(path, suffixes, "json", (self.runs, self.root)):
            if sidecar not in self._contents:
                self._contents[sidecar] = read_json(sidecar)
            yield sidecar, self._contents[sidecar]

    def _inherited(
        self, path: Path, suffixes: Sequence[str | None], extension: str, bases: tuple[Path, ...]
    ) -> Iterator[Path]:
        """Files that describe a run by BIDS inheritance: their entities are a subset of the run's.

        They are in the run's folder or above it, in the same place under either base.
        """
        run = parse_name(path.name).entities.items()
        for folder, index in self._indices_above(path.parent, bases):
            files = index.get(extension)
            if not files:
                continue
            found = [
                (len(entities), name)
                for suffix in dict.fromkeys(suffixes)
                for name, entities in files.get(suffix, ())
                if entities <= run
            ]
            yield from (folder / name for _, name in sorted(found, reverse=True))

    def _indices_above(self, folder: Path, bases: tuple[Path, ...]) -> list[tuple[Path, dict]]:
        """The folder and those above it, in the same place under each base, with the files in them."""
        key = (folder, bases)
        if key not in self._above:
            inner = folder.relative_to(self.runs if folder.is_relative_to(self.runs) else self.root)
            folders = [base / part for base in dict.fromkeys(bases) for part in (inner, *inner.parents)]
            self._above[key] = [(one, self._index(one)) for one in folders]
        return self._above[key]

    def _index(self, folder: Path) -> dict[str, dict[str | None, list]]:
        """The files of a folder by the last part of their extension and by suffix."""
        if folder not in self._indices:
            index: dict[str, dict] = defaultdict(lambda: defaultdict(list))
            for name, parts in self.named_files(folder):
                # fMRIPrep 20 names the sidecar of a .dtseries.nii .dtseries.json
                index[parts.extension.rpartition(".")[2]][parts.suffix].append((name, parts.entities.items()))
            self._indices[folder] = index
        return self._indices[folder]


def _require_folder(key: str, path: str | Path, expected: str) -> Path:
    text = str(path)
    if text.startswith("~"):
        raise BadInput(key, f"{text}, whose ~ is not expanded here", f"the path itself: {Path(text).expanduser()}")
    if "{" in text or "}" in text:
        raise BadInput(key, f"{text}, with braces", "a path without braces, which would be a wildcard")
    folder = Path(text)
    if folder.is_file():
        raise BadInput(key, f"the file {text}", f"{expected}; nearest is {folder.parent}")
    if not folder.is_dir():
        names = os.listdir(folder.parent) if folder.parent.is_dir() else []
        beside = [name for name in names if not name.startswith(".") and (folder.parent / name).is_dir()]
        closest = f"; nearest is {folder.parent / nearest(folder.name, beside)}" if beside else ""
        raise BadInput(key, f"no folder {text}", f"{expected}{closest}")
    return folder
