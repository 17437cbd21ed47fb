"""Maps as files for any viewer, with a JSON sidecar each: GIfTI of surfaces, CIFTI, and NIfTI of voxels."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from brainforecast.dataset.bids import parse_name
from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.planning.map_names import sidecar_of
from brainforecast.results.maps import Map
from brainforecast.sources import COMPONENTS
from brainforecast.storage.geometry import GRAYORDINATES, PARCELS, SURFACE, VOXELS, Geometry

logger = logging.getLogger("brainforecast")

STRUCTURES = {"L": "CortexLeft", "R": "CortexRight"}  # names in GIfTI
CORTEX = {"CIFTI_STRUCTURE_CORTEX_LEFT": "L", "CIFTI_STRUCTURE_CORTEX_RIGHT": "R"}
INTENTS = {
    GRAYORDINATES: "NIFTI_INTENT_CONNECTIVITY_DENSE_SCALARS",
    PARCELS: "NIFTI_INTENT_CONNECTIVITY_PARCELLATED_SCALAR",
}
SOURCE = {"ceiling": "brain_scores", **dict.fromkeys(COMPONENTS, "forecast_scores")}  # rows apart in memory -> table
SETTINGS = ("model", "layer", "base", "source", "width", "distance")


def write_maps(
    maps: Iterable[Map],
    targets: pd.DataFrame,
    geometry: Geometry,
    paths: Iterable[str | Path],
    *,
    about: Mapping[str, object],
) -> None:
    """Write each map to the paths with its ``stat-`` entity, of surfaces one for each hemisphere, and their sidecars.

    Parameters
    ----------
    targets : table of targets.
    geometry : where they lie.
    about : metadata that all maps share (`shared_metadata`).
    """
    by_stat = {drawn.stat: drawn for drawn in maps}
    for path in map(Path, paths):
        entities = parse_name(path.name).entities
        drawn = by_stat[entities["stat"]]
        metadata = map_metadata(drawn, {**about, **_sampling(entities, geometry)})
        image = IMAGES[geometry.kind](drawn.values, targets, geometry, metadata, entities.get("hemi"))
        with atomic(path) as temporary:
            nib.save(image, temporary)
        write_json(metadata, sidecar_of(path))
    logger.info("maps of %d targets", len(targets))


def surface_image(
    values: np.ndarray, targets: pd.DataFrame, geometry: Geometry, metadata: Mapping[str, object], hemi: str
) -> nib.GiftiImage:
    """One hemisphere of a map, (n_vertices,) float32; `values` are those of all targets."""
    here = targets[targets["hemi"] == hemi].sort_values("vertex")
    meta = {**as_text(metadata), "AnatomicalStructurePrimary": STRUCTURES[hemi]}
    array = nib.gifti.GiftiDataArray(
        values[here["target"].to_numpy()].astype(np.float32),
        intent="NIFTI_INTENT_NONE",
        datatype="NIFTI_TYPE_FLOAT32",
        meta=meta,
    )
    return nib.GiftiImage(darrays=[array], meta=nib.gifti.GiftiMetaData(meta))


def cifti_image(
    values: np.ndarray, targets: pd.DataFrame, geometry: Geometry, metadata: Mapping[str, object], hemi: None
) -> nib.Cifti2Image:
    """A map of all grayordinates, or of all parcels, (1, n_targets) float32, on the axis of the runs."""
    scalars = nib.cifti2.ScalarAxis([str(metadata["Name"])], meta=[as_text(metadata)])
    header = nib.Cifti2Header.from_axes((scalars, geometry.cifti_axis()))
    image = nib.Cifti2Image(values[np.newaxis].astype(np.float32), header)
    image.nifti_header.set_intent(INTENTS[geometry.kind])
    return image


def volume_image(
    values: np.ndarray, targets: pd.DataFrame, geometry: Geometry, metadata: Mapping[str, object], hemi: None
) -> nib.Nifti1Image:
    """A map of all voxels, (x, y, z) float32, with the affine of the runs; its metadata is JSON in a comment."""
    image = geometry.image(values[targets["target"].to_numpy()], targets["vertex"].to_numpy(dtype=np.int64))
    image.set_sform(image.affine, code="mni" if (geometry.space or "").startswith("MNI") else "aligned")
    image.header.set_xyzt_units("mm")
    comment = nib.nifti1.Nifti1Extension("comment", json.dumps(as_text(metadata)).encode())
    image.header.extensions.append(comment)
    return image


def write_json(content: Mapping[str, object], path: str | Path) -> None:
    """Write a sidecar, or another JSON file of a dataset."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_map(path: str | Path) -> tuple[np.ndarray, dict[str, str]]:
    """Values and metadata of a map: (n_vertices,), (n_grayordinates,) or (x, y, z), float32."""
    try:
        image = nib.load(path)
        if isinstance(image, nib.GiftiImage):
            return image.agg_data().astype(np.float32), dict(image.meta)
        if isinstance(image, nib.Cifti2Image):
            return image.get_fdata(dtype=np.float32)[0], dict(image.header.get_axis(0).meta[0])
        return image.get_fdata(dtype=np.float32), json.loads(image.header.extensions[0].get_content())
    except Exception as error:  # nibabel raises many types for a broken file
        expected = "a map of one statistic: GIfTI, CIFTI, or NIfTI with a comment"
        raise BadInput(path, f"no readable map ({error})", expected) from error


def by_stat(paths: Iterable[str | Path]) -> dict[str, list[str | Path]]:
    """Files of maps, by the statistic in their names."""
    found: dict[str, list[str | Path]] = {}
    for path in paths:
        found.setdefault(parse_name(Path(path).name).entities["stat"], []).append(path)
    return found


def read_hemispheres(paths: Sequence[str | Path]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Values (n_vertices,) of each hemisphere of a map on the cortex, and its metadata; NaN where there is no value.

    Parameters
    ----------
    paths : a GIfTI file for each hemisphere, or one CIFTI file, of which only cortex is read.
    """
    read = [read_map(path) for path in paths]
    if len(read) > 1:
        hemis = [parse_name(Path(path).name).entities["hemi"] for path in paths]
        return {hemi: values for hemi, (values, _) in zip(hemis, read, strict=True)}, read[0][1]
    values, metadata = read[0]
    axis = nib.load(paths[0]).header.get_axis(1)
    cortex = {}
    for name, part, model in axis.iter_structures():
        if name in CORTEX:
            cortex[CORTEX[name]] = np.full(axis.nvertices[name], np.nan, dtype=np.float32)
            cortex[CORTEX[name]][model.vertex] = values[part]
    return cortex, metadata


def shared_metadata(
    tables: Mapping[str, str],
    *,
    word_rate: float,
    simulated: bool,
    subject: str | None = None,
    q_level: float | None = None,
) -> dict[str, object]:
    """What the metadata of all maps of a job share.

    Parameters
    ----------
    tables : the BIDS URI of each table that maps are made from, by its name.
    word_rate : words per second, for axes in seconds.
    subject : of maps of one subject.
    q_level : of tests over subjects; figures threshold by it.
    """
    of = {"Subject": subject} if subject else {"QLevel": q_level} if q_level else {}
    return {**of, "WordsPerSecond": round(word_rate, 4), "Simulated": "yes" if simulated else "no", "Sources": tables}


def map_metadata(drawn: Map, about: Mapping[str, object]) -> dict[str, object]:
    """The metadata of a map: of its file, as text, and of its sidecar. Figures read title, cell, unit and word rate.

    Parameters
    ----------
    about : from `shared_metadata`.
    """
    tested = {"StatisticalTest": drawn.test, "MultipleComparisons": drawn.correction} if drawn.test else {}
    return {
        "Name": drawn.title,
        "Description": drawn.description,
        "Units": drawn.unit,
        "Cell": drawn.cell,
        **{key.capitalize(): drawn.settings[key] for key in SETTINGS if key in drawn.settings},
        **tested,
        **({"ScoredValues": list(drawn.among)} if drawn.among else {}),
        "MinSubjects": drawn.n_subjects[0],
        "MaxSubjects": drawn.n_subjects[1],
        **about,
        "Sources": [about["Sources"][SOURCE.get(drawn.table, drawn.table)]],
    }


def as_text(metadata: Mapping[str, object]) -> dict[str, str]:
    """The metadata as a GIfTI or CIFTI file holds them: text as it is, all else as JSON."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}


def _sampling(entities: Mapping[str, str], geometry: Geometry) -> dict[str, str]:
    """What the ``den-`` and ``res-`` entities of a name stand for, which BIDS wants in the sidecar."""
    found = {}
    if "den" in entities:
        n = geometry.n_vertices if geometry.kind == SURFACE else len(geometry.cifti_axis())
        what = {SURFACE: "vertices in each hemisphere", GRAYORDINATES: "grayordinates"}.get(geometry.kind, "parcels")
        found["Density"] = f"{n:,} {what}"
    if "res" in entities and geometry.kind == VOXELS:
        sizes = nib.affines.voxel_sizes(np.array(geometry.affine))
        found["Resolution"] = f"voxels of {' x '.join(f'{size:g}' for size in sizes)} mm"
    return found


IMAGES: dict[str, Callable] = {
    SURFACE: surface_image,
    GRAYORDINATES: cifti_image,
    PARCELS: cifti_image,
    VOXELS: volume_image,
}
