"""Where the files of a language model are, and whether all that a job loads is among them, without loading anything.

Of a model of the hub that is not in its cache nothing is known here: the rule that fetches it finds what is wrong.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from brainforecast.cells import is_features, is_word_vectors, span
from brainforecast.dataset.array_headers import ArrayHeader, read_safetensors_header
from brainforecast.dataset.pointers import pointer_of
from brainforecast.errors import BadInput, nearest
from brainforecast.files import PACKAGE_PREFIX, resolve
from brainforecast.planning.models.gguf import read_gguf_settings
from brainforecast.planning.models.settings import count_layers_of, modality_of_settings, vocabulary_of
from brainforecast.pretrained import checkpoint_files
from brainforecast.pretrained.checkpoint_files import (
    ADAPTER,
    INPUT_SETTINGS,
    MERGES,
    SETTINGS,
    other_weights,
    small_files,
)

TOKENIZER = "tokenizer.json"
BYTE_TOKENIZERS = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")  # without a file of their own
INDEX_FILES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
SAVED = "a folder that transformers' save_pretrained wrote"
VECTORS, PACKED = ".npy", ".gguf"
IN_PACKAGES = f"a file of a package that ends in {PACKED} or, for word vectors, in {VECTORS}"
ON_DISK = f"a folder (of {PACKED}: from_pretrained(folder, gguf_file=name), save_pretrained) or, vectors, {VECTORS}"


def read_settings(source: str, *, on_hub: bool, revision: str | None = None) -> Mapping:
    """The settings of a model, its config.json or the head of a GGUF file; empty where they are not known here.

    Parameters
    ----------
    source : config `models.<name>.source`, no word vectors and no features.
    on_hub : whether it is a name of the hub, which is looked up in the hub's cache.
    revision : of a model of the hub; by default what its main branch was when it was fetched.
    """
    if not on_hub and (path := resolve(source)).suffix == ".gguf":
        return read_gguf_settings(path)
    folder = find_folder(source, on_hub=on_hub, revision=revision)
    return _settings_in(folder, SETTINGS) if folder else {}


def find_folder(source: str, *, on_hub: bool, revision: str | None = None) -> Path | None:
    """The folder of a model's files; None where it is not here, or is a single file."""
    if on_hub:
        from huggingface_hub import try_to_load_from_cache  # here, as a plan of local models needs no hub

        found = try_to_load_from_cache(source, SETTINGS, revision=revision)
        return Path(found).parent if isinstance(found, str) else None
    path = resolve(source)
    return path if path.is_dir() else None


def count_layers(source: str, *, on_hub: bool, revision: str | None = None) -> int | None:
    """Number of layers of a model, without the embedding; None where it is not known here (see `read_settings`)."""
    return count_layers_of(read_settings(source, on_hub=on_hub, revision=revision))


def modality_of(source: str, *, on_hub: bool, revision: str | None = None) -> str | None:
    """What a model reads, ``text`` or ``speech``; None where it is not known here (see `read_settings`)."""
    return modality_of_settings(read_settings(source, on_hub=on_hub, revision=revision))


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
            is_loaded = not is_word_vectors(models[model]) and not is_features(models[model])
            if not joined and is_loaded and resolve(source).exists():
                n_layers = count_layers(source, on_hub=False)
                require_layers(f"config key analyses.{name}.layers", model, span(analysis["layers"]), n_layers)


def require_layers(where: str, model: str, layers: Iterable[int], n_layers: int | None) -> None:
    """Raise where a model of this number of layers, None if that is not known, lacks one."""
    for layer in layers if n_layers is not None else ():
        if layer > n_layers:
            expected = f"0 (the embedding) to {n_layers}, the layers of {model}; nearest is {n_layers}"
            raise BadInput(where, layer, expected)


def check_source(where: str, source: str) -> None:
    """Check that a model that is no name of the hub has its settings and its tokenizer, and that they match.

    Parameters
    ----------
    where : the config key.

    Raises
    ------
    BadInput : no such file or folder, with the nearest that is there; an adapter alone; a pointer in place of a file;
        settings that cannot be read; no tokenizer, an empty one, or one that has more tokens than the model.
    """
    path = resolve(source)
    if not path.exists():
        if path.is_symlink():
            raise BadInput(where, f"{path}, a link to {os.readlink(path)}, which is not there", "a model on disk")
        expected = f"a model on disk, a hub name, or features:<folder>{near_in_folder(path)}"
        raise BadInput(where, f"no file or folder {path}", expected)
    is_package = source.startswith(PACKAGE_PREFIX)
    if path.suffix == VECTORS or (is_package and path.suffix == PACKED and path.is_file()):
        return
    if is_package or not path.is_dir():
        kind = "folder" if path.is_dir() else "file"
        raise BadInput(where, f"{source}, a {kind}", IN_PACKAGES if is_package else ON_DISK)
    names = set(os.listdir(path))
    if ADAPTER in names:
        found = f"{path}, an adapter (LoRA) of {_base_of(path / ADAPTER)}"
        raise BadInput(where, found, "a whole model: model.merge_and_unload().save_pretrained(folder) of peft merges")
    if SETTINGS not in names:
        raise BadInput(where, f"{path} without {SETTINGS}", SAVED)
    for name in sorted(small_files(names)):
        if pointer := pointer_of(path / name):
            raise BadInput(where, f"{path / name}, {pointer}", "the file itself")
    with _at(where):
        settings = checkpoint_files.read_settings(path)
    if not isinstance(settings.get("model_type"), str):
        raise BadInput(where, f"{path / SETTINGS} without model_type", SAVED)
    if modality_of_settings(settings) != "speech":
        _check_tokenizer(where, path, names, settings)
    elif not names & set(INPUT_SETTINGS):
        expected = (
            f"{INPUT_SETTINGS[0]} beside the model, which says how sound is read: processor.save_pretrained(folder)"
        )
        raise BadInput(where, f"{path} without {INPUT_SETTINGS[0]}", expected)


def check_weights(where: str, source: str, pickled: bool = False) -> None:
    """Check that the weights of a model in a local folder are there, by their names and heads.

    Parameters
    ----------
    where : the config key; pickled : whether weights may be PyTorch's own files, which are pickles.

    Raises
    ------
    BadInput : no weights; a shard that the index names and that is missing; a pointer in place of a file; a file that
        is shorter than its head has it; a pickle that is not allowed.
    """
    path = resolve(source)
    if source.startswith(PACKAGE_PREFIX) or not path.is_dir():
        return
    files = weight_files(path)
    if not files:
        _explain_absence(where, path)
    missing = [file for file in files if not os.path.lexists(file)]
    if missing:
        found = f"{path} without {missing[0].name}, {len(missing)} of {len(files)} files of weights missing"
        raise BadInput(where, found, "every file that the index of the weights names")
    for file in files:
        if pointer := pointer_of(file):
            raise BadInput(where, f"{file}, {pointer}", "the file itself")
        if file.suffix == ".safetensors":
            _check_length(where, file)
        else:
            if not pickled:
                checkpoint_files.refuse_pickle(where, str(file))
            _check_torch(where, file)
    with _at(where):
        checkpoint_files.check_layers(path)


def weight_files(folder: Path) -> list[Path]:
    """The files of a model's weights, those that an index names included, whether they are there or not."""
    for index, single in zip(INDEX_FILES, WEIGHT_FILES, strict=True):
        if (folder / single).exists() or (folder / single).is_symlink():
            return [folder / single]
        if (folder / index).exists():
            try:
                return [folder / name for name in checkpoint_files.shards_of(folder / index)]
            except BadInput:
                return []
    return []


def read_index(path: Path) -> Mapping:
    """An index of weights; empty if it cannot be read."""
    return _settings_in(path.parent, path.name)


def read_head(path: Path) -> Mapping[str, ArrayHeader] | None:
    """The tensors of a safetensors file by name, type and shape of each; None where the head is broken."""
    try:
        return read_safetensors_header(path)[0].arrays
    except (OSError, ValueError):
        return None


def near_in_folder(path: str | Path) -> str:
    """The name nearest to a missing file among those of its folder, as the end of a sentence."""
    path = Path(path)
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = os.listdir(path.parent)
    return f"; nearest in {path.parent} is {nearest(path.name, names)}" if names else f"; {path.parent} is empty"


def _explain_absence(where: str, folder: Path) -> None:
    """Raise what keeps the weights of a folder from being found."""
    names = os.listdir(folder)
    for name in (name for name in INDEX_FILES if name in names):
        with _at(where):
            checkpoint_files.shards_of(folder / name)
    others = ", ".join(other_weights(names)[:3])
    found = f"{folder} without weights{f', but with {others}' if others else ''}"
    raise BadInput(where, found, f"{WEIGHT_FILES[0]}, or {INDEX_FILES[0]} and the shards that it names")


def _check_torch(where: str, file: Path) -> None:
    try:
        checkpoint_files.check_weights(file)
    except BadInput as error:
        found = f"{file} of {file.stat().st_size:,} bytes, truncated or damaged"
        raise BadInput(where, found, error.expected) from error


def _check_length(where: str, file: Path) -> None:
    try:
        _, expected = read_safetensors_header(file)
    except ValueError as error:
        raise BadInput(where, f"{file} without a head that can be read", "a complete safetensors file") from error
    found = file.stat().st_size
    if found < expected:
        raise BadInput(where, f"{file} of {found:,} bytes", f"{expected:,} bytes, by its head: the whole file")


def _check_tokenizer(where: str, folder: Path, names: set[str], settings: Mapping) -> None:
    present = checkpoint_files.vocabularies(names)
    if not present and _tokenizer_class(folder) not in BYTE_TOKENIZERS:
        expected = f"the tokenizer beside the model, such as {TOKENIZER}: tokenizer.save_pretrained(folder)"
        raise BadInput(where, f"{folder} without a tokenizer", expected)
    for name in present:
        if not (folder / name).stat().st_size and name != MERGES:
            raise BadInput(where, f"{folder / name}, an empty file", "the model's own tokenizer")
    if TOKENIZER not in present:
        return
    path = folder / TOKENIZER
    with _at(where):
        model = checkpoint_files.read_settings(folder, path.name).get("model")
    vocabulary = model.get("vocab") if isinstance(model, Mapping) else None
    if not vocabulary:
        raise BadInput(where, f"{path} without a vocabulary", "the model's own tokenizer")
    rows = vocabulary_of(settings)
    if rows and len(vocabulary) > rows:
        found = f"{path}, a tokenizer of {len(vocabulary):,} tokens"
        raise BadInput(where, found, f"the model's own tokenizer, of at most its {rows:,} tokens")


def _tokenizer_class(folder: Path) -> object:
    return _settings_in(folder, "tokenizer_config.json").get("tokenizer_class")


def _settings_in(folder: Path, name: str) -> Mapping:
    """The settings in a file; empty if it cannot be read."""
    try:
        return checkpoint_files.read_settings(folder, name)
    except BadInput:
        return {}


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Report what is wrong with a file at a key of the config."""
    try:
        yield
    except BadInput as error:
        raise BadInput(where, f"{error.where}, {error.found}", error.expected) from error


def _base_of(path: Path) -> str:
    return str(read_index(path).get("base_model_name_or_path") or "another model")
