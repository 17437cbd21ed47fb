"""The files of a simulated dataset: what it is made from, and the folder in BIDS-derivative shape it becomes."""

import json
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiMetaData

from brainforecast.errors import BadInput, nearest
from brainforecast.files import atomic
from brainforecast.simulation.planted import SimulatedStory
from brainforecast.sources import COMPONENTS
from brainforecast.storage.activations import read_layer

KINDS = ("silent", "present", "forecast")
SOURCES = ("true", *COMPONENTS)
COLUMNS = ["roi", "kind", "planted_distance", "planted_depth", "planted_source"]

UNITS = {
    "target": "row of targets.parquet",
    "roi": "region; null on the medial wall",
    "kind": "what the responses follow: nothing (silent), the word heard (present), upcoming words too (forecast)",
    "planted_distance": "words from the present word to the last word of the planted window; null unless forecast",
    "planted_depth": "layer of the language model whose windows are planted; null unless forecast",
    "planted_source": "where the words of the planted window come from; null unless forecast",
}
# in standard deviations of the noise; a scanner keeps whole numbers too, and rounded ones compress to less
STEP = 2.0**-10

STRUCTURES = {"L": "CortexLeft", "R": "CortexRight"}
INTENT, FLOAT32, GZIPPED = "NIFTI_INTENT_TIME_SERIES", "NIFTI_TYPE_FLOAT32", "GIFTI_ENCODING_B64GZ"


def read_regions(path: str | Path, known: Sequence[str]) -> pd.DataFrame:
    """Read which region follows what.

    Parameters
    ----------
    known : the regions of the atlas.

    Returns
    -------
    DataFrame with roi, kind, planted_distance (words, Int32), planted_depth (layer, Int32) and planted_source, all null
    unless kind is forecast.

    Raises
    ------
    BadInput : a region the atlas lacks or that is listed twice, an unknown kind, a number missing or out of place.
    """
    regions = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    if list(regions.columns) != COLUMNS:
        raise BadInput(f"{path} row 1", f"columns {', '.join(regions.columns)}", ", ".join(COLUMNS))
    for number, (roi, kind, distance, depth, source) in enumerate(regions.itertuples(index=False), start=2):
        where = f"{path} row {number}"
        if roi not in known:
            raise BadInput(where, f"region {roi}", f"one of the atlas; nearest is {nearest(roi, known)}")
        if kind not in KINDS:
            raise BadInput(where, f"kind {kind}", f"one of {', '.join(KINDS)}")
        if distance.removeprefix("-").isdigit() != (kind == "forecast"):
            raise BadInput(where, f"kind {kind}, planted_distance '{distance}'", "a whole number only for a forecast")
        if depth.isdigit() != (kind == "forecast"):
            raise BadInput(where, f"kind {kind}, planted_depth '{depth}'", "a layer only for a forecast")
        if source not in (SOURCES if kind == "forecast" else ("",)):
            expected = f"one of {', '.join(SOURCES)} for a forecast, else nothing"
            raise BadInput(where, f"kind {kind}, planted_source '{source}'", expected)
    for roi in regions["roi"][regions["roi"].duplicated()]:
        raise BadInput(path, f"region {roi} twice", "each region once")
    numbers = {name: pd.to_numeric(regions[name]).astype("Int32") for name in COLUMNS[2:4]}
    return regions.assign(**numbers, planted_source=regions["planted_source"].where(regions["kind"] == "forecast"))


def read_stories(
    paths_to_words: Sequence[str | Path],
    paths_to_activations: Sequence[str | Path],
    paths_to_components: Sequence[str | Path] = (),
    *,
    layers: Sequence[int],
    layers_in_parts: Sequence[int] = (),
) -> list[SimulatedStory]:
    """Read the stories as listeners hear them; a story is named like its table of words."""
    paths_to_parts = paths_to_components or [None] * len(paths_to_words)
    return [
        _read_heard_story(path_to_words, path_to_activations, layers, path_to_parts, layers_in_parts)
        for path_to_words, path_to_activations, path_to_parts in zip(
            paths_to_words, paths_to_activations, paths_to_parts, strict=True
        )
    ]


def split_hemispheres(truth: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each hemisphere: the first half is L, as in targets.parquet."""
    half = len(truth) // 2
    return {"L": truth.iloc[:half], "R": truth.iloc[half:]}


def write_run(responses: np.ndarray, path: str | Path, *, hemi: str, tr: float) -> None:
    """Write one run of one hemisphere as GIfTI, one array per volume, rounded to STEP.

    Parameters
    ----------
    responses : (n_trs, n_vertices), NaN on the medial wall.
    """
    rounded = (np.round(responses / STEP) * STEP).astype(np.float32)
    milliseconds = {"TimeStep": str(1000 * tr)}  # the unit GIfTI asks for
    arrays = [
        GiftiDataArray(volume, intent=INTENT, datatype=FLOAT32, encoding=GZIPPED, meta=milliseconds)
        for volume in rounded
    ]
    meta = GiftiMetaData({"AnatomicalStructurePrimary": STRUCTURES[hemi], "Description": "simulated"})
    with atomic(path) as temporary:
        nibabel.save(GiftiImage(darrays=arrays, meta=meta), temporary)


def write_description(path: str | Path, *, version: str) -> None:
    """Write dataset_description.json, which says that the responses are simulated."""
    description = {
        "Name": "Simulated cortex listening to stories (no human data)",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "brainforecast", "Version": version, "Description": "rules simulate_*"}],
    }
    _write_json(description, path)


def write_participants(listeners: Sequence[str], path: str | Path) -> None:
    """Write participants.tsv, one row per simulated listener."""
    with atomic(path) as temporary:
        temporary.write_text("".join(f"{row}\n" for row in ["participant_id", *(f"sub-{name}" for name in listeners)]))


def write_sidecars(stories: Sequence[str], paths: Sequence[str | Path], *, tr: float) -> None:
    """Write the sidecar that all runs of a story inherit: repetition time (s) and what the runs are."""
    for story, path in zip(stories, paths, strict=True):
        about = {"TaskName": story, "RepetitionTime": tr, "Description": "Simulated responses, no human data"}
        _write_json(about, path)


def _read_heard_story(
    path_to_words: str | Path,
    path_to_activations: str | Path,
    layers: Sequence[int],
    path_to_parts: str | Path | None,
    layers_in_parts: Sequence[int],
) -> SimulatedStory:
    words = pd.read_parquet(path_to_words, columns=["onset", "offset"])
    activations = {layer: read_layer(path_to_activations, layer) for layer in layers}
    for vectors in activations.values():
        if len(vectors) != len(words):
            raise BadInput(path_to_activations, f"{len(vectors)} words", f"{len(words)}, as in {path_to_words}")
    parts = {layer: read_layer(path_to_parts, layer) for layer in layers_in_parts}
    end = float(words["offset"].max())
    return SimulatedStory(Path(path_to_words).stem, words["onset"].to_numpy(), end, activations, parts)


def _write_json(content: dict, path: str | Path) -> None:
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n")
