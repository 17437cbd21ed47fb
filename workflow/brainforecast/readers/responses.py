"""Read the runs of a subject, or what denoising left of them, into one array; leave out targets with missing values."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.progress import log_progress
from brainforecast.readers.missing import complete_run
from brainforecast.readers.subject_runs import SubjectRuns, read_runs
from brainforecast.readers.words import count_words_outside
from brainforecast.storage.denoised import MISSING, REASONS, USED, read_denoised
from brainforecast.storage.responses import Responses

logger = logging.getLogger("brainforecast")

MAX_WORDS_OUTSIDE = 0.10


class ReadRun(NamedTuple):
    """One run: its first file, (n_volumes, n_targets) and (n_volumes,) reasons why volumes are censored, and about."""

    path: str
    values: np.ndarray
    reasons: np.ndarray
    about: Mapping


def read_subject(
    paths_to_runs: Sequence[str],
    paths_to_words: Sequence[str],
    targets: pd.DataFrame,
    runs: SubjectRuns,
    path_to_denoised: str | None = None,
    own: pd.DataFrame | None = None,
) -> Responses:
    """Read the runs of one subject, drop the volumes before and after each story, keep the targets that are finite.

    Parameters
    ----------
    paths_to_runs : of each run in turn; of a surface run L, then R.
    paths_to_words : table of words of each run's story.
    path_to_denoised : the runs denoised (`storage.denoised`), in place of their own values.
    own : from `subject_runs.describe_own_targets`, of a subject with an atlas of its own.

    Raises
    ------
    BadInput : a run that cannot be read or does not fit, more than 10 % of a story's words outside its run, missing
        volumes that config `dataset.missing_volumes` does not allow, no target that is always finite.
    """
    arrays, all_reasons, outside, abouts, n_runs = [], [], [], [], len(runs.stories)
    words = [pd.read_parquet(path, columns=["onset", "offset"]) for path in paths_to_words]
    ends = [float(of_run["offset"].max()) for of_run in words]
    if path_to_denoised:
        found = _denoised(path_to_denoised, paths_to_runs, runs)
    else:
        found = _raw(read_runs(paths_to_runs, targets, runs, own), runs, ends)
    for i, run in enumerate(log_progress(found, n_runs, "run")):
        kept = runs.kept(i, len(run.values), ends[i])
        values, reasons = run.values[_stretch(kept)], run.reasons[kept]
        outside.append(_check_words_outside(words[i], len(values), runs.tr, run.path))
        arrays.append(values)
        all_reasons.append(reasons)
        abouts.append(run.about)
        logger.info("%s: %d volumes, %d words outside, %d volumes censored", runs.stories[i],
                    len(values), outside[i], (reasons != USED).sum())  # fmt: skip
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
        **_summarise_volumes(all_reasons, abouts),
    }
    return Responses(responses, target, n_trs, summary, np.concatenate(all_reasons) == USED)


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


def _raw(
    found: Iterator[tuple[Sequence[str], np.ndarray]], runs: SubjectRuns, ends: Sequence[float]
) -> Iterator[ReadRun]:
    for index, (paths, run) in enumerate(found):
        completed = complete_run(run, runs.kept(index, len(run), ends[index]), runs.missing_volumes, paths[0])
        reasons = np.where(completed.used, np.uint8(USED), np.uint8(MISSING))
        about = {"n_interpolated": completed.n_interpolated, "notes": completed.notes}
        yield ReadRun(paths[0], completed.values, reasons, about)


def _stretch(kept: np.ndarray) -> slice:
    """The slice of volumes that are kept, which copies nothing."""
    volumes = np.flatnonzero(kept)
    return slice(volumes[0], volumes[-1] + 1) if len(volumes) else slice(0)


def _denoised(path: str, paths_to_runs: Sequence[str], runs: SubjectRuns) -> Iterator[ReadRun]:
    n_files = len(paths_to_runs) // len(runs.stories)
    for first, run in zip(paths_to_runs[::n_files], read_denoised(path), strict=True):
        yield ReadRun(first, run.values, run.reasons, run.about)


def _summarise_volumes(reasons: Sequence[np.ndarray], abouts: Sequence[Mapping]) -> dict:
    """Count what was censored and interpolated in each run, and list what was removed; empty where nothing was."""
    counts = [{name: int((of_run == key).sum()) for key, name in REASONS.items()} for of_run in reasons]
    found: dict[str, list] = {}
    if any(sum(of_run.values()) for of_run in counts):
        found["n_censored"] = [sum(of_run.values()) for of_run in counts]
        found["censored"] = [{name: n for name, n in of_run.items() if n} for of_run in counts]
    if any(about["n_interpolated"] for about in abouts):
        found["n_interpolated"] = [about["n_interpolated"] for about in abouts]
    if any("confounds" in about for about in abouts):
        found["confounds"] = [about["confounds"] for about in abouts]
    notes = [note for about in abouts for note in about["notes"]]
    return found | ({"notes": notes} if notes else {})


def _check_words_outside(words: pd.DataFrame, n_trs: int, tr: float, path_to_run: str) -> int:
    """Count the words outside a run; too many are refused."""
    outside = count_words_outside(words, n_trs, tr)
    if outside > MAX_WORDS_OUTSIDE * len(words):
        found = f"{outside} of {len(words)} words outside its {n_trs} volumes ({n_trs * tr:.1f} s)"
        expected = "at most 10 % (is the run shorter than its story, or the story's onset wrong?)"
        raise BadInput(path_to_run, found, expected)
    return outside
