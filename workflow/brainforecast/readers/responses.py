"""Brain responses: GIfTI and table runs read into one array per subject, broken targets left out."""

import csv
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

from brainforecast.dataset.bids import read_text
from brainforecast.dataset.formats import N_VERTICES, n_vertices
from brainforecast.errors import BadInput
from brainforecast.readers.targets import read_region_names
from brainforecast.readers.words import words_outside
from brainforecast.storage.responses import Responses

logger = logging.getLogger("brainforecast")

MOST_WORDS_OUTSIDE = 0.10


def read_subject(
    paths_to_runs: Sequence[str],
    paths_to_words: Sequence[str],
    targets: pd.DataFrame,
    *,
    subject: str,
    stories: Sequence[str],
    n_dropped: Sequence[int],
    tr: float,
    response: str,
    space: str | None = None,
) -> Responses:
    """Read the runs of one subject, drop the volumes before each story, keep the targets that are finite throughout.

    Parameters
    ----------
    paths_to_runs : story after story; for surfaces L and R of each.
    paths_to_words : table of words of each run's story.
    stories, n_dropped : story of each run, volumes dropped at its start.
    tr : s.
    response : ``surface`` or ``region``.

    Raises
    ------
    BadInput : a run that cannot be read or does not fit, more than 10 % of a story's words outside its run, no target
        that is finite throughout.
    """
    files = _by_run(paths_to_runs, len(stories))
    runs, outside = [], []
    for i, (paths, story) in enumerate(zip(files, stories, strict=True)):
        run = _read_run(paths, targets, response, space)[n_dropped[i] :]
        outside.append(_count_outside(paths_to_words[i], len(run), tr, paths[0]))
        runs.append(run)
        logger.info("run %d of %d: %s, %d volumes, %d words outside", i + 1, len(stories), story, len(run), outside[i])
    n_trs = np.array([len(run) for run in runs], dtype=np.int32)
    responses, target = keep_targets(runs, where=f"sub-{subject}")
    n_masked, n_constant = len(targets) - len(target), count_constant(responses)
    logger.info("%d of %d targets masked (not finite), %d constant", n_masked, len(targets), n_constant)
    about = {"subject": subject, "stories": list(stories), "n_dropped": list(n_dropped), "words_outside": outside}
    return Responses(responses, target, n_trs, about | {"n_masked": n_masked, "n_constant": n_constant})


def read_surface_run(path_left: str | Path, path_right: str | Path, space: str) -> np.ndarray:
    """Read both hemispheres of a run.

    Returns
    -------
    (n_trs, 2 * n_vertices) float32, L first.
    """
    left, right = _read_gifti(path_left, space), _read_gifti(path_right, space)
    if len(left) != len(right):
        raise BadInput(path_right, f"{len(right)} volumes", f"{len(left)}, as of the other hemisphere")
    run = np.empty((len(left), 2 * n_vertices(space)), dtype=np.float32)
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
            raise BadInput(f"{path} row {number}", found, f"{expected}; is the file whole?")
    table = pd.read_csv(io.StringIO(text), sep="\t", header=0, names=names, na_values=["n/a"], quoting=csv.QUOTE_NONE)
    numbers = table.apply(pd.to_numeric, errors="coerce")
    for row, column in np.argwhere((numbers.isna() & table.notna()).to_numpy())[:1]:
        raise BadInput(f"{path} row {row + 2}", f"{names[column]} = {table.iat[row, column]}", "a number or n/a")
    return numbers.to_numpy(dtype=np.float32), names


def keep_targets(runs: list[np.ndarray], *, where: str = "responses") -> tuple[np.ndarray, np.ndarray]:
    """Join the runs of a subject and keep the targets that are finite in each volume of each.

    Parameters
    ----------
    runs : arrays (n_trs, n_targets) of one width; the list is emptied on the way, to hold each run only once.

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
    """How many targets never change: they stay, their score is not a number."""
    return int((responses.max(axis=0) == responses.min(axis=0)).sum())


def _by_run(paths: Sequence[str], n_runs: int) -> list[Sequence[str]]:
    n_files = len(paths) // n_runs
    return [paths[start : start + n_files] for start in range(0, len(paths), n_files)]


def _read_run(paths: Sequence[str], targets: pd.DataFrame, response: str, space: str | None) -> np.ndarray:
    if response == "surface":
        return read_surface_run(*paths, space)
    run, names = read_region_run(paths[0])
    expected = targets["roi"].tolist()
    if names != expected:
        pairs = zip([*names, "no column"], [*expected, "no column"], strict=False)
        found, wanted = next(pair for pair in pairs if pair[0] != pair[1])
        raise BadInput(f"{paths[0]} row 1", f"{found} among {len(names)} columns", f"{wanted}, as in the first run")
    return run


def _count_outside(path_to_words: str, n_trs: int, tr: float, path_to_run: str) -> int:
    words = pd.read_parquet(path_to_words)
    outside = words_outside(words, n_trs, tr)
    if outside > MOST_WORDS_OUTSIDE * len(words):
        found = f"{outside} of {len(words)} words outside its {n_trs} volumes ({n_trs * tr:.1f} s)"
        expected = "at most 10 % (is the run shorter than its story, or the story's onset wrong?)"
        raise BadInput(path_to_run, found, expected)
    return outside


def _read_gifti(path: str | Path, space: str) -> Sequence[np.ndarray]:
    """Volumes of one hemisphere, each (n_vertices,), from one array per volume or one (n_vertices, n_trs) array."""
    try:
        arrays = [array.data for array in nibabel.load(path).darrays]
    except FileNotFoundError as error:
        raise BadInput(path, "no such file", "a GIfTI file") from error
    except Exception as error:  # the XML reader and zlib raise whatever a broken file leads to
        raise BadInput(path, f"no GIfTI that can be read ({error})", "a whole GIfTI file") from error
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
