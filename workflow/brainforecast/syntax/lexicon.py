"""A dictionary of words by their grammatical label, with counts from a text corpus."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from spacy.language import Language

from brainforecast.errors import BadInput
from brainforecast.files import checked
from brainforecast.progress import log_progress
from brainforecast.syntax.elision import Elision
from brainforecast.syntax.labels import JOIN, parts_of_speech, wider
from brainforecast.syntax.parser import Word, parse_words, split_words
from brainforecast.writing.languages import find_language, keeps_capital
from brainforecast.writing.orthography import (
    DASH,
    OPENING_ALONE,
    PARAGRAPH_END,
    is_heading,
    with_straight_apostrophes,
    without_sentence_capital,
    words_in,
)

logger = logging.getLogger("brainforecast")

UNITS = {
    "label": "tag|pos|dep of the parser for each token of the word, joined by +; features for tags where it has none",
    "word": "the word's tokens, with a space between them, without the marks around it; apostrophes are straight",
    "count": "occurrences in the corpus",
}
NAME = "PROPN"
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

    def entries(
        self, label: str, original: Sequence[str], fits: Callable[[str], bool] | None = None
    ) -> tuple[Entries | None, str]:
        """Words that can replace `original`, which is not among them, and the class they come from.

        Parameters
        ----------
        fits : whether a word fits between its neighbours (`Elision.fitting`); None if all do

        Returns
        -------
        entries, origin : of its ``own`` class; if that is empty, of the ``wider`` one without dependencies; if that is
            empty too, None and ``kept``
        """
        for found, origin in ((self._classes.get(label), "own"), (self._wider.get(wider(label)), "wider")):
            others = _without(found or {}, original)
            if fits:
                others = {word: n for word, n in others.items() if fits("".join(word))}
            if others:
                counts = np.cumsum(list(others.values()), dtype=float)
                return Entries(list(others), counts / counts[-1]), origin
        return None, "kept"


def build_lexicon(paths: Sequence[str | Path], nlp: Language, language: str = "en") -> pd.DataFrame:
    """Count the words of text files by label: columns label, word, count, the most frequent first.

    In a language with elision a word is counted with what is elided before it, as "l'arbre", and the two apart, because
    alignments have either.

    Parameters
    ----------
    language : BCP 47

    Raises
    ------
    BadInput : a file that is missing or not UTF-8 text; no words.
    """
    counts: Counter = Counter()
    elision = Elision(find_language(language).elided)
    for path in paths:
        paragraphs = list(_paragraphs(_read_text(path), nlp, elision, language))
        logger.info("%s: %d words in %d paragraphs", path, sum(map(len, paragraphs)), len(paragraphs))
        split = [split_words(words, nlp, language) for words in paragraphs]
        parses = log_progress(parse_words(split, nlp, language=language), len(split), "paragraph")
        for words, parsed in zip(split, parses, strict=True):
            counts.update(_entries(words, parsed.labels, elision, language))
    if not counts:
        raise BadInput(f"corpus {', '.join(map(str, paths))}", "no words", f"text files with words of {language}")
    rows = [(label, word, count) for (label, word), count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))]
    return pd.DataFrame(rows, columns=list(UNITS))


def _read_text(path: str | Path) -> str:
    try:
        return checked(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"corpus {path}", f"a file that does not read ({error})", "a UTF-8 text file") from error


def _paragraphs(text: str, nlp: Language, elision: Elision, language: str) -> Iterator[list[str]]:
    """The words between empty lines; dashes become words, underscores (italics in plain text) are removed.

    In a language without spaces the parser's tokenizer finds the words.
    """
    for paragraph in PARAGRAPH_END.split(text.replace("\r\n", "\n").replace("_", "")):
        text = DASH.sub(" — ", paragraph)
        if find_language(language).spaced:
            words = _with_elided(words_in(text, language), elision)
        else:
            words = [token.text for token in nlp.tokenizer(text) if not token.is_space]
        yield from (words[start : start + MAX_PARAGRAPH] for start in range(0, len(words), MAX_PARAGRAPH))


def _with_elided(words: Sequence[str], elision: Elision) -> list[str]:
    """Each word together with the elided ones before it."""
    joined, elided = [], ""
    for word in words:
        elided += word
        if not elision.is_elided(word.lstrip(OPENING_ALONE)):
            joined.append(elided)
            elided = ""
    return joined + [elided] * bool(elided)


def _entries(
    words: Sequence[Word], labels: Sequence[str], elision: Elision, language: str
) -> Iterator[tuple[str, str]]:
    """Label and word; marks alone and headings are left out, the capital of a sentence's first word is removed."""
    for word, label in zip(words, labels, strict=True):
        if word.core and not is_heading(" ".join(word.core)):
            for tokens, part in [(word.core, label), *_parts(word.core, label, elision)]:
                yield part, with_straight_apostrophes(" ".join(_inside_sentence(tokens, part, elision, language)))


def _parts(tokens: tuple[str, ...], label: str, elision: Elision) -> list[tuple[tuple[str, ...], str]]:
    """The elided word and the rest, with their labels; none of a word without elision."""
    if len(tokens) < 2 or not elision.is_elided(tokens[0]):
        return []
    first, rest = label.split(JOIN, 1)
    return [(tokens[:1], first), (tokens[1:], rest), *_parts(tokens[1:], rest, elision)]


def _inside_sentence(tokens: tuple[str, ...], label: str, elision: Elision, language: str) -> tuple[str, ...]:
    """A word as it is written inside a sentence: names keep their capital, and nouns where the language gives one."""
    first, *others = parts_of_speech(label)
    is_name = NAME in others and not elision.is_elided(tokens[0])  # a name of several tokens; not "L'Italie"
    return tokens if is_name or keeps_capital(language, first) else without_sentence_capital(tokens, language)


def _counts(rows: pd.DataFrame) -> dict[tuple[str, ...], int]:
    return {tuple(word.split(" ")): count for word, count in zip(rows["word"], rows["count"], strict=True)}


def _without(counts: Mapping[tuple[str, ...], int], original: Sequence[str]) -> dict[tuple[str, ...], int]:
    same = [with_straight_apostrophes(token).lower() for token in original]
    return {word: n for word, n in counts.items() if [token.lower() for token in word] != same}
