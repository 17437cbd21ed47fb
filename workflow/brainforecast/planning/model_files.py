"""How many layers a language model has, and whether its files are here, without loading it.

What is not known here (a model of the hub that is not in its cache) is found by the job that loads it.
"""

import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from brainforecast.cells import is_word_vectors, span
from brainforecast.errors import BadInput, nearest
from brainforecast.files import PACKAGE_PREFIX, resolve

# names of the number of layers in a model's settings; `transformers` maps all of them to the first
LAYER_KEYS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
TEXT_SETTINGS = ("text_config", "llm_config", "language_config", "decoder")  # of a model of several kinds of input
TOKENIZER_FILES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "sentencepiece.bpe.model",
                   "spiece.model", "tekken.json")  # fmt: skip
SPEECH_TYPES = frozenset([  # of models that read audio
    "whisper", "wav2vec2", "hubert", "wavlm", "data2vec-audio", "unispeech", "unispeech-sat", "sew", "sew-d",
    "wav2vec2-conformer", "wav2vec2-bert", "seamless_m4t", "seamless_m4t_v2", "speech_to_text", "mctct", "speecht5",
    "moonshine", "parakeet_encoder", "parakeet_ctc", "granite_speech",
])  # fmt: skip
GGUF_SIZES = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}  # struct's letter of each type
GGUF_TEXT, GGUF_LIST = 8, 9
LONGEST_LIST = 1000  # values: a vocabulary is longer


def count_layers(source: str, *, on_hub: bool) -> int | None:
    """Number of layers of a model, without the embedding; None where it is not known here.

    Parameters
    ----------
    source : config `models.<name>.source`, no word vectors.
    on_hub : whether it is a name of the hub, which is looked up in the hub's cache.
    """
    if on_hub:
        settings = _cached_settings(source)
        return _layers_of(settings) if settings else None
    path = resolve(source)
    if path.suffix == ".gguf":
        return _layers_of_gguf(path)
    return _layers_of(path / "config.json")


def modality_of(source: str, *, on_hub: bool) -> str | None:
    """What a model reads, ``text`` or ``speech``, by its settings; None where they are not known here.

    Parameters
    ----------
    source, on_hub : as in `count_layers`.
    """
    path = _cached_settings(source) if on_hub else resolve(source) / "config.json"
    try:
        kind = json.loads(path.read_text(encoding="utf-8")).get("model_type") if path else None
    except (OSError, ValueError, AttributeError):
        return None
    return kind and ("speech" if kind in SPEECH_TYPES else "text")


def check_analysed_layers(config: Mapping) -> None:
    """Check the layers of analyses where their models are here, before what is shown of them is looked for.

    Parameters
    ----------
    config : checked, but for its `maps`.

    Raises
    ------
    BadInput : a layer beyond the last one of its model.
    """
    models = config["models"]
    for name, analysis in config["analyses"].items():
        for model in (model for model in analysis["models"] if model in models):
            source, joined = models[model]["source"], models[model]["side_by_side"]
            if not joined and not is_word_vectors(models[model]) and resolve(source).exists():
                n_layers = count_layers(source, on_hub=False)
                require_layers(f"config key analyses.{name}.layers", model, span(analysis["layers"]), n_layers)


def require_layers(where: str, model: str, layers: Iterable[int], n_layers: int | None) -> None:
    """Raise where a model of this number of layers, None if that is not known, lacks one."""
    for layer in layers if n_layers is not None else ():
        if layer > n_layers:
            expected = f"0 (the embedding) to {n_layers}, the layers of {model}; nearest is {n_layers}"
            raise BadInput(where, layer, expected)


def check_source(where: str, source: str) -> None:
    """Check that a model that is no name of the hub has its files: weights are opened by the job that loads them.

    Parameters
    ----------
    where : the config key.

    Raises
    ------
    BadInput : no such file or folder, with the nearest that is there; a folder without settings or tokenizer.
    """
    path = resolve(source)
    if not path.exists():
        raise BadInput(where, f"no file or folder {path}", f"a model on disk, or a hub name{near_in_folder(path)}")
    if source.startswith(PACKAGE_PREFIX) or not path.is_dir():
        return
    names = set(os.listdir(path))
    if "config.json" not in names:
        raise BadInput(where, f"{path} without config.json", "a folder that transformers' save_pretrained wrote")
    if not names & set(TOKENIZER_FILES):
        expected = f"the tokenizer beside the model, such as {TOKENIZER_FILES[0]}: tokenizer.save_pretrained(folder)"
        raise BadInput(where, f"{path} without a tokenizer", expected)


def near_in_folder(path: str | Path) -> str:
    """The name nearest to a missing file among those of its folder, as the end of a sentence."""
    path = Path(path)
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = os.listdir(path.parent)
    return f"; nearest in {path.parent} is {nearest(path.name, names)}" if names else f"; {path.parent} is empty"


def _layers_of(path: Path) -> int | None:
    """From a model's settings, of its part for text where it has several; None if they do not say."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    parts = [settings, *(settings.get(name) for name in TEXT_SETTINGS)] if isinstance(settings, Mapping) else []
    found = [part.get(key) for part in parts if isinstance(part, Mapping) for key in LAYER_KEYS]
    return next((number for number in found if isinstance(number, int)), None)


def _cached_settings(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache  # here, as a plan of local models needs no hub

    found = try_to_load_from_cache(name, "config.json")
    return Path(found) if isinstance(found, str) else None


def _layers_of_gguf(path: Path) -> int | None:
    """From the head of a GGUF file; the package that reads them takes seconds, as it reads the vocabulary too."""
    try:
        with open(path, "rb") as file:
            return next((value for key, value in _gguf_settings(file) if key.endswith(".block_count")), None)
    except (OSError, struct.error, UnicodeDecodeError):
        return None


def _gguf_settings(file: BinaryIO) -> Iterator[tuple[str, object]]:
    """Keys and values up to the vocabulary, the first long list; nothing of another file.

    The head of GGUF: "GGUF", version, number of tensors, number of settings; each is its key, type and value.
    """
    magic, version, _, n_settings = struct.unpack("<4sIQQ", file.read(24))
    for _ in range(n_settings if magic == b"GGUF" and version >= 2 else 0):
        key = _gguf_text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        kind, n = struct.unpack("<IQ", file.read(12)) if kind == GGUF_LIST else (kind, 1)
        if n > LONGEST_LIST or (kind != GGUF_TEXT and kind not in GGUF_SIZES):
            return
        values = [_gguf_value(file, kind) for _ in range(n)]
        yield key, values[0] if n == 1 else values


def _gguf_value(file: BinaryIO, kind: int) -> object:
    if kind == GGUF_TEXT:
        return _gguf_text(file)
    letter = f"<{GGUF_SIZES[kind]}"
    return struct.unpack(letter, file.read(struct.calcsize(letter)))[0]


def _gguf_text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    return file.read(length).decode()
