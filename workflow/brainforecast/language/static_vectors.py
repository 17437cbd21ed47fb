"""Static word vectors such as GloVe's: one vector per word of a dictionary, the same in every context.

In a folder: an array ``.npy`` (n_entries, n_features), and one table ``.parquet``, its first column the entries.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.dataset.array_headers import npy_header
from brainforecast.errors import BadInput
from brainforecast.files import checked
from brainforecast.language.parquet_tables import read_parquet
from brainforecast.writing.orthography import spellings
from brainforecast.writing.punctuation import ends_sentence

logger = logging.getLogger("brainforecast")


def look_up_words(words: Sequence[str], source: str | Path, language: str = "en") -> np.ndarray:
    """Look up the vector of each word by its `orthography.spellings`: in lower case, without punctuation around it.

    The first of them that the dictionary has; a dictionary with capitals is searched for the word as written too.

    Parameters
    ----------
    words : (n_words,)
    source : the array, ``.npy``; a path, or ``package:<package>/<file>``
    language : BCP 47, of the words

    Returns
    -------
    (n_words, n_features) float32; zero for words that are not in the dictionary; the log counts them

    Raises
    ------
    BadInput : a file is missing or cannot be read, array and table differ in length, an entry occurs twice, or no
        word is in the dictionary.
    """
    array, entries = _read(checked(source))
    row = _rows_of(words, pd.Index(entries), language)
    known = row >= 0
    unknown = sorted({word for word, found in zip(words, known, strict=True) if not found})
    logger.info("%d of %d words are not in %s: %s", (~known).sum(), len(words), source, " ".join(unknown[:20]))
    if not known.any():
        raise BadInput(source, f"none of the {len(words)} words", "a dictionary of the story's language")
    vectors = np.zeros((len(words), array.shape[1]), np.float32)
    vectors[known] = array[row[known]]
    finite = np.isfinite(vectors).all(axis=1)
    if not finite.all():
        raise BadInput(source, f"NaN or infinity for the word {words[int(np.argmin(finite))]}", "finite numbers")
    return vectors


def _rows_of(words: Sequence[str], entries: pd.Index, language: str) -> np.ndarray:
    """The row of each word's vector; -1 where the dictionary lacks it."""
    is_cased = bool(entries.astype(str).str.isupper().any() or entries.astype(str).str.istitle().any())
    found = np.full(len(words), -1)
    candidates = list(_candidates(words, language, is_cased=is_cased))
    for i in range(max(map(len, candidates), default=0)):
        rows = entries.get_indexer([one[min(i, len(one) - 1)] for one in candidates])
        found = np.where(found < 0, rows, found)
    return found


def _candidates(words: Sequence[str], language: str, *, is_cased: bool) -> Iterator[list[str]]:
    """The entries that each word may have; the first word of a sentence has a capital that means nothing."""
    is_first = True
    for word, after in pairwise([*words, ""]):
        yield spellings(word, language, is_cased=is_cased, is_first=is_first)
        is_first = ends_sentence(word, after, language=language)


def _read(path: Path) -> tuple[np.ndarray, pd.Series]:
    """The array, and its entries in the order of its rows."""
    expected = "an array .npy and, in the same folder, one table .parquet of its words"
    tables = sorted(path.parent.glob("*.parquet"))
    if len(tables) != 1:
        raise BadInput(path, f"{len(tables)} tables in its folder", expected)
    try:
        is_numbers = npy_header(path).kind in "biuf"
        array = np.load(path, mmap_mode="r", allow_pickle=False)  # only the rows of the story's words are read
        entries = read_parquet(tables[0]).iloc[:, 0]
    except (OSError, ValueError, IndexError) as error:
        raise BadInput(path, f"files that do not open ({error})", expected) from error
    if not is_numbers:
        raise BadInput(path, f"an array of type {array.dtype}", "numbers")
    if array.ndim != 2 or len(array) != len(entries):
        raise BadInput(path, f"an array {array.shape} for {len(entries)} words", "a row per word")
    if not entries.is_unique:
        raise BadInput(path, f"word {entries[entries.duplicated()].iloc[0]} twice in its table", "each word once")
    return array, entries
