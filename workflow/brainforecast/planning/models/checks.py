"""Whether the settings of a language model can work together, and suit the model, as far as its files are here."""

import os
from collections.abc import Iterator, Mapping

from brainforecast.cells import is_features, is_word_vectors
from brainforecast.errors import BadInput, nearest
from brainforecast.files import PACKAGE_PREFIX
from brainforecast.planning.models.entries import LOADING
from brainforecast.planning.models.facts import ModelFacts
from brainforecast.planning.models.settings import BOTH_TYPES
from brainforecast.planning.models.sizes import ModelSizes
from brainforecast.sources import SOURCES

DEVICE_MAPS = ("auto", "balanced", "balanced_low_0", "sequential", "cpu", "cuda", "mps")
SHORT_FORMS = ("load_in_4bit", "load_in_8bit")  # of bitsandbytes, which need no quant_method


def check_model_settings(config: Mapping) -> None:
    """Check how models are loaded, by the config alone.

    Raises
    ------
    BadInput : a setting that the source has not; a device or a quantisation that transformers does not know.
    """
    for name, entry in config["models"].items():
        where = f"config key models.{name}"
        if is_word_vectors(entry) or is_features(entry):
            _check_unloaded(where, entry)
            continue
        source = entry["source"]
        if entry["revision"] and (source.startswith(PACKAGE_PREFIX) or os.path.exists(source)):
            expected = "null: only a model of the hub has revisions"
            raise BadInput(f"{where}.revision", f"{entry['revision']} of {source}", expected)
        device = entry["device_map"]
        if isinstance(device, str) and device.partition(":")[0] not in DEVICE_MAPS:
            expected = f"one of {', '.join(DEVICE_MAPS)}, or a mapping; nearest is {nearest(device, DEVICE_MAPS)}"
            raise BadInput(f"{where}.device_map", device, expected)
        if device == {}:
            raise BadInput(f"{where}.device_map", "no module", 'a device for each module ({"": 0} for all), or null')
        if entry["quantization"] is not None:
            _check_quantization(f"{where}.quantization", entry)
    for name, section in config["finetuning"].items():
        base, where = config["models"].get(section["base"]), f"config key finetuning.{name}.base"
        if base and is_word_vectors(base):
            raise BadInput(where, f"{section['base']}, word vectors", "a language model")
        if base and base["quantization"]:
            expected = f"a model whose weights can be trained: {section['base']} is quantised"
            raise BadInput(where, section["base"], expected)


def check_model_kinds(config: Mapping, sizes: ModelSizes) -> None:
    """Check that what is wanted of the models whose settings are here is what models of their kind can do.

    Parameters
    ----------
    config : checked; sizes : of its models.

    Raises
    ------
    BadInput : another modality or quantisation than the model has; a context or stride beyond its limit; sources, or a
        fine-tuning, that need a model which predicts the next word.
    """
    for where, name, entry in _entries(config, sizes):
        facts = sizes.facts(name)
        if facts is not None:
            _check_modality(f"config key models.{name}", entry, facts)
            _check_context(where, entry, facts, sizes.context(name))
            _check_method(f"config key models.{name}.quantization", entry, facts)
    _check_variants(config, sizes)
    _check_static(sizes)
    for where, name, wanted in _predicting(config):
        facts = sizes.facts(name) if sizes.is_loaded(name) else None
        if facts is not None and facts.both_sides:
            reads = "reads audio" if facts.modality == "speech" else "sees both sides of a word"
            found = f"{wanted} {name}, a {facts.kind} model, which {reads}"
            raise BadInput(where, found, "a model that predicts the next word, such as GPT-2 or Llama")


def _check_unloaded(where: str, entry: Mapping) -> None:
    kind = "features" if is_features(entry) else "word vectors"
    for key, default in LOADING.items():
        if entry[key] != default:
            expected = f"{default or 'null'}: transformers loads no {kind}"
            raise BadInput(f"{where}.{key}", entry[key], expected)


def _check_quantization(where: str, entry: Mapping) -> None:
    settings = entry["quantization"]
    short = [key for key in SHORT_FORMS if settings.get(key)]
    if not settings.get("quant_method") and not short:
        keys = ", ".join(settings) or "no key"
        raise BadInput(where, keys, "quant_method, such as {quant_method: bitsandbytes, load_in_4bit: true}")
    if len(short) == 2:
        raise BadInput(where, " and ".join(short), "one of the two")
    if entry["weights"] == "random":
        raise BadInput(where, "random weights", "null: weights are quantised while they are read from files")


def _check_modality(where: str, entry: Mapping, facts: ModelFacts) -> None:
    given = entry.get("modality")
    if given and facts.kind and given != facts.modality and facts.kind not in BOTH_TYPES:
        expected = f"{facts.modality}, or null: {entry['source']} is a {facts.kind} model"
        raise BadInput(f"{where}.modality", given, expected)


def _check_context(where: str, entry: Mapping, facts: ModelFacts, context: int) -> None:
    if (entry.get("modality") or facts.modality) == "speech":
        for key in ("context", "stride"):
            if entry[key] is not None:
                expected = "null: a speech model reads audio_context seconds for each word"
                raise BadInput(where.format(key), entry[key], expected)
        return
    if facts.longest is not None and context > facts.longest:
        expected = f"at most {facts.longest:,} tokens, the longest input of {entry['source']}"
        raise BadInput(where.format("context"), context, expected)
    stride = entry["stride"]
    if stride is not None and not facts.both_sides and stride > context - 1:
        raise BadInput(where.format("stride"), stride, f"at most {context - 1}: one token less than the context")


def _check_static(sizes: ModelSizes) -> None:
    """Check that the layer 0 of which the source `static` is made has no context in it."""
    models = sizes.models
    for name in {models.static_model(grid.model): None for grid in models.grids if grid.source == "static"}:
        if models.entries[name].get("side_by_side"):
            found = f"{name}, whose layer 0 is several layers side by side"
            raise BadInput("config key sources.static.model", found, "word vectors, or a model without side_by_side")


def _check_variants(config: Mapping, sizes: ModelSizes) -> None:
    """Check that no context of `sensitivity` is the one that a reported model has by its own limit."""
    reported = config["maps"]["model"]
    contexts = (config["sensitivity"] or {}).get("contexts")
    if not contexts or not sizes.is_loaded(reported) or sizes.facts(reported) is None:
        return
    if (own := sizes.context(reported)) in contexts:
        raise BadInput("config key sensitivity.contexts", own, f"another value than {reported} has, by its limit")


def _check_method(where: str, entry: Mapping, facts: ModelFacts) -> None:
    settings = entry.get("quantization")
    if settings and facts.quantized:
        method = settings.get("quant_method") or "bitsandbytes"
        if method != facts.quantized:
            raise BadInput(where, method, f"null: the files of {entry['source']} are quantised with {facts.quantized}")


def _entries(config: Mapping, sizes: ModelSizes) -> Iterator[tuple[str, str, Mapping]]:
    """Models that transformers loads, those of variants too: the key with a place for the setting, name, entry."""
    for name, entry in sizes.models.entries.items():
        if not sizes.is_loaded(name):
            continue
        if name in config["models"]:
            yield f"config key models.{name}.{{}}", name, entry
        elif entry["source"] == config["models"][config["maps"]["model"]]["source"]:
            yield "config key sensitivity.{}s", name, entry


def _predicting(config: Mapping) -> Iterator[tuple[str, str, str]]:
    """Every model that must predict the next word: the key, the model, and what for."""
    for name, analysis in config["analyses"].items():
        made = [source for source in analysis.get("sources", ()) if SOURCES[source].product]
        for model in analysis["models"] if made else ():
            yield f"config key analyses.{name}.sources", model, f"{made[0]} of"
    for name, section in config["finetuning"].items():
        yield f"config key finetuning.{name}.base", section["base"], "a fine-tuning of"
