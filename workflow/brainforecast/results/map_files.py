"""Group maps as GIfTI files, one per hemisphere and statistic, for any surface viewer."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.results.maps import Map

logger = logging.getLogger("brainforecast")

STRUCTURES = {"L": "CortexLeft", "R": "CortexRight"}


def write_maps(
    maps: Iterable[Map], targets: pd.DataFrame, paths: Iterable[str | Path], *, word_rate: float, simulated: bool
) -> None:
    """Write each map to the paths with its ``stat-`` entity, one for each ``hemi-`` entity."""
    by_stat = {drawn.stat: drawn for drawn in maps}
    for path in map(Path, paths):
        entities = dict(part.split("-", 1) for part in path.name.split(".")[0].split("_"))
        drawn, hemi = by_stat[entities["stat"]], entities["hemi"]
        here = targets[targets["hemi"] == hemi].sort_values("vertex")
        metadata = map_metadata(drawn, word_rate, simulated)
        write_map(drawn.values[here["target"].to_numpy()], path, hemi=hemi, metadata=metadata)
    logger.info("maps of %d vertices", len(targets))


def write_map(values: np.ndarray, path: str | Path, *, hemi: str, metadata: Mapping[str, str]) -> None:
    """Write one hemisphere: (n_vertices,) float32, NaN where there is no value."""
    meta = {**metadata, "AnatomicalStructurePrimary": STRUCTURES[hemi]}
    array = nib.gifti.GiftiDataArray(
        np.asarray(values, dtype=np.float32), intent="NIFTI_INTENT_SHAPE", datatype="NIFTI_TYPE_FLOAT32", meta=meta
    )
    with atomic(path) as temporary:
        nib.save(nib.GiftiImage(darrays=[array], meta=nib.gifti.GiftiMetaData(meta)), temporary)


def read_map(path: str | Path) -> tuple[np.ndarray, dict[str, str]]:
    """Values (n_vertices,) and metadata of a map."""
    try:
        image = nib.load(path)
        return image.agg_data().astype(np.float32), dict(image.meta)
    except Exception as error:  # nibabel raises many types for a broken file
        raise BadInput(path, f"no readable map ({error})", "a GIfTI file with one data array") from error


def map_metadata(drawn: Map, word_rate: float, simulated: bool) -> dict[str, str]:
    """The metadata of a map's file; figures read title, cell, unit and word rate from it."""
    return {
        "Name": drawn.title,
        "Cell": drawn.cell,
        "Unit": drawn.unit,
        "WordsPerSecond": f"{word_rate:.4f}",
        "MinListeners": str(drawn.n_subjects[0]),
        "MaxListeners": str(drawn.n_subjects[1]),
        "Simulated": "yes" if simulated else "no",
    }
