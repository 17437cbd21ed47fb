"""Read the runs of a subject, GIfTI files or tables, into one array; leave out targets with missing values."""

import csv
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from brainforecast.dataset.bids import read_text
from brainforecast.dataset.formats import FORMATS, N_VERTICES, REGION, SURFACE, n_targets, n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.targets import read_region_names
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


def read_surface_run(path_left: str | Path, path_right: str | Path, space: str) -> np.ndarray:
    """Read both hemispheres of a run.

    Returns
    -------
    (n_trs, n_targets) float32, L first.
    """
    left, right = _read_gifti(path_left, space), _read_gifti(path_right, space)
    if len(left) != len(right):
        raise BadInput(path_right, f"{len(right)} volumes", f"{len(left)}, as in the other hemisphere")
    run = np.empty((len(left), n_targets(space)), dtype=np.float32)
    for volume, values in enumerate(zip(left, right, strict=True)):
        np.concatenate(values, out=run[volume], casting="unsafe")
    return run


def read_region_run(path: str | Path) -> tuple[np.ndarray, list[str]]:
    """Read a table of time series, one column per region and one row per volume; ``n/a`` becomes NaN.

    Returns
    -------
    run : (n_trs, n_regions) float32.
    names : of the regions.
    """
    names = read_region_names(path)
    text = read_text(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count("\t") != len(names) - 1:
            found, expected = f"{line.count(chr(9)) + 1} columns", f"{len(names)} as in the header"
            raise BadInput(f"{path} row {number}", found, f"{expected}; is the file complete?")
    table = pd.read_csv(io.StringIO(text), sep="\t", header=0, names=names, na_values=["n/a"], quoting=csv.QUOTE_NONE)
    numbers = table.apply(pd.to_numeric, errors="coerce")
    for row, column in np.argwhere((numbers.isna() & table.notna()).to_numpy())[:1]:
        raise BadInput(f"{path} row {row + 2}", f"{names[column]} = {table.iat[row, column]}", "a number or n/a")
    return numbers.to_numpy(dtype=np.float32), names


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


def _surface_run(paths: Sequence[str], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    return read_surface_run(*paths, space)


def _region_run(paths: Sequence[str], targets: pd.DataFrame, space: str | None) -> np.ndarray:
    """Read a table whose columns must be the targets."""
    run, names = read_region_run(paths[0])
    expected = targets["roi"].tolist()
    if names != expected:
        pairs = zip([*names, "no column"], [*expected, "no column"], strict=False)
        found, wanted = next(pair for pair in pairs if pair[0] != pair[1])
        raise BadInput(f"{paths[0]} row 1", f"{found} among {len(names)} columns", f"{wanted}, as in the first run")
    return run


def _check_words_outside(path_to_words: str, n_trs: int, tr: float, path_to_run: str) -> int:
    """Count the words outside a run; too many are refused."""
    words = pd.read_parquet(path_to_words)
    outside = count_words_outside(words, n_trs, tr)
    if outside > MAX_WORDS_OUTSIDE * len(words):
        found = f"{outside} of {len(words)} words outside its {n_trs} volumes ({n_trs * tr:.1f} s)"
        expected = "at most 10 % (is the run shorter than its story, or the story's onset wrong?)"
        raise BadInput(path_to_run, found, expected)
    return outside


def _read_gifti(path: str | Path, space: str) -> Sequence[np.ndarray]:
    """Read the volumes of one hemisphere, each (n_vertices,), from one array each or one (n_vertices, n_trs) array."""
    try:
        arrays = [array.data for array in nibabel.load(path).darrays]
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a GIfTI file") from error
    except Exception as error:  # the XML reader and zlib raise many kinds of error
        raise BadInput(path, f"no GIfTI that can be read ({error})", "a complete GIfTI file") from error
    if not arrays or any(array is None for array in arrays):
        raise BadInput(path, "no data", "one array per volume")
    volumes = arrays[0].T if len(arrays) == 1 and arrays[0].ndim == 2 else arrays
    for volume in volumes:
        _check_vertices(path, volume.shape, space)
    return volumes


def _check_vertices(path: str | Path, shape: tuple[int, ...], space: str) -> None:
    if shape == (n_vertices(space),):
        return
    fits = [name for name, n in N_VERTICES.items() if shape == (n,)]
    found = f"{' x '.join(f'{n:,}' for n in shape)} vertices ({f'those of {fits[0]}' if fits else 'of no known space'})"
    raise BadInput(path, found, f"{n_vertices(space):,} of {space}")


READ_RUN: dict[str, Callable[[Sequence[str], pd.DataFrame, str | None], np.ndarray]] = {
    SURFACE.name: _surface_run,
    REGION.name: _region_run,
}
