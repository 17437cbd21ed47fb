"""The tokenizer of a model: loaded from whatever files it has, never empty, and of the model it stands beside."""

import base64
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import TikTokenConverter
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from brainforecast.errors import BadInput, first_line
from brainforecast.pretrained.checkpoint_files import check_vocabulary, read_settings
from brainforecast.pretrained.size_limits import check_entries

logger = logging.getLogger("brainforecast")

# transformers reads vocabularies of tiktoken with its library, which keeps them by path in /tmp: it would give another
# file's, of another user's, once the one at this path changes
os.environ["TIKTOKEN_CACHE_DIR"] = ""
TRIED = ("a", "Once upon a time, the pilot's 3 maps.", "Être 人人 \U0001f9e0 \x07")
RANKED = "lines of a piece of bytes in base64 and its rank"
FEWEST_ENTRIES = 16  # of a vocabulary, without special tokens: transformers makes up to one where it finds no file
MOST_ROWS = 1.1  # of the embedding, per entry: vocabularies are padded to a round number, which adds less
PAIR = ("vocab.json", "merges.txt")  # of byte pair encoding: pieces, and in which order they are merged
FRAMING = ("bos", "eos", "sep", "cls")
SPECIAL_TOKENS = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")
OWN_KINDS = ("TokenizersBackend", "PreTrainedTokenizerFast", "PythonBackend", "SentencePieceBackend")  # of any model


def read_tokenizer(source: str, folder: str | Path, revision: str | None = None) -> PreTrainedTokenizerBase:
    """Load a tokenizer and check that it has entries.

    Parameters
    ----------
    source : what transformers loads, a folder or a name of the hub; folder : of its files; revision : of the hub.

    Raises
    ------
    BadInput : no tokenizer, an empty or a damaged one, one that needs code of its own.
    """
    folder = Path(folder)
    check_vocabulary(folder)
    ranks = _tiktoken_files(folder)
    try:
        with _panics_as_errors():
            tokenizer = AutoTokenizer.from_pretrained(
                source, local_files_only=True, trust_remote_code=False, revision=revision
            )
    except Exception as error:  # transformers raises many types, all of them about the files
        _require_both(folder, error)
        if not ranks:
            raise BadInput(f"tokenizer of {source}", _reason(error), "one that transformers loads") from error
        tokenizer = None
    if ranks and (tokenizer is None or n_entries(tokenizer) < FEWEST_ENTRIES):
        tokenizer = _from_tiktoken(ranks[0])
    _try(tokenizer, folder)
    if n_entries(tokenizer) < FEWEST_ENTRIES:
        found = f"a tokenizer with {n_entries(tokenizer)} entries ({type(tokenizer).__name__})"
        raise BadInput(folder, found, "the model's own tokenizer beside it: tokenizer.save_pretrained(folder)")
    return tokenizer


def _try(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Tokenize a few texts: some vocabularies are found to lack what they need only then."""
    try:
        with _panics_as_errors():
            for text in TRIED:
                tokenizer.decode(tokenizer(text)["input_ids"])
    except Exception as error:  # each kind raises its own
        found = f"a tokenizer that does not tokenize a text ({first_line(error)})"
        expected = "the model's own tokenizer, complete: tokenizer.save_pretrained(folder)"
        raise BadInput(folder, found, expected) from error


@contextmanager
def _panics_as_errors() -> Iterator[None]:
    """Raise an Exception where a library in Rust breaks off: it raises what `except Exception` does not catch."""
    try:
        yield
    except BaseException as error:
        if type(error).__module__ == "pyo3_runtime":
            raise RuntimeError(str(error)) from error
        raise


def n_entries(tokenizer: PreTrainedTokenizerBase) -> int:
    """Number of a vocabulary's entries, without special and added ones."""
    try:
        entries = set(tokenizer.get_vocab())
    except (NotImplementedError, AttributeError):
        return len(tokenizer)
    return len(entries - set(tokenizer.get_added_vocab()) - set(tokenizer.all_special_tokens))


def check_fit(tokenizer: PreTrainedTokenizerBase, config: PreTrainedConfig, n_rows: int, source: str) -> None:
    """Check that a tokenizer is the one of a model, as far as their sizes and special tokens show it.

    Parameters
    ----------
    config : transformers' settings of the model; n_rows : of its embedding; source : the model, for messages.

    Raises
    ------
    BadInput : a vocabulary larger than the embedding; a special token of the model that the vocabulary does not have.

    Notes
    -----
    What may be meant is logged: a vocabulary that is much smaller, or of a kind that other models have; special tokens
    of the model that are ordinary entries.
    """
    where, n_tokens = f"tokenizer of {source}", len(tokenizer)
    added = set(tokenizer.get_added_vocab().values())
    used = {tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id} - {None}
    beyond = [token for token in _ids(tokenizer) if token >= n_rows and (token not in added or token in used)]
    absent = [(key, token) for key, token in _special_tokens(config) if n_tokens <= token < n_rows]
    found = None
    if beyond:
        found = f"{n_tokens} entries for a model with an embedding of {n_rows}, one with the number {max(beyond)}"
    elif absent:
        found = f"{n_tokens} entries, and {absent[0][0]} {absent[0][1]} in config.json"
    if found:
        raise BadInput(where, found, "the tokenizer that the model was trained with")
    for doubt in _doubts(tokenizer, config, n_rows):
        logger.info("%s: %s: is it the model's own?", where, doubt)


def _ids(tokenizer: PreTrainedTokenizerBase) -> Iterable[int]:
    """The numbers of all entries."""
    try:
        return tokenizer.get_vocab().values()
    except (NotImplementedError, AttributeError):
        return range(len(tokenizer))


def _require_both(folder: Path, error: Exception) -> None:
    """Raise if a tokenizer that does not load has one file of a pair."""
    names = [name for name in PAIR if (folder / name).exists()]
    if len(names) == 1 and not (folder / "tokenizer.json").exists():
        missing = next(name for name in PAIR if name not in names)
        raise BadInput(folder, f"{names[0]} without {missing}", "both, or tokenizer.json") from error


def _doubts(tokenizer: PreTrainedTokenizerBase, config: PreTrainedConfig, n_rows: int) -> Iterator[str]:
    n_tokens, special = len(tokenizer), {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
    if n_tokens > n_rows:
        yield f"{n_tokens - n_rows} added entries lie beyond the embedding of {n_rows}"
    if n_rows > MOST_ROWS * n_tokens:
        yield f"{n_tokens} entries for an embedding of {n_rows}"
    ordinary = [(key, token) for key, token in _special_tokens(config) if token < n_tokens and token not in special]
    for key, token in ordinary[:1]:
        yield f"{key} {token} of config.json is its ordinary entry {tokenizer.convert_ids_to_tokens(token)!r}"
    if kind := _kind_of_another_model(tokenizer, config):
        yield f"a {kind}, which models of type {config.model_type} do not have"


def _kind_of_another_model(tokenizer: PreTrainedTokenizerBase, config) -> str | None:
    """The tokenizer's class, if transformers pairs models of this type with another one."""
    kind = type(tokenizer).__name__.removesuffix("Fast")
    paired = TOKENIZER_MAPPING_NAMES.get(config.model_type)
    if not paired or kind in OWN_KINDS or paired.removesuffix("Fast") in (kind, *OWN_KINDS):
        return None
    return kind


def _special_tokens(config) -> Iterator[tuple[str, int]]:
    """The ids of the tokens that open and close a text, as a model's settings have them, by key."""
    for key in (f"{name}_token_id" for name in FRAMING):
        value = getattr(config, key, None)
        for token in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(token, int) and token >= 0:  # -1 is none
                yield key, token


def _tiktoken_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.tiktoken"), *folder.glob("tiktoken.model")])


def _from_tiktoken(path: Path) -> PreTrainedTokenizerBase:
    """A tokenizer of ranked pieces of bytes, with the special tokens of the tokenizer_config.json beside it."""
    settings = read_settings(path.parent, "tokenizer_config.json")
    special = _added_tokens(path.parent, settings)
    check_entries(path, _read_ranks(path))
    named = {f"{name}_token": _content(settings.get(f"{name}_token")) for name in SPECIAL_TOKENS}
    try:
        with _panics_as_errors():
            backend = TikTokenConverter(vocab_file=str(path)).converted()
            backend.add_special_tokens([special[token] for token in sorted(special)])
            tokenizer = PreTrainedTokenizerFast(
                tokenizer_object=backend,
                name_or_path=str(path.parent),
                **{key: text for key, text in named.items() if text},
            )
    except Exception as error:  # the file is not what its name says
        raise BadInput(path, _reason(error), RANKED) from error
    wrong = [name for token, name in special.items() if backend.token_to_id(name) != token]
    if wrong:
        found = f"the token {wrong[0]} at {backend.token_to_id(wrong[0])}"
        raise BadInput(path, found, "its id in tokenizer_config.json: ids without a gap")
    return tokenizer


def _read_ranks(path: Path) -> dict[str, int]:
    """Pieces of bytes, in base64, and the rank of each."""
    try:
        lines = [line.split(" ") for line in path.read_text(encoding="ascii").splitlines() if line]
        ranks = {piece: int(rank) for piece, rank in lines if base64.b64decode(piece, validate=True)}
    except ValueError as error:
        raise BadInput(path, f"other lines ({error})", RANKED) from error
    if len(set(ranks.values())) < len(lines):
        raise BadInput(path, "an empty piece, or a piece or a rank twice", RANKED)
    return ranks


def _added_tokens(folder: Path, settings: Mapping) -> dict[int, str]:
    """Texts of the tokens that are added to a vocabulary, by id."""
    added = settings.get("added_tokens_decoder", {})
    tokens = {key: _content(entry) for key, entry in added.items()} if isinstance(added, Mapping) else {None: None}
    for key, text in tokens.items():
        if not text or not str(key).isdecimal():
            expected = 'an id and its text, {"100257": {"content": "<|endoftext|>"}}'
            raise BadInput(folder / "tokenizer_config.json", "added_tokens_decoder without texts by id", expected)
    return {int(key): text for key, text in tokens.items()}


def _content(token: object) -> str | None:
    text = token.get("content") if isinstance(token, Mapping) else token
    return text if isinstance(text, str) else None


def _reason(error: Exception) -> str:
    needs_code = "trust_remote_code" in str(error)
    return "a tokenizer that needs code of its own, which is never run" if needs_code else first_line(error)
