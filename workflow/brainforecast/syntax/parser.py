"""What a parser says of the words of a text: the label of each word, and the tree that joins them.

A parser cuts words further than a story does: "don't" is two tokens to it, "desert," too. The words stay what they are
here, each a group of tokens, and the label of a word joins the labels of its tokens, without the marks around it:

    word      "don't,"                      desert.
    tokens    do      n't     ,             desert  .
    label     VBP|AUX|aux+RB|PART|neg       NN|NOUN|pobj
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from brainforecast.errors import BadInput

UNUSED = ("lemmatizer", "ner", "senter")
JOIN = "+"
OPEN_CLASSES = {
    "ADJ",
    "ADV",
    "INTJ",
    "NOUN",
    "NUM",
    "PROPN",
    "VERB",
    "X",
}  # of Universal Dependencies; the rest is grammar


class Word(NamedTuple):
    """A word as tokens: marks that open it, what it says, marks that close it; any may be empty."""

    before: tuple[str, ...]
    core: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """All of it."""
        return self.before + self.core + self.after

    @property
    def text(self) -> str:
        """As it stands in the story."""
        return "".join(self.tokens)


class Parse(NamedTuple):
    """Words parsed together.

    labels : (n_words,) ``tag|pos|dep`` of each core token, joined; empty where a word is only marks
    head : (n_tokens,) the token each hangs on, itself for a root
    word : (n_tokens,) the word each token belongs to
    sentence : (n_words,) sentences as the parser cuts them, from 0
    """

    labels: list[str]
    head: np.ndarray
    word: np.ndarray
    sentence: np.ndarray


def load_parser(name: str) -> Language:
    """The tagger and dependency parser of a spaCy package, without what labels and trees do not need.

    Raises
    ------
    BadInput : no such package, or one without a tagger or a parser.
    """
    try:
        nlp = spacy.load(name)
    except (OSError, ValueError) as error:
        found = str(error).strip().splitlines()[0]
        raise BadInput(f"parser {name}", found, "an installed spaCy package or the folder of one") from error
    missing = [pipe for pipe in ("tagger", "parser") if pipe not in nlp.pipe_names]
    if missing:
        raise BadInput(f"parser {name}", f"no {' and no '.join(missing)}", "a spaCy package that tags and parses")
    for pipe in UNUSED:
        if pipe in nlp.pipe_names:
            nlp.disable_pipe(pipe)
    return nlp


def split_words(words: Iterable[str], nlp: Language) -> list[Word]:
    """Cut each word into the parser's tokens; the core reaches from the first letter or digit to the last."""
    known: dict[str, Word] = {}
    for word in words:
        if word not in known:
            known[word] = _split(word, nlp)
    return [known[word] for word in words]


def parse_words(passages: Iterable[Sequence[Word]], nlp: Language, starts: Sequence[bool] | None = None) -> Iterator:
    """Parse passages one after the other, a `Parse` each.

    Parameters
    ----------
    starts : (n_words,) for a single passage, whether each word starts a sentence; the parser decides where None.
    """
    docs = (_doc(words, nlp, starts) for words in passages)
    for doc in nlp.pipe(docs, batch_size=256):
        yield _read(doc)


def is_content(label: str) -> bool:
    """Whether some token of a word is of an open class: nouns, verbs and the like, not grammar."""
    return any(token.split("|")[1] in OPEN_CLASSES for token in label.split(JOIN))


def wider(label: str) -> str:
    """The label without its dependencies: ``tag|pos`` of each token."""
    return JOIN.join(token.rpartition("|")[0] for token in label.split(JOIN))


def _split(word: str, nlp: Language) -> Word:
    tokens = tuple(token.text for token in nlp.tokenizer(word) if not token.is_space) or (word,)
    says = [i for i, token in enumerate(tokens) if any(map(str.isalnum, token))]
    first, last = (says[0], says[-1] + 1) if says else (len(tokens), len(tokens))
    return Word(tokens[:first], tokens[first:last], tokens[last:])


def _doc(words: Sequence[Word], nlp: Language, starts: Sequence[bool] | None) -> Doc:
    tokens = [token for word in words for token in word.tokens]
    opens = [i == 0 for word in words for i in range(len(word.tokens))]
    told = None
    if starts is not None:
        told = [
            bool(start) and i == 0 for word, start in zip(words, starts, strict=True) for i in range(len(word.tokens))
        ]
    doc = Doc(nlp.vocab, words=tokens, spaces=[*opens[1:], False], sent_starts=told)
    doc.user_data["core"] = [
        i if a <= j < b else -1
        for i, word in enumerate(words)
        for a, b in [(len(word.before), len(word.before) + len(word.core))]
        for j in range(len(word.tokens))
    ]
    doc.user_data["word"] = [i for i, word in enumerate(words) for _ in word.tokens]
    return doc


def _read(doc: Doc) -> Parse:
    word, core = np.array(doc.user_data["word"]), doc.user_data["core"]
    labels: list[list[str]] = [[] for _ in range(word[-1] + 1)]
    for token, owner in zip(doc, core, strict=True):
        if owner >= 0:
            labels[owner].append(f"{token.tag_}|{token.pos_}|{token.dep_}")
    starts = np.zeros(len(labels), np.int64)
    starts[word[[i for i, token in enumerate(doc) if token.is_sent_start and i > 0]]] = 1
    return Parse([JOIN.join(label) for label in labels], np.array([t.head.i for t in doc]), word, starts.cumsum())
