"""The files of a model on disk, checked before any is loaded: present, complete, and of a kind that transformers reads.

Standard library only: a job that downloads a model, or plans one, loads no weights and no tensor library.
"""

import fnmatch
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from brainforecast.dataset.array_headers import read_safetensors_header
from brainforecast.errors import BadInput
from brainforecast.pretrained.size_limits import check_depth, check_entries, check_sizes

SETTINGS = "config.json"
ADAPTER = "adapter_config.json"
INPUT_SETTINGS = ("preprocessor_config.json", "processor_config.json")  # of models that read sound or images
INDEX_END = ".index.json"
# in transformers' order: it loads the first that is there
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
OTHER_WEIGHTS = ("*.safetensors", "*.bin", "*.h5", "*.msgpack", "*.gguf", "*.pth", "*.pt", "*.onnx", "*.ckpt")
MERGES = "merges.txt"  # of byte pair encoding; a vocabulary of single bytes has none
# files that hold a tokenizer's entries, of any family
VOCABULARIES = (
    "tokenizer.json", "vocab*.json", "vocab*.txt", "*.model", "*.spm", "*.tiktoken", "tekken.json", "*.bpe.codes",
    "bpe.codes", "vocab.bpe", MERGES, "encoder.json", "dict.txt", "*.tokenizer", "*.vocab",
)  # fmt: skip
SMALL_FILES = ("*.json", "*.txt", "*.jinja", *VOCABULARIES)  # settings and tokenizer of a model of the hub
READS_BYTES = ("byt5", "canine", "perceiver")  # whose tokenizers need no file
POINTER = b"version https://git-lfs.github.com/spec/v1"
LARGEST_JSON = 200_000_000  # bytes; the largest vocabularies have 50 MB
PICKLE = b"\x80"  # how files of torch.save before version 1.6 start; later ones are zip files
POINTER_HELP = "the file itself, which `git lfs pull` fetches"


def check_checkpoint(folder: str | Path, *, weights: bool = True, pickled: bool = False) -> None:
    """Check that a model's folder has settings and complete weights; nothing is loaded.

    Parameters
    ----------
    folder : of a model, as transformers' ``save_pretrained`` writes it.
    weights : whether it needs weights; pickled : whether they may be PyTorch's own files, which are pickles.

    Raises
    ------
    BadInput : a LoRA adapter, no settings or no weights, a Git LFS pointer in place of a file, a truncated file, a
        file that an index lists and that is not there; pickles that are not allowed.
    """
    folder = Path(folder)
    names = sorted(os.listdir(folder))
    if ADAPTER in names:
        expected = "the merged model: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(...)"
        raise BadInput(folder / ADAPTER, f"a LoRA adapter of {_base_of(folder / ADAPTER)}", expected)
    if SETTINGS not in names:
        raise BadInput(folder, f"no {SETTINGS}", "a folder that transformers' save_pretrained wrote")
    for name in _matching(names, SMALL_FILES):
        _refuse_pointer(folder / name)
    read_settings(folder)
    if weights:
        for name in weight_files(folder):
            if not pickled:
                refuse_pickle(folder, name)
            check_weights(folder / name)
        check_layers(folder)


def check_layers(folder: str | Path) -> None:
    """Check that the weights in a folder are enough for the layers that its settings have, where they are safetensors.

    Raises
    ------
    BadInput : far more layers than there are arrays of weights.
    """
    folder = Path(folder)
    paths = [folder / name for name in weight_files(folder)]
    if all(path.suffix == ".safetensors" for path in paths):
        n_weights = sum(len(read_safetensors_header(path)[0].arrays) for path in paths)
        check_depth(folder / SETTINGS, read_settings(folder), n_weights)


def read_json(path: Path) -> object:
    """Read one of a model's files of JSON.

    Raises
    ------
    BadInput : no JSON, or a file that is too large.
    """
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise BadInput(path, f"{path.stat().st_size:,} bytes", f"at most {LARGEST_JSON:,}")
        return json.loads(path.read_text(encoding="utf-8"))
    except BadInput:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(path, f"no JSON ({error})", "a complete JSON file") from error


def read_settings(folder: str | Path, name: str = SETTINGS) -> dict:
    """Read a model's config.json, or another of its files of settings; empty if there is none.

    Raises
    ------
    BadInput : no JSON with keys, or one that is too large; in config.json, sizes that no model has.
    """
    path = Path(folder) / name
    if not path.exists():
        return {}
    _refuse_pointer(path)
    settings = read_json(path)
    if not isinstance(settings, Mapping):
        raise BadInput(path, f"a {type(settings).__name__}, which has no keys", "the settings of a model, a mapping")
    if name == SETTINGS:
        check_sizes(path, settings)
    return dict(settings)


def weight_files(folder: str | Path) -> list[str]:
    """Names of the files that transformers reads a model's weights from.

    Raises
    ------
    BadInput : there are none; an index that lists none, or one that is not there.
    """
    folder = Path(folder)
    names = os.listdir(folder)
    chosen = choose_weights(names)
    if chosen is None:
        found = ", ".join(other_weights(names)[:3])
        expected = f"{WEIGHTS[0]}, as transformers' save_pretrained writes it, or one of {', '.join(WEIGHTS[1:])}"
        raise BadInput(folder, f"no weights but {found}" if found else "no weights", expected)
    if not chosen.endswith(INDEX_END):
        return [chosen]
    shards = shards_of(folder / chosen)
    absent = [shard for shard in shards if not (folder / shard).exists()]
    if absent:
        expected = f"all {len(shards)} files that {chosen} lists"
        raise BadInput(folder / absent[0], f"no such file ({len(absent)} of {len(shards)} absent)", expected)
    return shards


def choose_weights(names: Iterable[str]) -> str | None:
    """The weights, or the index of their files, that transformers loads from a folder with these files."""
    names = set(names)
    return next((name for name in WEIGHTS if name in names), None)


def refuse_pickle(where: object, name: str) -> None:
    """Raise BadInput for weights of torch.save: pickles, which can hold code, where safetensors holds numbers alone."""
    if not name.removesuffix(INDEX_END).endswith(".safetensors"):
        expected = f"{WEIGHTS[0]} (model.save_pretrained(folder) writes it), or models.<name>.weights: pickled"
        raise BadInput(where, f"{name}, weights as pickles of PyTorch, which can hold code", expected)


def other_weights(names: Iterable[str]) -> list[str]:
    """Of the names of files, those that hold weights which transformers does not load as they are."""
    return _matching(sorted(names), OTHER_WEIGHTS)


def shards_of(path_to_index: Path) -> list[str]:
    """The files that an index of weights lists, each in its folder.

    Raises
    ------
    BadInput : no weight_map; what is no name of a file in the same folder, such as one that starts with ``../``.
    """
    by_weight = read_settings(path_to_index.parent, path_to_index.name).get("weight_map")
    if not isinstance(by_weight, Mapping) or not by_weight:
        raise BadInput(path_to_index, "no weight_map", "the file of each weight")
    shards = {name if _is_plain_name(name) else _refuse_name(path_to_index, name) for name in by_weight.values()}
    return sorted(shards)


def check_weights(path: str | Path) -> None:
    """Check a file of weights by its header: a pointer or a truncated file is refused.

    Raises
    ------
    BadInput : it is not complete.
    """
    path = Path(path)
    _refuse_pointer(path)
    size = path.stat().st_size
    if path.suffix == ".safetensors":
        expected = _length_of_safetensors(path)
        if expected != size:
            found = "a damaged header" if expected is None else f"{size} bytes, truncated or damaged"
            whole = "a complete safetensors file" if expected is None else f"{expected} bytes, by its header"
            raise BadInput(path, found, whole)
        return
    if not zipfile.is_zipfile(path) and not _starts_with(path, PICKLE):
        raise BadInput(path, f"{size} bytes, truncated or damaged", "a complete file of torch.save")


def has_vocabulary(names: Iterable[str], settings: Mapping) -> bool:
    """Whether a tokenizer's entries are among the files of a model, or its tokenizer needs none."""
    return (
        bool(vocabularies(names))
        or settings.get("model_type") in READS_BYTES
        or ("tokenizer_config.json" in names and "byt5" in str(settings.get("tokenizer_class", "")).lower())
    )


def check_vocabulary(folder: str | Path) -> None:
    """Check that a folder holds a tokenizer, and none that is empty.

    Raises
    ------
    BadInput : no file with a tokenizer's entries; a Git LFS pointer, no text, or no entries in one.
    """
    folder = Path(folder)
    names = os.listdir(folder)
    if not has_vocabulary(names, read_settings(folder)):
        expected = "the model's own tokenizer beside it, such as tokenizer.json: tokenizer.save_pretrained(folder)"
        raise BadInput(folder, "no tokenizer", expected)
    for name in vocabularies(names):
        path = folder / name
        _refuse_pointer(path)
        if path.stat().st_size == 0 and name != MERGES:
            raise BadInput(path, "an empty file", "the entries of the model's tokenizer")
        if path.suffix == ".json":
            content = read_json(path)
            if content in ({}, [], None):
                raise BadInput(path, "no entries", "those of the model's tokenizer")
            check_entries(path, _entries(content))


def vocabularies(names: Iterable[str]) -> list[str]:
    """Of the names of files, those that hold a tokenizer's entries."""
    return _matching(sorted(names), VOCABULARIES)


def _entries(content: object) -> Mapping:
    """The entries of a vocabulary, by its file: of a family, or of the tokenizers package."""
    for key in ("model", "vocab"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    return content if isinstance(content, Mapping) else {}


def small_files(names: Iterable[str]) -> list[str]:
    """The files of a model, by name, that hold settings or its tokenizer: not those of subfolders, nor weights."""
    return [name for name in _matching(names, SMALL_FILES) if "/" not in name]


def _matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    return [name for name in names if any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]


def _base_of(path_to_adapter: Path) -> str:
    settings = read_settings(path_to_adapter.parent, path_to_adapter.name)
    return str(settings.get("base_model_name_or_path") or "another model")


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and not set(name) & set("/\\\0")


def _refuse_name(path: Path, name: object) -> None:
    raise BadInput(path, f"the file of weights {name!r}", "the name of a file in the same folder")


def _refuse_pointer(path: Path) -> None:
    if _starts_with(path, POINTER):
        raise BadInput(path, "a Git LFS pointer", POINTER_HELP)


def _starts_with(path: Path, start: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(start)) == start


def _length_of_safetensors(path: Path) -> int | None:
    """The length that the header of a safetensors file gives, in bytes; None without a header."""
    try:
        return read_safetensors_header(path)[1]
    except ValueError:
        return None
