"""Parse the words of a text with spaCy: the label of each word, and the dependency tree of its tokens.

The parser splits a story's words further: "don't" is two tokens, "desert," too. Here words stay words, each a group of
tokens, and the label of a word joins the labels of its tokens, without the marks around it:

    word      "don't,"                      desert.
    tokens    do      n't     ,             desert  .
    label     VBP|AUX|aux+RB|PART|neg       NN|NOUN|pobj

A pipeline without a tagger has no tags. Its morphological features stand in for them, so that classes are as fine:
"arbre" is ``Gender=Masc,Number=Sing|NOUN|obj``, and ``_`` stands for no features.

The parser was trained on straight apostrophes: it reads didn’t as it reads didn't. The words keep their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from brainforecast.errors import BadInput, first_line
from brainforecast.files import PACKAGE_PREFIX, checked
from brainforecast.language.pipelines import check_pipeline, read_pipeline
from brainforecast.syntax.elision import Elision
from brainforecast.syntax.labels import JOIN, PART
from brainforecast.syntax.parser_weights import check_parser_weights
from brainforecast.writing.languages import find_language
from brainforecast.writing.orthography import OPENING_ALONE, n_letters, space_between, with_straight_apostrophes

UNUSED = ("lemmatizer", "trainable_lemmatizer", "ner", "entity_linker", "senter", "textcat", "textcat_multilabel")
BATCH_SIZE = 256  # passages
NO_FEATURES, ANY_VOWEL = "_", "a"
SEPARATORS = str.maketrans({JOIN: "&", PART: ","})  # as tags and lists of features may contain them


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


def load_parser(name: str, language: str | None = None) -> Language:
    """Load a spaCy pipeline, without the components that labels and trees do not need.

    Parameters
    ----------
    language : BCP 47, of the words; None where it does not matter.

    Raises
    ------
    BadInput : no such package; a placeholder; no parts of speech or no trees; the pipeline of another language; files
        that are not those of the pinned version.
    """
    read_pipeline(f"parser {name}", name)
    if not Path(name).is_dir():
        checked(f"{PACKAGE_PREFIX}{name}/")
    with _reading(name):
        nlp = spacy.load(name)
    check_pipeline(f"parser {name}", nlp.meta | {"pipeline": nlp.pipe_names}, language or nlp.lang)
    for pipe in list(nlp.pipe_names):
        if nlp.get_pipe_meta(pipe).factory in UNUSED:
            nlp.disable_pipe(pipe)
    with _reading(name):
        check_parser_weights(name, nlp)
    _check_annotations(name, nlp)
    return nlp


def split_words(words: Iterable[str], nlp: Language, language: str = "en") -> list[Word]:
    """Split each word into the parser's tokens; the core is from the first token with a letter or digit to the last.

    An elided word by itself, as "l'" is in some alignments, is the token that it is with the next word.
    """
    words, elision = list(words), Elision(find_language(language).elided)
    split = {word: _split(word, nlp, elision) for word in dict.fromkeys(words)}
    return [split[word] for word in words]


def parse_words(
    passages: Iterable[Sequence[Word]], nlp: Language, starts: Sequence[bool] | None = None, language: str = "en"
) -> Iterator[Parse]:
    """Parse passages, in order.

    Parameters
    ----------
    starts : (n_words,) for a single passage, whether each word starts a sentence; the parser decides if None.
    language : BCP 47; decides the spaces between the words.
    """
    docs = (_doc(words, nlp, starts, language) for words in passages)
    tagged = _has_tagger(nlp)
    for doc in nlp.pipe(docs, batch_size=BATCH_SIZE):
        yield _read(doc, tagged=tagged)


def _split(word: str, nlp: Language, elision: Elision) -> Word:
    # a curly apostrophe is as long as a straight one, so that tokens are cut from the word as it stands
    straight = with_straight_apostrophes(word)
    elided = elision.is_elided(straight.lstrip(OPENING_ALONE))
    split = [token for token in nlp.tokenizer(straight + ANY_VOWEL * elided) if not token.is_space]
    if elided and split[-1].text == ANY_VOWEL:
        split = split[:-1]
    elif elided:
        split = [token for token in nlp.tokenizer(straight) if not token.is_space]
    tokens = tuple(word[token.idx : token.idx + len(token)] for token in split) or (word,)
    lettered = [i for i, token in enumerate(tokens) if n_letters(token)]
    first, last = (lettered[0], lettered[-1] + 1) if lettered else (len(tokens), len(tokens))
    return Word(tokens[:first], tokens[first:last], tokens[last:])


def _has_tagger(nlp: Language) -> bool:
    """Whether a component gives tags; without one, spaCy repeats the part of speech as the tag."""
    return any("token.tag" in nlp.get_pipe_meta(pipe).assigns for pipe in nlp.pipe_names)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Report in one line what keeps spaCy, or a package that it imports, from reading a pipeline."""
    try:
        yield
    except BadInput:
        raise
    except Exception as error:  # spaCy raises many types, all of them about the pipeline
        expected = "a spaCy pipeline that loads in this environment"
        raise BadInput(f"parser {name}", first_line(error), expected) from error


def _check_annotations(name: str, nlp: Language) -> None:
    """Check on two words what the pipeline gives: components have any name, and a parser may leave words unlabelled."""
    with _reading(name):
        (doc,) = nlp.pipe([Doc(nlp.vocab, words=["1", "2"])])
    needed = {"POS": "parts of speech", "DEP": "dependencies"}
    missing = [what for key, what in needed.items() if not doc.has_annotation(key)]
    if missing:
        found = f"no {' and no '.join(missing)} from its components {', '.join(nlp.pipe_names) or 'none'}"
        raise BadInput(f"parser {name}", found, "a spaCy pipeline that tags and parses")


def _doc(words: Sequence[Word], nlp: Language, starts: Sequence[bool] | None, language: str) -> Doc:
    tokens = [token for word in words for token in word.tokens]
    sentence_starts = None
    if starts is not None:
        sentence_starts = [
            bool(start) and i == 0 for word, start in zip(words, starts, strict=True) for i in range(len(word.tokens))
        ]
    straight = [with_straight_apostrophes(token) for token in tokens]
    doc = Doc(nlp.vocab, words=straight, spaces=_spaces(words, language), sent_starts=sentence_starts)
    doc.user_data["core"] = [
        i if a <= j < b else -1
        for i, word in enumerate(words)
        for a, b in [(len(word.before), len(word.before) + len(word.core))]
        for j in range(len(word.tokens))
    ]
    doc.user_data["word"] = [i for i, word in enumerate(words) for _ in word.tokens]
    return doc


def _spaces(words: Sequence[Word], language: str) -> list[bool]:
    """Whether a space follows each token: inside a word none does."""
    spaces: list[bool] = []
    for word, after in zip_longest(words, words[1:]):
        inside = [False] * (len(word.tokens) - 1)
        spaces += [*inside, bool(after and space_between(word.text, after.text, language))]
    return spaces


def _read(doc: Doc, *, tagged: bool) -> Parse:
    word, core = np.array(doc.user_data["word"]), doc.user_data["core"]
    labels: list[list[str]] = [[] for _ in range(word[-1] + 1)]
    for token, owner in zip(doc, core, strict=True):
        if owner >= 0:
            tag = token.tag_ if tagged else str(token.morph)
            labels[owner].append(PART.join((tag.translate(SEPARATORS) or NO_FEATURES, token.pos_, token.dep_)))
    starts = np.zeros(len(labels), np.int64)
    starts[word[[i for i, token in enumerate(doc) if token.is_sent_start and i > 0]]] = 1
    return Parse([JOIN.join(label) for label in labels], np.array([t.head.i for t in doc]), word, starts.cumsum())
