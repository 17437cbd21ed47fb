"""Runs under any names, without data, for tests of planning."""

import json
from collections.abc import Iterable
from pathlib import Path

from helpers.datasets import write_gifti_header, write_lines, write_table_of_words

N_VOLUMES = 20


def write_fmriprep(root: Path, *names: str, subjects: Iterable[str] = ("01",), story: str = "fable") -> dict:
    """Write surface runs of 2 s a volume in a folder of derivatives beside the raw data.

    Parameters
    ----------
    names : what follows ``sub-<subject>[_ses-<session>]_task-<story>`` in a file's name, with ``{hemi}``; a name that
        starts with ``ses-1:`` is in that session.

    Returns
    -------
    The section `dataset` of a config for them.
    """
    write_lines(root / "raw/participants.tsv", "participant_id", *(f"sub-{subject}" for subject in subjects))
    write_table_of_words(root / f"raw/stimuli/{story}/words.tsv", [(f"w{k}", 1 + 0.5 * k, 0.3) for k in range(40)])
    write_lines(root / "raw/task-fable_bold.json", json.dumps({"RepetitionTime": 2.0}))
    (root / "prep").mkdir(exist_ok=True)
    for subject in subjects:
        for name in names:
            session, _, rest = name.rpartition(":")
            folder = root / f"prep/sub-{subject}" / session / "func"
            label = f"_{session}" if session else ""
            for hemi in "LR" if "{hemi}" in rest else "L":
                write_gifti_header(folder / f"sub-{subject}{label}_task-{story}{rest.format(hemi=hemi)}", N_VOLUMES)
    folders = {"root": str(root / "raw"), "derivatives": str(root / "prep")}
    return {"name": "prep", "response": "surface", "space": "fsaverage5", "onsets": 0, **folders}


def write_run_events(root: Path, *rows: str, name: str = "task-fable_events.tsv") -> Path:
    """Write the events of the runs of `write_fmriprep`, with the raw data."""
    return write_lines(root / "raw" / name, "onset\tduration\ttrial_type", *rows)
