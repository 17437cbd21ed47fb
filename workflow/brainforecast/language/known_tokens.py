"""How much of a story a tokenizer knows."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from brainforecast.errors import BadInput
from brainforecast.language.tokens import REPLACEMENT, Tokens, checked_tokens
from brainforecast.language.word_pieces import NO_WORD, WordPieces, tokenize_words

logger = logging.getLogger("brainforecast")

MOST_UNKNOWN = 0.1  # share of a story's tokens: tokenizers of its language know nearly all, or all
N_LISTED = 20


@dataclass(frozen=True)
class KnownTokens:
    """The tokens of a story, and those its tokenizer does not know.

    n_tokens : number of tokens; n_unknown : of the unknown token; n_incomplete : words with a letter in no token;
    share : of the tokens; unknown : the first words with an unknown token or such a letter
    """

    n_tokens: int
    n_unknown: int
    n_incomplete: int
    share: float
    unknown: list[str]


def count_known(words: Sequence[str], tokenizer, language: str = "en") -> KnownTokens:
    """Count the tokens of a story and the unknown ones among them."""
    return _count(words, tokenize_words(list(words), tokenizer, language), tokenizer)


def read_known_tokens(
    words: Sequence[str], tokenizer, model, *, language: str = "en", most_unknown: float = MOST_UNKNOWN
) -> Tokens:
    """Tokenize a story as `tokens.read_tokens`, and log how many of its tokens the tokenizer does not know.

    Every unknown token has the same vector, so that a story of them has no content.

    Raises
    ------
    BadInput : a token that is not in the model's vocabulary; more than `most_unknown` of the tokens unknown, or of the
        words with a letter that the tokenizer drops.
    """
    words = list(words)
    pieces = tokenize_words(words, tokenizer, language) if words else WordPieces([], [], [])
    name = f"the tokenizer of {model.name_or_path}"
    if words:
        known = _count(words, pieces, tokenizer)
        _log(known, name)
        _check(known, len(words), name, most_unknown)
    tokens = checked_tokens(words, pieces)
    vocabulary = model.get_input_embeddings().num_embeddings
    if tokens.ids.max() >= vocabulary:
        expected = f"a tokenizer of the model's {vocabulary} tokens"
        raise BadInput(model.name_or_path, f"token {tokens.ids.max()}", expected)
    return tokens


def as_metadata(known: KnownTokens) -> dict:
    """For the metadata of a file of activations."""
    return asdict(known)


def _count(words: Sequence[str], pieces: WordPieces, tokenizer) -> KnownTokens:
    ids, word = np.array(pieces.ids, dtype=np.int64), np.array(pieces.word, dtype=np.int64)
    garbled = [i for i, one in enumerate(words) if REPLACEMENT in one]
    is_unknown = np.isin(ids, _unknown_entries(ids, tokenizer)) | np.isin(word, garbled)
    rows = sorted({*word[is_unknown & (word != NO_WORD)].tolist(), *pieces.incomplete})
    spelled = list(dict.fromkeys(words[i] for i in rows))[:N_LISTED]
    n = int(is_unknown.sum())
    return KnownTokens(ids.size, n, len(pieces.incomplete), n / max(ids.size, 1), spelled)


def _unknown_entries(ids: np.ndarray, tokenizer) -> list[int]:
    """The entries among these that stand for text that is not in the vocabulary.

    Those of the unknown token, by name (a vocabulary may list it twice), and all special tokens: where none is declared
    the algorithm may use the one of padding, or of an end.
    """
    names = set(tokenizer.all_special_tokens)
    algorithm = tokenizer.backend_tokenizer.model if tokenizer.is_fast else None
    names |= {getattr(algorithm, "unk_token", None)} - {None}
    entries = np.unique(ids).tolist()
    return [one for one, name in zip(entries, tokenizer.convert_ids_to_tokens(entries), strict=True) if name in names]


def _log(known: KnownTokens, name: str) -> None:
    spelled = " ".join(known.unknown) or "none"
    logger.info("%d of %d tokens are unknown to %s: %s", known.n_unknown, known.n_tokens, name, spelled)
    if known.n_incomplete:
        logger.info("%d words have letters that %s drops", known.n_incomplete, name)


def _check(known: KnownTokens, n_words: int, name: str, most_unknown: float) -> None:
    expected = f"at most {most_unknown:.0%}: a complete tokenizer, of the story's language"
    if known.share > most_unknown:
        found = f"{known.share:.0%} of the story's tokens unknown, {known.unknown[0]} the first"
        raise BadInput(name, found, expected)
    if known.n_incomplete > most_unknown * n_words:
        share = known.n_incomplete / n_words
        raise BadInput(name, f"{share:.0%} of the story's words with a letter that it drops", expected)
