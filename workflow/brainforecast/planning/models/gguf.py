"""The head of a GGUF file: the settings of its model, up to the vocabulary, without the package that reads them all."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from brainforecast.pretrained.size_limits import check_sizes

SIZES = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}  # struct's letter of each type
TEXT, LIST = 8, 9
LONGEST_LIST = 1000  # values: a vocabulary is longer
LONGEST_TEXT = 10_000_000  # bytes, of a license or a template of a chat
KEYS = {  # the end of GGUF's key: the key of config.json
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "context_length": "max_position_embeddings",
    "vocab_size": "vocab_size",
}


def read_gguf_settings(path: str | Path) -> dict[str, object]:
    """The settings of a GGUF file by the keys of config.json; empty for a file that is none, or broken.

    Raises
    ------
    BadInput : sizes that no model has.

    Notes
    -----
    Reading it with the package of this format takes seconds, as that reads the vocabulary too.
    """
    try:
        with open(path, "rb") as file:
            found = dict(_settings(file))
    except (OSError, struct.error, UnicodeDecodeError):
        return {}
    kind = found.get("general.architecture")
    settings = {name: found[f"{kind}.{key}"] for key, name in KEYS.items() if f"{kind}.{key}" in found}
    check_sizes(Path(path), settings)
    return settings | ({"model_type": kind} if kind else {})


def _settings(file: BinaryIO) -> Iterator[tuple[str, object]]:
    """Keys and values up to the vocabulary, the first long list; nothing of another file.

    The head of GGUF: "GGUF", version, number of tensors, number of settings; each is its key, type and value.
    """
    magic, version, _, n_settings = struct.unpack("<4sIQQ", file.read(24))
    for _ in range(n_settings if magic == b"GGUF" and version >= 2 else 0):
        key = _text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        kind, n = struct.unpack("<IQ", file.read(12)) if kind == LIST else (kind, 1)
        if n > LONGEST_LIST or (kind != TEXT and kind not in SIZES):
            return
        values = [_value(file, kind) for _ in range(n)]
        yield key, values[0] if n == 1 else values


def _value(file: BinaryIO, kind: int) -> object:
    if kind == TEXT:
        return _text(file)
    letter = f"<{SIZES[kind]}"
    return struct.unpack(letter, file.read(struct.calcsize(letter)))[0]


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > LONGEST_TEXT:
        raise struct.error("a text that no setting is")
    return file.read(length).decode()
