"""Futures with the grammar of the true one: after each word of a story, other words that do the same in the sentence.

From word n on, each word up to the horizon is exchanged for one drawn from its class of the dictionary. A future is
parsed where it stands, between the words heard before and the rest of its last sentence:

    heard        The dish had | heard something | faint.         the true words
    a future     The dish had | bought nothing  | faint.         and is accepted where its tree is as the true one
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd
from spacy.language import Language

from brainforecast.errors import BadInput
from brainforecast.syntax.lexicon import Entries, Lexicon
from brainforecast.syntax.parser import Parse, Word, is_content, parse_words, split_words
from brainforecast.syntax.trees import tree_agreement

logger = logging.getLogger("brainforecast")

MOST_AROUND = 30  # words of a sentence parsed before or behind a future, at most
AT_ONCE = 100  # words whose candidates are held and parsed together

UNITS = {
    "word": "row of the story's words that the future follows, from 0",
    "future": "number of the future, from 0, the one whose tree agrees best first",
    "text": "its words, with a space between them",
    "tree_agreement": "mean over tokens of Spearman's rho between token distances in its tree and in the true one",
    "passed": "whether tree_agreement is above the threshold",
    "n_words": "words of the future; fewer than the horizon where the story ends",
    "n_drawn": "words drawn from the class of their label",
    "n_wider": "words drawn from the wider class, without the dependency",
    "n_kept": "words kept: function words where they are not exchanged, marks, words without another of their class",
    "n_matched": "words that have the label of the true word when the future is parsed",
    "n_drawn_matched": "the same, of the words drawn from the class of their label",
}


LABEL_UNITS = {
    "word": "row of the story's words, from 0",
    "text": "the word",
    "label": "tag|pos|dep of the parser, one for each of its tokens, joined by +; empty where it is only marks",
    "origin": "what it is exchanged for: a word of its own class, of the wider class without dependencies, or kept",
}


class Drawing(NamedTuple):
    """How futures are drawn: config section `sources.syntactic`.

    n_futures : kept for each word; horizon : words of each; n_candidates : drawn for each word; threshold : tree
    agreement a candidate needs; too_few : ``best`` fills up with the best of the others, ``fewer`` does not (but keeps
    the best one); function_words : whether they are exchanged too.
    """

    n_futures: int
    horizon: int
    n_candidates: int
    threshold: float
    too_few: str
    function_words: bool


class Class(NamedTuple):
    """What may stand in the place of one word of the story; `entries` None keeps the word. `origin` as in `Lexicon`."""

    word: Word
    label: str
    entries: Entries | None
    origin: str


class FutureSpan(NamedTuple):
    """A word whose futures are drawn: they stand at `start` to `stop`, and are parsed with words `first` to `last`."""

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
    drawing: Drawing,
    seed: Sequence[int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw futures for every word of a story but its last.

    Parameters
    ----------
    words : (n_words,) as the story has them, marks attached or lost
    sentences : (n_words,) number of each word's sentence; the parser finds them where it is missing for all
    seed : of the draws; those of a word are its own, whatever is drawn for others

    Returns
    -------
    futures : a row per word and future, columns `UNITS`; labels : a row per word, columns `LABEL_UNITS`

    Raises
    ------
    BadInput : a story of a single word
    """
    if len(words) < 2:
        raise BadInput("words", f"a story of {len(words)} words", "two words or more: one to follow another")
    split = split_words(words, nlp)
    (true,) = parse_words([split], nlp, _starts(sentences))
    classes = [_class(*found, lexicon, drawing) for found in zip(split, true.labels, strict=True)]
    places = [_place(n, true.sentence, drawing.horizon) for n in range(len(words) - 1)]
    capitals = any(word != word.lower() for word in words)
    _log_cost(places, drawing)
    rows: list[dict] = []
    for group in _groups(places):
        drawn = [_draw(classes[p.start : p.stop], drawing, (*seed, p.word), capitals) for p in group]
        for place, futures, parses in zip(group, drawn, _parse(group, drawn, split, nlp), strict=True):
            rows += _choose(place, futures, parses, true, classes, drawing)
        logger.info("word %d of %d", group[-1].stop, len(words))
    labels = [(n, kind.word.text, kind.label, kind.origin) for n, kind in enumerate(classes)]
    return pd.DataFrame(rows, columns=list(UNITS)), pd.DataFrame(labels, columns=list(LABEL_UNITS))


def _log_cost(places: Sequence[FutureSpan], drawing: Drawing) -> None:
    n_parsed = drawing.n_candidates * sum(place.last - place.first for place in places)
    logger.info(
        "%d words, %d candidates of %d words for each: %d words to parse; the time follows the first %d words",
        len(places) + 1, drawing.n_candidates, drawing.horizon, n_parsed, AT_ONCE,
    )  # fmt: skip


def _starts(sentences: Sequence[int | None]) -> list[bool] | None:
    known = pd.Series(list(sentences), dtype="Int64")
    return None if known.isna().any() else known.ne(known.shift(fill_value=-1)).tolist()


def _place(word: int, sentence: np.ndarray, horizon: int) -> FutureSpan:
    """Parsed with what the sentence of the word has before, and what the sentence of the last one has left."""
    start, stop = word + 1, min(word + 1 + horizon, len(sentence))
    first, last = np.searchsorted(sentence, [sentence[start], sentence[stop - 1] + 1])
    return FutureSpan(word, max(min(first, start), start - MOST_AROUND), start, stop, min(last, stop + MOST_AROUND))


def _class(word: Word, label: str, lexicon: Lexicon, drawing: Drawing) -> Class:
    if not label or not (drawing.function_words or is_content(label)):
        return Class(word, label, None, "kept")
    return Class(word, label, *lexicon.entries(label, word.core))


def _groups(places: Sequence[FutureSpan]) -> Iterator[Sequence[FutureSpan]]:
    return (places[start : start + AT_ONCE] for start in range(0, len(places), AT_ONCE))


def _draw(classes: Sequence[Class], drawing: Drawing, seed: Sequence[int], capitals: bool) -> list[list[Word]]:
    """Candidates for one place: `n_candidates` futures."""
    draws = np.random.default_rng(seed).random((drawing.horizon, drawing.n_candidates))
    by_word = [_exchange(kind, u, capitals) for kind, u in zip(classes, draws, strict=False)]
    return [list(future) for future in zip(*by_word, strict=True)]


def _exchange(kind: Class, draws: np.ndarray, capitals: bool) -> list[Word]:
    if kind.entries is None:
        return [kind.word] * len(draws)
    cores = [kind.entries.words[i] for i in np.searchsorted(kind.entries.upto, draws, side="right")]
    return [Word(kind.word.before, _cased(core, kind.word.core, capitals), kind.word.after) for core in cores]


def _cased(core: tuple[str, ...], original: tuple[str, ...], capitals: bool) -> tuple[str, ...]:
    """A capital where the original has one; names keep theirs, but in a story without any capital."""
    if not capitals:
        return tuple(token.lower() for token in core)
    return (core[0][0].upper() + core[0][1:], *core[1:]) if original[0][0].isupper() else core


def _parse(
    places: Sequence[FutureSpan], drawn: Sequence[list[list[Word]]], split: list[Word], nlp: Language
) -> Iterator[list[Parse]]:
    """The parses of the futures of each place, each between the true words around it."""
    passages = (
        split[place.first : place.start] + future + split[place.stop : place.last]
        for place, futures in zip(places, drawn, strict=True)
        for future in futures
    )
    parses = parse_words(passages, nlp)
    return (list(islice(parses, len(futures))) for futures in drawn)


def _choose(
    place: FutureSpan,
    futures: Sequence[list[Word]],
    parses: Sequence[Parse],
    true: Parse,
    classes: Sequence[Class],
    drawing: Drawing,
) -> Iterator[dict]:
    """The best futures of a word, as rows."""
    agreement = _agreement(place, parses, true)
    best = np.argsort(-agreement, kind="stable")[: drawing.n_futures]
    if drawing.too_few == "fewer":
        best = best[: max(1, int((agreement > drawing.threshold).sum()))]
    here = classes[place.start : place.stop]
    own = np.array([kind.origin == "own" for kind in here])
    counts = {"n_words": len(here), "n_drawn": int(own.sum()), "n_wider": sum(kind.origin == "wider" for kind in here)}
    counts["n_kept"] = len(here) - counts["n_drawn"] - counts["n_wider"]
    for rank, i in enumerate(best.tolist()):
        found = parses[i].labels[place.start - place.first :][: len(here)]
        same = np.array([label == kind.label for label, kind in zip(found, here, strict=True)])
        matched = {"n_matched": int(same.sum()), "n_drawn_matched": int((same & own).sum())}
        text = " ".join(word.text for word in futures[i])
        judged = {"tree_agreement": float(agreement[i]), "passed": bool(agreement[i] > drawing.threshold)}
        yield {"word": place.word, "future": rank, "text": text, **judged, **counts, **matched}


def _agreement(place: FutureSpan, parses: Sequence[Parse], true: Parse) -> np.ndarray:
    """Tree agreement of each candidate with the true words, over the tokens of the future."""
    there = np.flatnonzero((true.word >= place.first) & (true.word < place.last))
    rows = np.flatnonzero((true.word[there] >= place.start) & (true.word[there] < place.stop))
    return tree_agreement(true.head[there] - there[0], np.stack([parse.head for parse in parses]), rows)
