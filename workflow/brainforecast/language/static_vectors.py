"""Static word vectors, such as GloVe's: one vector per word of a dictionary, whatever stands around it.

On disk: an array ``.npy`` (n_entries, n_features), and beside it one table ``.parquet``: its first column, the entries.
"""

import logging
import string
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.files import resolve

logger = logging.getLogger("brainforecast")

PUNCTUATION = string.punctuation + "‘’“”„«»…–—¿¡"


def look_up_words(words: Sequence[str], source: str | Path) -> np.ndarray:
    """The vector of each word, found by its lower-case spelling without the punctuation around it.

    Parameters
    ----------
    words : (n_words,)
    source : the array, ``.npy``; a path, or ``package:<package>/<file>``

    Returns
    -------
    (n_words, n_features) float32; zero for words that the dictionary does not have, which are counted in the log

    Raises
    ------
    BadInput : a file is missing or cannot be read, array and table differ in length, no word is known.
    """
    array, entries = _read(resolve(source))
    place = pd.Index(entries).get_indexer([spelling(word) for word in words])
    known = place >= 0
    unknown = sorted({word for word, found in zip(words, known, strict=True) if not found})
    logger.info("%d of %d words are not in %s: %s", (~known).sum(), len(words), source, " ".join(unknown[:20]))
    if not known.any():
        raise BadInput(source, f"none of the {len(words)} words", "a dictionary of the story's language")
    vectors = np.zeros((len(words), array.shape[1]), np.float32)
    vectors[known] = array[place[known]]
    return vectors


def spelling(word: str) -> str:
    """A word as a dictionary has it: lower case, no punctuation around it (unless it is nothing else)."""
    return (word.strip(PUNCTUATION) or word).lower()


def _read(path: Path) -> tuple[np.ndarray, pd.Series]:
    expected = "an array .npy with one table .parquet of its words beside it"
    tables = sorted(path.parent.glob("*.parquet"))
    if len(tables) != 1:
        raise BadInput(path, f"{len(tables)} tables beside it", expected)
    try:
        array = np.load(path, mmap_mode="r")  # only the rows of the story's words are read
        entries = pd.read_parquet(tables[0]).iloc[:, 0]
    except (OSError, ValueError, IndexError) as error:
        raise BadInput(path, f"files that do not open ({error})", expected) from error
    if array.ndim != 2 or len(array) != len(entries):
        raise BadInput(path, f"an array {array.shape} beside {len(entries)} words", "a row per word")
    if not entries.is_unique:
        raise BadInput(path, f"word {entries[entries.duplicated()].iloc[0]} twice beside it", "each word once")
    return array, entries
