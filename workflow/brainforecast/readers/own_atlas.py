"""Atlases of each subject: its own vertices, voxels or columns, whose responses are averaged over regions when read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from brainforecast.readers.formats import FORMAT_MODULES
from brainforecast.readers.target_files import TargetFiles
from brainforecast.readers.targets import describe_targets, merge_regions
from brainforecast.storage.geometry import REGIONS, Geometry

SHARED_ONLY = ("split", "masks")  # keys of config `atlas` that need targets that all subjects share


def describe_own(response: str, files: TargetFiles) -> pd.DataFrame:
    """Make the table of a subject's own vertices, voxels or columns, with their regions.

    Parameters
    ----------
    files : its run, its masks, and its own atlas.
    """
    atlas = {key: value for key, value in files.atlas.items() if key not in SHARED_ONLY}
    return FORMAT_MODULES[response].describe(replace(files, atlas=atlas, has_meshes=False))[0]


def describe_regions(response: str, subjects: Sequence[TargetFiles]) -> tuple[pd.DataFrame, Geometry]:
    """Make the table of targets where each subject has an atlas of its own: the regions of all of them.

    Parameters
    ----------
    subjects : files of each; a region that a subject lacks is masked for that subject.
    """
    regions = merge_regions([describe_own(response, files) for files in subjects])
    notes = dict.fromkeys(sentence for files in subjects for sentence in files.notes)
    return regions, Geometry(REGIONS, subjects[0].space, notes=tuple(notes))


def own_of_subject(
    response: str,
    space: str | None,
    atlas: Mapping | None,
    run: Sequence[str | Path],
    masks: Sequence[str | Path] = (),
) -> pd.DataFrame | None:
    """The table for `readers.runs.read_run` of a subject; None where all subjects share an atlas (`atlas` is None).

    Parameters
    ----------
    run : files of one of its runs; masks : of its runs, for volumes.
    """
    if atlas is None:
        return None
    return describe_own(response, TargetFiles(space=space, atlas=atlas, run=run, masks=masks))


def describe_all(response: str, subjects: Sequence[TargetFiles], *, is_own: bool) -> tuple[pd.DataFrame, Geometry]:
    """Make the table of targets: of one file's worth that all share, or of each subject's own atlas."""
    return describe_regions(response, subjects) if is_own else describe_targets(response, subjects[0])
