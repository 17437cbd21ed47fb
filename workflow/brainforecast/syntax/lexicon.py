"""A dictionary of words by what they do in a sentence, counted in any text: the key is the parser's label."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from spacy.language import Language

from brainforecast.errors import BadInput
from brainforecast.files import resolve
from brainforecast.syntax.parser import Word, parse_words, split_words, wider

logger = logging.getLogger("brainforecast")

UNITS = {
    "label": "tag|pos|dep of the parser, one for each token of the word, joined by +",
    "word": "the word's tokens, with a space between them, without the marks around it",
    "count": "how often the corpus has it",
}
PARAGRAPH = re.compile(r"\n\s*\n")
LONGEST = 400  # words of a paragraph that are parsed together
DASH = re.compile(r"\s*(?:--+|[–—])\s*")


class Entries(NamedTuple):
    """Words of one class: `words` (n,), each as tokens, and `upto` (n,), their probabilities summed up."""

    words: list[tuple[str, ...]]
    upto: np.ndarray


class Lexicon:
    """Words by label, drawn as often as the corpus has them.

    Parameters
    ----------
    table : label, word, count, as `build_lexicon` makes it
    """

    def __init__(self, table: pd.DataFrame):
        self._classes = {label: _counts(rows) for label, rows in table.groupby("label", sort=False)}
        wide = table.assign(label=table["label"].map(wider)).groupby(["label", "word"], as_index=False)["count"].sum()
        self._wider = {label: _counts(rows) for label, rows in wide.groupby("label", sort=False)}

    def entries(self, label: str, original: Sequence[str]) -> tuple[Entries | None, str]:
        """Words that may stand for `original`, which is not among them, and where they come from.

        Returns
        -------
        entries, origin : ``own`` class, the ``wider`` one without dependencies where that is empty, or None and
            ``kept`` where that is empty too
        """
        for found, origin in ((self._classes.get(label), "own"), (self._wider.get(wider(label)), "wider")):
            others = _without(found or {}, original)
            if others:
                counts = np.cumsum(list(others.values()), dtype=float)
                return Entries(list(others), counts / counts[-1]), origin
        return None, "kept"


def build_lexicon(paths: Sequence[str | Path], nlp: Language) -> pd.DataFrame:
    """Count the words of text files by their label: columns label, word, count, the most frequent first.

    Raises
    ------
    BadInput : a file that is missing or no UTF-8 text; no words.
    """
    counts: Counter = Counter()
    for path in paths:
        paragraphs = list(_paragraphs(_read_text(path)))
        logger.info("%s: %d words in %d paragraphs", path, sum(map(len, paragraphs)), len(paragraphs))
        split = [split_words(words, nlp) for words in paragraphs]
        for words, parsed in zip(split, parse_words(split, nlp), strict=True):
            counts.update(_known(words, parsed.labels))
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
    """Words between empty lines; dashes stand alone, underscores (italics in plain text) go."""
    for paragraph in PARAGRAPH.split(text.replace("\r\n", "\n").replace("_", "")):
        words = DASH.sub(" — ", paragraph).split()
        yield from (words[start : start + LONGEST] for start in range(0, len(words), LONGEST))


def _known(words: Sequence[Word], labels: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Label and word where there is a word and it is no heading; a capital that only opens a sentence goes."""
    for word, label in zip(words, labels, strict=True):
        text = " ".join(word.core)
        if text and not (text.isupper() and len(text) > 1):
            yield label, text if _is_name(label) or text.split(" ")[0] == "I" else text[0].lower() + text[1:]


def _is_name(label: str) -> bool:
    return "|PROPN|" in label


def _counts(rows: pd.DataFrame) -> dict[tuple[str, ...], int]:
    return {tuple(word.split(" ")): count for word, count in zip(rows["word"], rows["count"], strict=True)}


def _without(counts: Mapping[tuple[str, ...], int], original: Sequence[str]) -> dict[tuple[str, ...], int]:
    same = [token.lower() for token in original]
    return {word: n for word, n in counts.items() if [token.lower() for token in word] != same}
