"""Read the confounds of a run, and which of its volumes are censored, with nilearn's load_confounds.

It chooses columns of the table that fMRIPrep writes, replaces the missing first value of a derivative by the next, and
finds volumes before the steady state and, by framewise displacement and DVARS, volumes to scrub.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from nilearn.interfaces.fmriprep import load_confounds

from brainforecast.dataset.bids import parse_name, read_text, split_lines
from brainforecast.errors import BadInput
from brainforecast.storage.denoised import SCRUB, STEADY, USED

LARGEST = 1e100  # of a confound

logger = logging.getLogger("brainforecast")


@dataclass(frozen=True)
class RunConfounds:
    """The confounds of one run.

    table : (n_volumes, n_confounds), finite; without columns where there are none. reasons : (n_volumes,) uint8, why a
    volume is censored (`storage.denoised.REASONS`), USED where it is not.
    """

    table: pd.DataFrame
    reasons: np.ndarray

    @classmethod
    def none(cls, n_volumes: int) -> "RunConfounds":
        """Of a run without confounds: no volume is censored."""
        return cls(pd.DataFrame(index=range(n_volumes)), np.full(n_volumes, USED, np.uint8))

    @property
    def names(self) -> list[str]:
        """Columns of the table."""
        return list(map(str, self.table.columns))


def read_confounds(paths_to_run: Sequence[str], path_to_table: str | None, arguments: Mapping) -> RunConfounds:
    """Read the confounds of a run with nilearn, for which only the names of the run and of the table matter.

    Parameters
    ----------
    path_to_table : from `dataset.confounds.find_confounds`; None where load_confounds has to find its files itself, as
        those of tedana.
    arguments : of load_confounds, passed on as they are.

    Raises
    ------
    BadInput : load_confounds refuses the table, the run or the arguments; a confound that is not a number.
    """
    where = path_to_table or paths_to_run[0]
    image = _name_image(paths_to_run, path_to_table, arguments)
    table, kept = _load(image, arguments, where)
    if path_to_table:
        _check_rows(table, path_to_table)
    table = table.sort_index(axis=1)  # nilearn's order differs from run to run, and with it the last bits of a fit
    only_steady = kept
    if "scrub" in arguments["strategy"]:
        others = [name for name in arguments["strategy"] if name != "scrub"]
        only_steady = _load(image, {**arguments, "strategy": others}, where)[1]
    reasons = np.full(len(table), USED, np.uint8)
    for of_kept, reason in ((kept, SCRUB), (only_steady, STEADY)):
        if of_kept is not None:
            reasons[np.setdiff1d(np.arange(len(table)), of_kept)] = reason
    _check_finite(table, reasons == USED, where)
    return RunConfounds(table, reasons)


@contextmanager
def quiet() -> Iterator[None]:
    """Log what nilearn warns of to users, once; its notes to developers are left out."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for message in dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, UserWarning)):
        logger.info("nilearn: %s", " ".join(message.split()))


def _name_image(paths_to_run: Sequence[str], path_to_table: str | None, arguments: Mapping) -> str | list[str]:
    """The name load_confounds starts from: the run's own, or one that it takes beside the table.

    It takes few names, those of fMRIPrep's images; the image itself it does not read.
    """
    if path_to_table is None:
        return str(paths_to_run[0])
    path = Path(path_to_table)
    parts = parse_name(path.name)
    entities = "_".join(f"{key}-{value}" for key, value in parts.entities.items() if key != "desc")
    is_aroma = "ica_aroma" in arguments["strategy"] and arguments.get("ica_aroma", "full") == "full"
    desc = (parse_name(Path(paths_to_run[0]).name) or parts).entities.get("desc") if is_aroma else "preproc"
    return str(path.with_name(f"{entities}_desc-{desc}_bold.nii.gz"))


def _load(image: str, arguments: Mapping, where: str) -> tuple[pd.DataFrame, np.ndarray | None]:
    try:
        with quiet():
            return load_confounds(image, **arguments)
    except Exception as error:  # nilearn and pandas raise many kinds of error
        found = f"what load_confounds refuses ({' '.join(str(error).split())})"
        raise BadInput(where, found, "confounds as fMRIPrep writes them, with those of dataset.confounds") from error


def _check_rows(table: pd.DataFrame, path: str) -> None:
    """Raise where pandas, by which nilearn reads, takes several lines for one: after a quotation mark."""
    n = sum(bool(line.strip()) for line in split_lines(read_text(path))[1:])
    if len(table) != n:
        expected = f"{n:,}, one in each line; is there a quotation mark in a cell?"
        raise BadInput(path, f"{len(table):,} rows, as nilearn reads it", expected)


def _check_finite(table: pd.DataFrame, used: np.ndarray, where: str) -> None:
    """Raise where a confound is no number: a text or n/a, or so large that its square is none."""
    for name in table:
        if not pd.api.types.is_numeric_dtype(table[name]):
            text = next(value for value in table[name] if isinstance(value, str))
            raise BadInput(f"{where} column {name}", text, "a number in each volume")
    values = table.to_numpy(float)
    bad = ~(np.abs(values) <= LARGEST) & used[:, None]
    if bad.any():
        row, column = np.argwhere(bad)[0]
        found = f"{table.columns[column]} = {'n/a' if np.isnan(values[row, column]) else values[row, column]}"
        raise BadInput(f"{where} row {row + 2}", found, "a number in every volume that is not censored")
