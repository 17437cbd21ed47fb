"""Write a simulated dataset: a folder in the shape of a BIDS derivative."""

import json
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiMetaData

from brainforecast.files import atomic

STEP = 2.0**-10  # in standard deviations of the noise; a scanner stores integers too

STRUCTURES = {"L": "CortexLeft", "R": "CortexRight"}
INTENT, FLOAT32 = "NIFTI_INTENT_TIME_SERIES", "NIFTI_TYPE_FLOAT32"
ENCODING = "GIFTI_ENCODING_B64BIN"  # gzip would save two fifths of the disk, and take most of the time of the job


def write_run(responses: np.ndarray, path: str | Path, *, hemi: str, tr: float) -> None:
    """Write one run of one hemisphere as GIfTI, one array per volume, rounded to STEP.

    Parameters
    ----------
    responses : (n_trs, n_vertices), NaN on the medial wall.
    """
    rounded = (np.round(responses / STEP) * STEP).astype(np.float32)
    milliseconds = {"TimeStep": str(1000 * tr)}  # the unit GIfTI requires
    arrays = [
        GiftiDataArray(volume, intent=INTENT, datatype=FLOAT32, encoding=ENCODING, meta=milliseconds)
        for volume in rounded
    ]
    meta = GiftiMetaData({"AnatomicalStructurePrimary": STRUCTURES[hemi], "Description": "simulated"})
    with atomic(path) as temporary:
        nibabel.save(GiftiImage(darrays=arrays, meta=meta), temporary)


def write_description(path: str | Path, *, version: str) -> None:
    """Write dataset_description.json, which states that the responses are simulated."""
    description = {
        "Name": "Simulated cortex listening to stories (no human data)",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "brainforecast", "Version": version, "Description": "rules simulate_*"}],
    }
    _write_json(description, path)


def write_participants(subjects: Sequence[str], path: str | Path) -> None:
    """Write participants.tsv, one row per simulated subject."""
    with atomic(path) as temporary:
        temporary.write_text("".join(f"{row}\n" for row in ["participant_id", *(f"sub-{name}" for name in subjects)]))


def write_sidecars(stories: Sequence[str], paths: Sequence[str | Path], *, tr: float) -> None:
    """Write the sidecar that all runs of a story inherit: repetition time (s) and a description."""
    for story, path in zip(stories, paths, strict=True):
        sidecar = {"TaskName": story, "RepetitionTime": tr, "Description": "Simulated responses, no human data"}
        _write_json(sidecar, path)


def _write_json(content: dict, path: str | Path) -> None:
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n")
