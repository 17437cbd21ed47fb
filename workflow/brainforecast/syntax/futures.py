"""Futures with the grammar of the true one: after each word of a story, other words in the same grammatical roles.

From word n on, each word up to the horizon is replaced by one drawn from its class of the dictionary. A future is
parsed in its context, between the true words before it and the rest of its last sentence:

    true words   The dish had | heard something | faint.
    a future     The dish had | bought nothing  | faint.         accepted if its tree agrees with the true one
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd
from spacy.language import Language

from brainforecast.errors import BadInput
from brainforecast.progress import log_progress
from brainforecast.syntax.elision import Elision
from brainforecast.syntax.labels import is_content
from brainforecast.syntax.lexicon import Entries, Lexicon
from brainforecast.syntax.parser import Parse, Word, parse_words, split_words
from brainforecast.syntax.trees import tree_agreement
from brainforecast.writing.languages import find_language
from brainforecast.writing.orthography import APOSTROPHES, n_letters, with_capital_of

logger = logging.getLogger("brainforecast")

MAX_CONTEXT = 30  # words of a sentence parsed before or after a future, at most
STRAIGHT_APOSTROPHE = "'"  # as the dictionary has it
GROUP_SIZE = 100  # words whose candidates are in memory and parsed together

UNITS = {
    "word": "row of the story's word that the future follows, from 0",
    "future": "number of the future, from 0 for the one whose tree agrees best",
    "text": "its words, with a space between them in any language",
    "tree_agreement": "mean over tokens of Spearman's rho between token distances in its tree and in the true one",
    "passed": "whether tree_agreement is above the threshold",
    "n_words": "words of the future; fewer than the horizon at the end of the story",
    "n_drawn": "words drawn from the class of their label",
    "n_wider": "words drawn from the wider class, without the dependency",
    "n_kept": "words not replaced: function words if these are kept, marks, words without another of their class",
    "n_matched": "words that have the label of the true word when the future is parsed",
    "n_drawn_matched": "n_matched among the words drawn from the class of their label",
}
LABEL_UNITS = {
    "word": "row of the story's words, from 0",
    "text": "the word",
    "label": "tag|pos|dep of the parser for each of its tokens, joined by +, as in the lexicon; empty for only marks",
    "origin": "class of its replacements: own, wider (without dependencies), or kept where it is not replaced",
}


@dataclass(frozen=True)
class DrawingSettings:
    """How futures are drawn: config section `sources.syntactic`.

    n_futures : kept for each word; horizon : words of each; n_candidates : drawn for each word; threshold : tree
    agreement a candidate needs; too_few : if too few candidates pass, ``best`` adds the best of the others, ``fewer``
    does not (but keeps the best one); function_words : whether they are replaced too.
    """

    n_futures: int
    horizon: int
    n_candidates: int
    threshold: float
    too_few: str
    function_words: bool


class Replacements(NamedTuple):
    """Words that can replace one word of the story; `entries` None keeps it. `origin` as in `Lexicon.entries`."""

    word: Word
    label: str
    entries: Entries | None
    origin: str


class Writing(NamedTuple):
    """How a story is written: whether it has capitals, its apostrophe, straight or curly, and its language."""

    capitals: bool
    apostrophe: str
    language: str


class FutureSpan(NamedTuple):
    """The words of the futures of `word`: from `start` to `stop`, parsed together with `first` to `last`."""

    word: int
    first: int
    start: int
    stop: int
    last: int


def draw_futures(
    words: Sequence[str],
    sentences: Sequence[int | None],
    lexicon: Lexicon,
    nlp: Language,
    *,
    drawing: DrawingSettings,
    seed: Sequence[int],
    language: str = "en",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw futures for every word of a story but its last.

    Parameters
    ----------
    words : (n_words,) the story, with or without punctuation
    sentences : (n_words,) number of each word's sentence; if any is missing, the parser splits the sentences
    seed : of the draws; those of a word do not depend on what is drawn for others
    language : BCP 47

    Returns
    -------
    futures : a row per word and future, columns `UNITS`; labels : a row per word, columns `LABEL_UNITS`

    Raises
    ------
    BadInput : a story of a single word
    """
    if len(words) < 2:
        raise BadInput("words", f"a story of {len(words)} words", "two words or more: one to follow another")
    split = split_words(words, nlp, language)
    (true,) = parse_words([split], nlp, _starts(sentences), language)
    replacements = _replacements(split, true.labels, lexicon, drawing, Elision(find_language(language).elided))
    spans = [_future_span(n, true.sentence, drawing.horizon) for n in range(len(words) - 1)]
    writing = Writing(any(word != word.lower() for word in words), _apostrophe(words) or STRAIGHT_APOSTROPHE, language)
    _log_cost(spans, drawing)
    rows: list[dict] = []
    for group in log_progress(_groups(spans), len(spans), "word", len):
        drawn = [_draw(replacements[span.start : span.stop], drawing, (*seed, span.word), writing) for span in group]
        for span, futures, parses in zip(group, drawn, _parse(group, drawn, split, nlp, language), strict=True):
            rows += _select_best(span, futures, parses, true, replacements, drawing)
    labels = [(n, row.word.text, row.label, row.origin) for n, row in enumerate(replacements)]
    return pd.DataFrame(rows, columns=list(UNITS)), pd.DataFrame(labels, columns=list(LABEL_UNITS))


def _starts(sentences: Sequence[int | None]) -> list[bool] | None:
    """Whether each word starts a sentence; None if a sentence is missing."""
    numbers = pd.Series(list(sentences), dtype="Int64")
    return None if numbers.isna().any() else numbers.ne(numbers.shift(fill_value=-1)).tolist()


def _replacements(
    words: Sequence[Word], labels: Sequence[str], lexicon: Lexicon, drawing: DrawingSettings, elision: Elision
) -> list[Replacements]:
    cores, found = ["".join(word.core) for word in words], []
    for word, label, before, core, after in zip(words, labels, ["", *cores], cores, [*cores[1:], ""], strict=False):
        if label and (drawing.function_words or is_content(label)):
            entries = lexicon.entries(label, word.core, elision.fitting(before, core, after))
        else:
            entries = None, "kept"
        found.append(Replacements(word, label, *entries))
    return found


def _future_span(word: int, sentence: np.ndarray, horizon: int) -> FutureSpan:
    """The context is the start of the sentence of the first word, and the rest of the sentence of the last one."""
    start, stop = word + 1, min(word + 1 + horizon, len(sentence))
    first, last = np.searchsorted(sentence, [sentence[start], sentence[stop - 1] + 1])
    return FutureSpan(word, max(min(first, start), start - MAX_CONTEXT), start, stop, min(last, stop + MAX_CONTEXT))


def _log_cost(spans: Sequence[FutureSpan], drawing: DrawingSettings) -> None:
    n_parsed = drawing.n_candidates * sum(span.last - span.first for span in spans)
    logger.info(
        "%d words, %d candidates of %d words for each: %d words to parse; the time follows the first %d words",
        len(spans) + 1, drawing.n_candidates, drawing.horizon, n_parsed, GROUP_SIZE,
    )  # fmt: skip


def _groups(spans: Sequence[FutureSpan]) -> Iterator[Sequence[FutureSpan]]:
    return (spans[start : start + GROUP_SIZE] for start in range(0, len(spans), GROUP_SIZE))


def _draw(
    replacements: Sequence[Replacements], drawing: DrawingSettings, seed: Sequence[int], writing: Writing
) -> list[list[Word]]:
    """`n_candidates` candidate futures of one word."""
    draws = np.random.default_rng(seed).random((drawing.horizon, drawing.n_candidates))
    by_word = [_replace(row, u, writing) for row, u in zip(replacements, draws, strict=False)]
    return [list(future) for future in zip(*by_word, strict=True)]


def _replace(row: Replacements, draws: np.ndarray, writing: Writing) -> list[Word]:
    """A word for each draw, by inverse transform sampling; marks, capitals and apostrophes stay as in the story."""
    if row.entries is None:
        return [row.word] * len(draws)
    before, core, after = row.word
    alike = str.maketrans(STRAIGHT_APOSTROPHE, _apostrophe(core) or writing.apostrophe)
    drawn = [row.entries.words[i] for i in np.searchsorted(row.entries.cumulative, draws, side="right")]
    cased = (with_capital_of(core, tokens, capitals=writing.capitals, language=writing.language) for tokens in drawn)
    return [Word(before, tuple(token.translate(alike) for token in tokens), after) for tokens in cased]


def _apostrophe(words: Sequence[str]) -> str:
    """The first apostrophe inside or at the end of a word; empty where none is."""
    return next((letter for word in words for letter in word[1:] if letter in APOSTROPHES and n_letters(word)), "")


def _parse(
    spans: Sequence[FutureSpan], drawn: Sequence[list[list[Word]]], split: list[Word], nlp: Language, language: str
) -> Iterator[list[Parse]]:
    """The parses of the candidates of each span, each in the context of the true words."""
    passages = (
        split[span.first : span.start] + future + split[span.stop : span.last]
        for span, futures in zip(spans, drawn, strict=True)
        for future in futures
    )
    parses = parse_words(passages, nlp, language=language)
    return (list(islice(parses, len(futures))) for futures in drawn)


def _select_best(
    span: FutureSpan,
    futures: Sequence[list[Word]],
    parses: Sequence[Parse],
    true: Parse,
    replacements: Sequence[Replacements],
    drawing: DrawingSettings,
) -> Iterator[dict]:
    """The best candidates of a word, as rows."""
    agreement = _agreement(span, parses, true)
    best = np.argsort(-agreement, kind="stable")[: drawing.n_futures]
    if drawing.too_few == "fewer":
        best = best[: max(1, int((agreement > drawing.threshold).sum()))]
    here = replacements[span.start : span.stop]
    own = np.array([row.origin == "own" for row in here])
    counts = {"n_words": len(here), "n_drawn": int(own.sum()), "n_wider": sum(row.origin == "wider" for row in here)}
    counts["n_kept"] = len(here) - counts["n_drawn"] - counts["n_wider"]
    for rank, i in enumerate(best.tolist()):
        labels = parses[i].labels[span.start - span.first :][: len(here)]
        same = np.array([label == row.label for label, row in zip(labels, here, strict=True)])
        matched = {"n_matched": int(same.sum()), "n_drawn_matched": int((same & own).sum())}
        text = " ".join(word.text for word in futures[i])
        test = {"tree_agreement": float(agreement[i]), "passed": bool(agreement[i] > drawing.threshold)}
        yield {"word": span.word, "future": rank, "text": text, **test, **counts, **matched}


def _agreement(span: FutureSpan, parses: Sequence[Parse], true: Parse) -> np.ndarray:
    """Tree agreement of each candidate with the true words, over the tokens of the future."""
    tokens = np.flatnonzero((true.word >= span.first) & (true.word < span.last))
    rows = np.flatnonzero((true.word[tokens] >= span.start) & (true.word[tokens] < span.stop))
    return tree_agreement(true.head[tokens] - tokens[0], np.stack([parse.head for parse in parses]), rows)
