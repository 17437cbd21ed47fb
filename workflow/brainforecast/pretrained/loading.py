"""Load a language model and its tokenizer: precision, devices, quantisation, random weights; convert a GGUF file."""

import json
import logging
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
import transformers
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.quantizers import AutoQuantizationConfig
from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

from brainforecast.errors import BadInput, first_line, nearest
from brainforecast.files import atomic, checked
from brainforecast.pretrained.architectures import (
    TEXT,
    absent_weights,
    check_states,
    predicting_class,
    predicting_part,
    reading_class,
    text_part,
)
from brainforecast.pretrained.checkpoint_files import SETTINGS, check_checkpoint, read_settings
from brainforecast.pretrained.hub import cached_folder
from brainforecast.pretrained.vocabulary import check_fit, read_tokenizer

logger = logging.getLogger("brainforecast")
transformers.utils.logging.disable_progress_bar()  # a job's log has lines of progress instead

SAMPLE = "The pilot's 3 maps, a café, and the well-worn road home."
PICKLED = "pickled"  # weights that may be pickles
DTYPES = ("float32", "bfloat16", "float16")
SHORT_FORMS = ("load_in_4bit", "load_in_8bit")  # of bitsandbytes, as transformers takes them
WITHOUT_DEVICE = ("auto", "balanced", "balanced_low_0", "sequential", "disk")  # of device maps
NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")  # of a layer, in the name of a weight
INSTALLED = "that package, which you install in the environment of the jobs"


@dataclass(frozen=True)
class LoadSettings:
    """How a model is loaded; from its section of the config.

    dtype : ``float32``, ``bfloat16`` or ``float16``, of the weights and the forward pass
    device_map : how transformers spreads the model over devices; None for one device
    revision : commit, tag or branch of a model of the hub; None for its main branch
    quantization : settings of transformers' quantisation; None for those of the model itself, if it has any
    weights : ``pretrained``; ``pickled``, where PyTorch's own files are read if there is no safetensors; or
        ``random``: drawn from `seed`, as transformers initialises the architecture
    """

    dtype: str = "float32"
    device_map: str | Mapping | None = None
    revision: str | None = None
    quantization: Mapping | None = None
    weights: str = "pretrained"
    seed: int = 0

    def for_training(self) -> "LoadSettings":
        """The settings with which the model is trained: in float32, on the devices of the training; logged if others.

        Precision and quantisation are those of its forward passes afterwards: small updates round to nothing in 16 bit.
        """
        trained = replace(self, dtype="float32", device_map=None, quantization=None)
        if trained != self:
            logger.info("the model is trained in float32, not quantised, on the devices of the training")
        return trained


def read_load_settings(loading: Mapping, inputs: Sequence[str] = ()) -> LoadSettings:
    """How a job loads its model: of a model of the hub, the commit that was fetched.

    Parameters
    ----------
    loading : the rule's parameter; inputs : its files of the model, for a model of the hub what `fetch_model` wrote.
    """
    settings = LoadSettings(**loading)
    path = Path(inputs[0]) if inputs else None
    if path is None or path.suffix != ".json" or not path.is_file():
        return settings
    return replace(settings, revision=json.loads(path.read_text(encoding="utf-8"))["revision"])


def load_model(source: str | Path, device: str | None = None, settings: LoadSettings | None = None) -> tuple:
    """Load a model without its head, for hidden states, and its tokenizer.

    Of an encoder-decoder this is the encoder, of a model that also reads images or sound the part that reads text; only
    their weights have to be there.

    Parameters
    ----------
    source : local folder, or name in the hub's cache, of any transformers model of text; no network is used
    device : by default a GPU if there is one; without effect with a `device_map`
    settings : `LoadSettings`; by default float32

    Returns
    -------
    tokenizer, model : the model without dropout; `config` and `name_or_path` are those of the part

    Raises
    ------
    BadInput : a model that does not load completely; a tokenizer that is absent, empty or another model's.
    """
    return _load_with_tokenizer(source, device, settings or LoadSettings(), predicts=False)


def load_predictor(source: str | Path, device: str | None = None, settings: LoadSettings | None = None) -> tuple:
    """As `load_model`, with the head that predicts the next token (for perplexity, generation and fine-tuning)."""
    return _load_with_tokenizer(source, device, settings or LoadSettings(), predicts=True)


def load_part(
    source: str | Path,
    device: str | None,
    settings: LoadSettings,
    find_class: Callable[..., type],
    find_part: Callable[..., nn.Module],
) -> nn.Module:
    """Load a model of transformers and keep a part of it, whose weights all have to be there.

    Parameters
    ----------
    find_class : from transformers' settings of the model, and its name for messages, to the class that loads it
    find_part : from the model, and its name for messages, to the part

    Returns
    -------
    part : without dropout, on the device, with `name_or_path`
    """
    files = _locate(source, settings)
    config = _read_config(files)
    model_class, absent = find_class(config, files.where), []
    if settings.weights == "random":
        model = _draw(model_class, config, device, settings, files.where)
    else:
        model, absent = _read_weights(model_class, files, device, settings)
    part = find_part(model, files.where)
    if absent := absent_weights(model, part, absent):
        raise _unloadable(files.where, f"{len(absent)} weights absent, {absent[0]} the first")
    part.name_or_path = str(source)
    return _on_device(part, device, settings, files.where)


def load_tokenizer(source: str | Path, settings: LoadSettings | None = None) -> transformers.PreTrainedTokenizerBase:
    """Load the tokenizer alone."""
    files = _locate(source, replace(settings or LoadSettings(), weights="random"))  # needs none
    return read_tokenizer(files.name, files.folder, files.revision)


def convert_gguf(path_to_gguf: str | Path, path_to_model: str | Path) -> None:
    """Convert a GGUF file to a transformers folder, float32 weights and tokenizer, which loads ten times faster.

    Raises
    ------
    BadInput : the file is missing or not GGUF, or its tokenizer does not decode what it encoded.
    """
    path = Path(checked(path_to_gguf))
    source = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(**source)
        model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    except Exception as error:  # transformers raises many types, all of them about the file
        raise BadInput(path_to_gguf, first_line(error), "a GGUF file that transformers reads") from error
    _check_round_trip(tokenizer, path_to_gguf)
    # the weights are dequantised; settings that still call them quantised keep them from being saved
    del model.config.quantization_config
    model.hf_quantizer, model.is_quantized = None, False
    with atomic(path_to_model) as temporary:
        model.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)


def _load_with_tokenizer(source, device: str | None, settings: LoadSettings, *, predicts: bool) -> tuple:
    files = _locate(source, settings)
    _read_config(files)  # what is wrong there is not blamed on the tokenizer
    tokenizer = read_tokenizer(files.name, files.folder, files.revision)
    find = (predicting_class, predicting_part) if predicts else (reading_class, text_part)
    model = load_part(source, device, settings, *find)
    check_fit(tokenizer, model.config, model.get_input_embeddings().num_embeddings, str(source))
    model.config.use_cache = False
    check_states(model, files.where, predicts=predicts)
    return tokenizer, model


class _Files(NamedTuple):
    """What transformers loads, a folder or a name and revision of the hub; the folder; the model for messages."""

    name: str
    revision: str | None
    folder: Path
    where: str


def _locate(source: str | Path, settings: LoadSettings) -> _Files:
    """Find a model's files and check them."""
    where, path, revision = f"model {source}", checked(source), settings.revision
    if path.is_dir():
        if revision:
            raise BadInput(where, f"revision {revision} of a local folder", "a revision for a model of the hub")
        files = _Files(str(path), None, path, where)
    elif path.exists():
        raise _unloadable(where, "a file")
    else:
        files = _Files(str(source), revision, cached_folder(str(source), revision), where)
    pickled = settings.weights == PICKLED
    check_checkpoint(files.folder, weights=settings.weights != "random", pickled=pickled)
    return files


def _read_config(files: _Files):
    """The model's settings; those of a model with code of its own are refused."""
    settings = read_settings(files.folder)
    kind = settings.get("model_type")
    if "auto_map" in settings and kind not in transformers.CONFIG_MAPPING:
        expected = "a model whose code is in transformers"
        raise BadInput(files.where, f"a model of type {kind} that needs code of its own, which is never run", expected)
    for key, name in _implementations(settings):
        if "/" in name:  # a repository of the hub, whose code transformers would load
            raise BadInput(files.where, f"{key} {name}, which is code of the hub and never run", "sdpa, eager or none")
    try:
        return AutoConfig.from_pretrained(
            files.name, local_files_only=True, trust_remote_code=False, revision=files.revision
        )
    except Exception as error:  # transformers raises many types, all of them about the settings
        raise _unloadable(files.where, first_line(error)) from error


def _implementations(settings: Mapping) -> Iterator[tuple[str, str]]:
    """Which code computes a part of a model, by the keys of its settings and their parts."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _implementations(value)
        elif key.endswith("_implementation"):
            yield key, str(value)


def _read_weights(
    model_class: type, files: _Files, device: str | None, settings: LoadSettings
) -> tuple[nn.Module, list[str]]:
    """The model, and the names of its weights that its files do not have, which transformers draws at random."""
    try:
        model, report = model_class.from_pretrained(
            files.name,
            **_placing(settings, device, files.where),
            output_loading_info=True,
            use_safetensors=None if settings.weights == PICKLED else True,
            weights_only=True,
            local_files_only=True,
            trust_remote_code=False,
            revision=files.revision,
        )
    except BadInput:
        raise
    except Exception as error:  # transformers raises many types, all of them about the source
        raise _not_read(error, files, settings) from error
    if unused := _further_layers(model, report["unexpected_keys"]):
        logger.info("%s: %d weights of its files are not used, %s the first", files.where, len(unused), unused[0])
    stored = getattr(model.config, "quantization_config", None)
    if stored is not None:
        method = stored.get("quant_method") if isinstance(stored, Mapping) else getattr(stored, "quant_method", "")
        method = getattr(method, "value", method)
        logger.info("%s: weights quantised by %s; %s for all else", files.where, method, settings.dtype)
    return model, sorted(report["missing_keys"])


def _draw(model_class: type, config, device: str | None, settings: LoadSettings, where: str) -> nn.Module:
    """A model with weights drawn from the seed, as transformers initialises them; in float32, whatever the precision.

    The global random generators keep their state, and do not matter.
    """
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            model = model_class.from_config(config, dtype=torch.float32, trust_remote_code=False).eval()
        placing = _placing(settings, device, where)
        if placing == {"dtype": torch.float32}:
            return model
        weights = model.state_dict()
        return type(model).from_pretrained(None, config=model.config, state_dict=weights, **placing)
    except BadInput:
        raise
    except Exception as error:  # transformers raises many types
        raise _unloadable(where, _reason(error)) from error


def _placing(settings: LoadSettings, device: str | None, where: str) -> dict:
    """Arguments of transformers for precision, devices and quantisation."""
    if settings.dtype not in DTYPES:
        raise BadInput("dtype", settings.dtype, f"one of {', '.join(DTYPES)}")
    arguments: dict = {"dtype": getattr(torch, settings.dtype)}
    if settings.device_map is not None:
        arguments["device_map"] = settings.device_map
    if settings.quantization:
        arguments["quantization_config"] = _quantization(settings.quantization, where)
        arguments.setdefault("device_map", {"": _one_device(device)})  # quantised weights cannot be moved later
    return arguments


def _quantization(mapping: Mapping, where: str):
    """Transformers' settings of a quantisation method, from the config's.

    Raises
    ------
    BadInput : an unknown method or key, with the nearest; a value that the method refuses; a package that is absent.
    """
    where, mapping = f"{where}: quantization", dict(mapping)
    methods = sorted({name.removesuffix("_4bit").removesuffix("_8bit") for name in AUTO_QUANTIZATION_CONFIG_MAPPING})
    if not mapping.get("quant_method") and any(mapping.get(key) for key in SHORT_FORMS):
        mapping["quant_method"] = "bitsandbytes"
    method = mapping.get("quant_method")
    if method not in methods:
        expected = f"quant_method, one of {', '.join(methods)}; nearest is {nearest(str(method), methods)}"
        raise BadInput(where, f"quant_method {method}", expected)
    if method == "bitsandbytes" and not any(mapping.get(key) for key in SHORT_FORMS):
        raise BadInput(where, "neither load_in_4bit nor load_in_8bit", "one of them: true")
    try:
        settings = AutoQuantizationConfig.from_dict(mapping)
    except Exception as error:  # each method raises its own
        expected = INSTALLED if isinstance(error, ImportError) else f"settings that transformers takes for {method}"
        raise BadInput(where, _reason(error), expected) from error
    known = settings.to_dict()
    unknown = sorted(set(mapping) - set(known))
    if unknown:
        raise BadInput(where, f"key {unknown[0]}", f"a key of {method}; nearest is {nearest(unknown[0], known)}")
    return settings


def _on_device(model: nn.Module, device: str | None, settings: LoadSettings, where: str) -> nn.Module:
    """Move a model that is not placed yet."""
    placed = settings.device_map is not None or settings.quantization or getattr(model, "is_quantized", False)
    if not placed:
        model = model.to(_one_device(device))
    if model.device.type == "meta":
        found = f"device_map {settings.device_map}, which keeps the embedding off its device"
        raise BadInput(where, found, "a map that has the first module on a device")
    return model.eval()


def _one_device(device: str | None) -> str:
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def _unloadable(where: str, reason: str) -> BadInput:
    return BadInput(where, reason, TEXT)


def _further_layers(model: nn.Module, names: Iterable[str]) -> list[str]:
    """Of the names of weights that a model does not use, those of layers like its own: not those of a head."""
    own = {NUMBER.sub("#", name) for name in model.state_dict()}
    parts = {name: NUMBER.sub("#", name).split(".") for name in names if NUMBER.search(name)}
    return sorted(name for name, part in parts.items() if any(".".join(part[i:]) in own for i in range(len(part))))


def _not_read(error: Exception, files: _Files, settings: LoadSettings) -> BadInput:
    """What keeps transformers from reading the weights: sizes, a device, a package, or the model itself."""
    if isinstance(error, ImportError):
        return BadInput(files.where, _reason(error), INSTALLED)
    if isinstance(error, pickle.UnpicklingError):
        return BadInput(
            files.where, "a file of weights that torch cannot read safely", "files of torch.save, undamaged"
        )
    if "ignore_mismatched_sizes" in str(error):
        found = f"weights of other sizes than its {SETTINGS} has"
        return BadInput(files.where, found, f"the {SETTINGS} with which these weights were saved")
    if settings.device_map is not None and not _devices_are_here(settings.device_map):
        found = f"device_map {settings.device_map} ({first_line(error)})"
        return BadInput(files.where, found, f"devices that are here: {', '.join(_devices())}, or auto")
    return _unloadable(files.where, first_line(error))


def _devices() -> list[str]:
    return ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]


def _devices_are_here(device_map: str | Mapping) -> bool:
    named = device_map.values() if isinstance(device_map, Mapping) else [device_map]
    here = {*_devices(), *range(torch.cuda.device_count()), *WITHOUT_DEVICE}
    return all(device in here or (device == "cuda" and torch.cuda.is_available()) for device in named)


def _reason(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"a package that is not installed: {first_line(error)}"
    return first_line(error)


def _check_round_trip(tokenizer, source: str | Path) -> None:
    back = tokenizer.decode(tokenizer(SAMPLE, add_special_tokens=False)["input_ids"]).strip()
    if not tokenizer.is_fast or back != SAMPLE:
        found = f"a tokenizer that turns {SAMPLE!r} into {back!r}"
        raise BadInput(source, found, "a fast tokenizer that gives the text back")
