"""A dictionary of words by their grammatical label, with counts from a text corpus."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from spacy.language import Language

from brainforecast.errors import BadInput
from brainforecast.files import resolve
from brainforecast.language.orthography import (
    DASH,
    PARAGRAPH_END,
    is_heading,
    without_sentence_capital,
    words_in,
)
from brainforecast.syntax.parser import Word, parse_words, split_words, wider

logger = logging.getLogger("brainforecast")

UNITS = {
    "label": "tag|pos|dep of the parser for each token of the word, joined by +",
    "word": "the word's tokens, with a space between them, without the marks around it",
    "count": "occurrences in the corpus",
}
MAX_PARAGRAPH = 400  # words; a longer paragraph is parsed in pieces


class Entries(NamedTuple):
    """Words of one class: `words` (n,), each as tokens, and `cumulative` (n,), their cumulative probabilities."""

    words: list[tuple[str, ...]]
    cumulative: np.ndarray


class Lexicon:
    """Words by label, with their frequency in the corpus.

    Parameters
    ----------
    table : label, word, count, from `build_lexicon`
    """

    def __init__(self, table: pd.DataFrame):
        self._classes = {label: _counts(rows) for label, rows in table.groupby("label", sort=False)}
        wide = table.assign(label=table["label"].map(wider)).groupby(["label", "word"], as_index=False)["count"].sum()
        self._wider = {label: _counts(rows) for label, rows in wide.groupby("label", sort=False)}

    def entries(self, label: str, original: Sequence[str]) -> tuple[Entries | None, str]:
        """Words that can replace `original`, which is not among them, and the class they come from.

        Returns
        -------
        entries, origin : of its ``own`` class; if that is empty, of the ``wider`` one without dependencies; if that is
            empty too, None and ``kept``
        """
        for found, origin in ((self._classes.get(label), "own"), (self._wider.get(wider(label)), "wider")):
            others = _without(found or {}, original)
            if others:
                counts = np.cumsum(list(others.values()), dtype=float)
                return Entries(list(others), counts / counts[-1]), origin
        return None, "kept"


def build_lexicon(paths: Sequence[str | Path], nlp: Language) -> pd.DataFrame:
    """Count the words of text files by label: columns label, word, count, the most frequent first.

    Raises
    ------
    BadInput : a file that is missing or not UTF-8 text; no words.
    """
    counts: Counter = Counter()
    for path in paths:
        paragraphs = list(_paragraphs(_read_text(path)))
        logger.info("%s: %d words in %d paragraphs", path, sum(map(len, paragraphs)), len(paragraphs))
        split = [split_words(words, nlp) for words in paragraphs]
        for words, parsed in zip(split, parse_words(split, nlp), strict=True):
            counts.update(_entries(words, parsed.labels))
    if not counts:
        raise BadInput(f"corpus {', '.join(map(str, paths))}", "no words", "text files with English words")
    rows = [(label, word, count) for (label, word), count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]
    return pd.DataFrame(rows, columns=list(UNITS))


def _read_text(path: str | Path) -> str:
    try:
        return resolve(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"corpus {path}", f"a file that does not read ({error})", "a UTF-8 text file") from error


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The words between empty lines; dashes become words, underscores (italics in plain text) are removed."""
    for paragraph in PARAGRAPH_END.split(text.replace("\r\n", "\n").replace("_", "")):
        words = words_in(DASH.sub(" — ", paragraph))
        yield from (words[start : start + MAX_PARAGRAPH] for start in range(0, len(words), MAX_PARAGRAPH))


def _entries(words: Sequence[Word], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Label and word; marks alone and headings are left out, the capital of a sentence's first word is removed."""
    for word, label in zip(words, labels, strict=True):
        if word.core and not is_heading(" ".join(word.core)):
            yield label, " ".join(word.core if _is_name(label) else without_sentence_capital(word.core))


def _is_name(label: str) -> bool:
    return "|PROPN|" in label


def _counts(rows: pd.DataFrame) -> dict[tuple[str, ...], int]:
    return {tuple(word.split(" ")): count for word, count in zip(rows["word"], rows["count"], strict=True)}


def _without(counts: Mapping[tuple[str, ...], int], original: Sequence[str]) -> dict[tuple[str, ...], int]:
    same = [token.lower() for token in original]
    return {word: n for word, n in counts.items() if [token.lower() for token in word] != same}
