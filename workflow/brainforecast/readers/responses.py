"""Read the runs of a subject, GIfTI files or tables, into one array; leave out targets with missing values."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainforecast.dataset.formats import FORMATS
from brainforecast.errors import BadInput
from brainforecast.readers.runs import READ_RUN
from brainforecast.readers.words import count_words_outside
from brainforecast.storage.responses import Responses

logger = logging.getLogger("brainforecast")

MAX_WORDS_OUTSIDE = 0.10


@dataclass(frozen=True)
class SubjectRuns:
    """The runs of one subject.

    Parameters
    ----------
    stories, n_dropped : story of each run, and volumes to drop at its start.
    tr : s.
    response : format of the runs, a name in `dataset.formats.FORMATS`.
    space : surface space; None for regions.
    """

    subject: str
    stories: Sequence[str]
    n_dropped: Sequence[int]
    tr: float
    response: str
    space: str | None = None


def read_subject(
    paths_to_runs: Sequence[str], paths_to_words: Sequence[str], targets: pd.DataFrame, runs: SubjectRuns
) -> Responses:
    """Read the runs of one subject, drop the volumes before each story, keep the targets that are always finite.

    Parameters
    ----------
    paths_to_runs : of each run in turn; of a surface run L, then R.
    paths_to_words : table of words of each run's story.

    Raises
    ------
    BadInput : a run that cannot be read or does not fit, more than 10 % of a story's words outside its run, no target
        that is always finite.
    """
    n_files = len(FORMATS[runs.response].hemispheres)
    files = [paths_to_runs[start : start + n_files] for start in range(0, len(paths_to_runs), n_files)]
    arrays, outside, n_runs = [], [], len(runs.stories)
    for i, (paths, story) in enumerate(zip(files, runs.stories, strict=True)):
        run = READ_RUN[runs.response](paths, targets, runs.space)[runs.n_dropped[i] :]
        outside.append(_check_words_outside(paths_to_words[i], len(run), runs.tr, paths[0]))
        arrays.append(run)
        logger.info("run %d of %d: %s, %d volumes, %d words outside", i + 1, n_runs, story, len(run), outside[i])
    n_trs = np.array([len(run) for run in arrays], dtype=np.int32)
    responses, target = keep_targets(arrays, where=f"sub-{runs.subject}")
    n_masked, n_constant = len(targets) - len(target), count_constant(responses)
    logger.info("%d of %d targets masked (not finite), %d constant", n_masked, len(targets), n_constant)
    summary = {
        "subject": runs.subject,
        "stories": list(runs.stories),
        "n_dropped": list(runs.n_dropped),
        "words_outside": outside,
        "n_masked": n_masked,
        "n_constant": n_constant,
    }
    return Responses(responses, target, n_trs, summary)


def keep_targets(runs: list[np.ndarray], *, where: str = "responses") -> tuple[np.ndarray, np.ndarray]:
    """Concatenate the runs of a subject and keep the targets that are finite in every volume.

    Parameters
    ----------
    runs : arrays (n_trs, n_targets); the list is emptied on the way, so that each run is in memory only once.

    Returns
    -------
    responses : (n_trs_total, n_kept) float32.
    target : (n_kept,) int32, columns kept.
    """
    finite = np.all([np.isfinite(run).all(axis=0) for run in runs], axis=0)
    if not finite.any():
        raise BadInput(where, f"none of {len(finite):,} targets finite in all volumes", "responses that are numbers")
    target = np.flatnonzero(finite).astype(np.int32)
    responses = np.empty((sum(map(len, runs)), len(target)), dtype=np.float32)
    end = len(responses)
    while runs:
        run = runs.pop()
        np.take(run, target, axis=1, out=responses[end - len(run) : end], mode="clip")
        end -= len(run)
    return responses, target


def count_constant(responses: np.ndarray) -> int:
    """Count the targets that never change: they are kept, but their scores are NaN."""
    return int((responses.max(axis=0) == responses.min(axis=0)).sum())


def _check_words_outside(path_to_words: str, n_trs: int, tr: float, path_to_run: str) -> int:
    """Count the words outside a run; too many are refused."""
    words = pd.read_parquet(path_to_words)
    outside = count_words_outside(words, n_trs, tr)
    if outside > MAX_WORDS_OUTSIDE * len(words):
        found = f"{outside} of {len(words)} words outside its {n_trs} volumes ({n_trs * tr:.1f} s)"
        expected = "at most 10 % (is the run shorter than its story, or the story's onset wrong?)"
        raise BadInput(path_to_run, found, expected)
    return outside
