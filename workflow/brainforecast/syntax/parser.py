"""Parse the words of a text with spaCy: the label of each word, and the dependency tree of its tokens.

The parser splits a story's words further: "don't" is two tokens, "desert," too. Here words stay words, each a group of
tokens, and the label of a word joins the labels of its tokens, without the marks around it:

    word      "don't,"                      desert.
    tokens    do      n't     ,             desert  .
    label     VBP|AUX|aux+RB|PART|neg       NN|NOUN|pobj

The parser was trained on straight apostrophes: it reads didn’t as it reads didn't. The words keep their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from brainforecast.errors import BadInput
from brainforecast.language.orthography import n_letters, space_between, with_straight_apostrophes

UNUSED = ("lemmatizer", "ner", "senter")
BATCH_SIZE = 256  # passages
JOIN = "+"  # between the labels of a word's tokens
# parts of speech of Universal Dependencies with content; the others are function words
OPEN_CLASSES = {"ADJ", "ADV", "INTJ", "NOUN", "NUM", "PROPN", "VERB", "X"}


class Word(NamedTuple):
    """A word as tokens: opening marks, from the first to the last letter, closing marks; any may be empty."""

    before: tuple[str, ...]
    core: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens, in order."""
        return self.before + self.core + self.after

    @property
    def text(self) -> str:
        """The word as the story has it."""
        return "".join(self.tokens)


class Parse(NamedTuple):
    """Words parsed together.

    labels : (n_words,) ``tag|pos|dep`` of each core token, joined; empty where a word is only marks
    head : (n_tokens,) head of each token, itself for a root
    word : (n_tokens,) the word of each token
    sentence : (n_words,) number of the sentence, from 0, as the parser splits them
    """

    labels: list[str]
    head: np.ndarray
    word: np.ndarray
    sentence: np.ndarray


def load_parser(name: str) -> Language:
    """Load a spaCy package, with the tagger and the dependency parser but without the components not needed.

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
    """Split each word into the parser's tokens; the core is from the first token with a letter or digit to the last."""
    words = list(words)
    split = {word: _split(word, nlp) for word in dict.fromkeys(words)}
    return [split[word] for word in words]


def parse_words(
    passages: Iterable[Sequence[Word]], nlp: Language, starts: Sequence[bool] | None = None
) -> Iterator[Parse]:
    """Parse passages, in order.

    Parameters
    ----------
    starts : (n_words,) for a single passage, whether each word starts a sentence; the parser decides if None.
    """
    docs = (_doc(words, nlp, starts) for words in passages)
    for doc in nlp.pipe(docs, batch_size=BATCH_SIZE):
        yield _read(doc)


def is_content(label: str) -> bool:
    """Whether a token of the word is of an open class (nouns, verbs and the like)."""
    return any(token.split("|")[1] in OPEN_CLASSES for token in label.split(JOIN))


def wider(label: str) -> str:
    """The label of the wider class, without dependencies: ``tag|pos`` of each token."""
    return JOIN.join(token.rpartition("|")[0] for token in label.split(JOIN))


def _split(word: str, nlp: Language) -> Word:
    # a curly apostrophe is as long as a straight one, so that tokens are cut from the word as it stands
    split = [token for token in nlp.tokenizer(with_straight_apostrophes(word)) if not token.is_space]
    tokens = tuple(word[token.idx : token.idx + len(token)] for token in split) or (word,)
    lettered = [i for i, token in enumerate(tokens) if n_letters(token)]
    first, last = (lettered[0], lettered[-1] + 1) if lettered else (len(tokens), len(tokens))
    return Word(tokens[:first], tokens[first:last], tokens[last:])


def _doc(words: Sequence[Word], nlp: Language, starts: Sequence[bool] | None) -> Doc:
    tokens = [token for word in words for token in word.tokens]
    sentence_starts = None
    if starts is not None:
        sentence_starts = [
            bool(start) and i == 0 for word, start in zip(words, starts, strict=True) for i in range(len(word.tokens))
        ]
    straight = [with_straight_apostrophes(token) for token in tokens]
    doc = Doc(nlp.vocab, words=straight, spaces=_spaces(words), sent_starts=sentence_starts)
    doc.user_data["core"] = [
        i if a <= j < b else -1
        for i, word in enumerate(words)
        for a, b in [(len(word.before), len(word.before) + len(word.core))]
        for j in range(len(word.tokens))
    ]
    doc.user_data["word"] = [i for i, word in enumerate(words) for _ in word.tokens]
    return doc


def _spaces(words: Sequence[Word]) -> list[bool]:
    """Whether a space follows each token: inside a word none does."""
    spaces: list[bool] = []
    for word, after in zip_longest(words, words[1:]):
        inside = [False] * (len(word.tokens) - 1)
        spaces += [*inside, bool(after and space_between("".join(word.tokens), "".join(after.tokens)))]
    return spaces


def _read(doc: Doc) -> Parse:
    word, core = np.array(doc.user_data["word"]), doc.user_data["core"]
    labels: list[list[str]] = [[] for _ in range(word[-1] + 1)]
    for token, owner in zip(doc, core, strict=True):
        if owner >= 0:
            labels[owner].append(f"{token.tag_}|{token.pos_}|{token.dep_}")
    starts = np.zeros(len(labels), np.int64)
    starts[word[[i for i, token in enumerate(doc) if token.is_sent_start and i > 0]]] = 1
    return Parse([JOIN.join(label) for label in labels], np.array([t.head.i for t in doc]), word, starts.cumsum())
