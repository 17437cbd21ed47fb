"""The tokenizer of a model: loaded from whatever files it has, never empty, and of the model it stands beside."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedTokenizerBase, PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import TikTokenConverter
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from brainforecast.errors import BadInput, first_line
from brainforecast.pretrained.checkpoint_files import check_vocabulary, read_settings

logger = logging.getLogger("brainforecast")

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
    if n_entries(tokenizer) < FEWEST_ENTRIES:
        found = f"a tokenizer with {n_entries(tokenizer)} entries ({type(tokenizer).__name__})"
        raise BadInput(folder, found, "the model's own tokenizer beside it: tokenizer.save_pretrained(folder)")
    return tokenizer


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
    beyond = [token for token in range(n_rows, n_tokens) if token not in added or token in used]
    absent = [(key, token) for key, token in _special_tokens(config) if n_tokens <= token < n_rows]
    found = None
    if beyond:
        found = f"{n_tokens} entries for a model with an embedding of {n_rows}"
    elif absent:
        found = f"{n_tokens} entries, and {absent[0][0]} {absent[0][1]} in config.json"
    if found:
        raise BadInput(where, found, "the tokenizer that the model was trained with")
    for doubt in _doubts(tokenizer, config, n_rows):
        logger.info("%s: %s: is it the model's own?", where, doubt)


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
            if isinstance(token, int):
                yield key, token


def _tiktoken_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.tiktoken"), *folder.glob("tiktoken.model")])


def _from_tiktoken(path: Path) -> PreTrainedTokenizerBase:
    """A tokenizer of ranked pieces of bytes, with the special tokens of the tokenizer_config.json beside it."""
    settings = read_settings(path.parent, "tokenizer_config.json")
    special = {int(token): entry["content"] for token, entry in settings.get("added_tokens_decoder", {}).items()}
    try:
        backend = TikTokenConverter(vocab_file=str(path)).converted()
    except Exception as error:  # the file is not what its name says
        raise BadInput(path, _reason(error), "lines of a piece in base64 and its rank") from error
    backend.add_special_tokens([special[token] for token in sorted(special)])
    wrong = [name for token, name in special.items() if backend.token_to_id(name) != token]
    if wrong:
        found = f"the token {wrong[0]} at {backend.token_to_id(wrong[0])}"
        raise BadInput(path, found, "its id in tokenizer_config.json: ids without a gap")
    named = {f"{name}_token": _content(settings.get(f"{name}_token")) for name in SPECIAL_TOKENS}
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, name_or_path=str(path.parent), **{key: text for key, text in named.items() if text}
    )


def _content(token: object) -> str | None:
    return token.get("content") if isinstance(token, Mapping) else token


def _reason(error: Exception) -> str:
    needs_code = "trust_remote_code" in str(error)
    return "a tokenizer that needs code of its own, which is never run" if needs_code else first_line(error)
