"""Check a config against its schema, fill in defaults, and describe every key."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from brainforecast.cells import LISTENERS, VERDICT, grids, is_word_vectors, span
from brainforecast.dataset.formats import FORMATS
from brainforecast.errors import BadInput, nearest
from brainforecast.planning.sensitivity import check_sensitivity
from brainforecast.sources import SOURCES

STORY_KEYS = ("n_listeners", "tr", "stories", "words_per_second", "start")  # of a simulation that has its own stories
# Sections that scores do not depend on: how a run is done, and which scores are summarised and drawn.
NOT_SCIENCE = ("fanout", "threads", "figures", "maps", "verdict", "sensitivity", "contrasts", "freesurfer")


def check_config(config: Mapping, path_to_schema: str | Path) -> dict:
    """The config with defaults filled in.

    Raises
    ------
    BadInput : an unknown key (with the nearest known one), a missing key, a value of the wrong kind, or names that
        do not match between sections.
    """
    schema = yaml.safe_load(Path(path_to_schema).read_text())
    checked = json.loads(json.dumps(config))  # plain types, and a copy
    for analysis in (checked.get("analyses") or {}).values():
        _spell_true(analysis)
    if "word_rate" in (checked.get("encoding") or {}):
        expected = "`base: lexical` in the analyses that count words, and in maps; its columns are encoding.lexical"
        raise BadInput("config key encoding.word_rate", "a key that has retired", expected)
    for path, key, known in _unknown_keys(checked, schema, schema, ()):
        raise BadInput(
            f"config key {'.'.join([*path, key])}", "an unknown key", f"{_known_keys(path)}{nearest(key, known)}"
        )
    error = best_match(Draft202012Validator(schema).iter_errors(checked))
    if error is not None:
        raise BadInput(f"config key {_where(error)}", *_found_expected(error))
    _fill(checked, schema, schema)
    if checked["maps"]["depth_distance"] is None:
        checked["maps"]["depth_distance"] = checked["maps"]["distance"]
    _check_sources(checked)
    _check_names(checked)
    _check_simulation(checked["simulation"] or {})
    _check_side_by_side(checked)
    if checked["verdict"]:
        _check_verdict(checked)
    if checked["sensitivity"] or checked["verdict"]:
        check_sensitivity(checked)
    return checked


def config_hash(config: Mapping) -> str:
    """Hash of what determines the scores of a run: the config without the sections NOT_SCIENCE."""
    science = {key: value for key, value in config.items() if key not in NOT_SCIENCE}
    return hashlib.sha256(json.dumps(science, sort_keys=True).encode()).hexdigest()[:16]


def describe_keys(path_to_schema: str | Path) -> list[tuple[str, str, str]]:
    """Every key of a config: its path, its default as JSON ("" where there is none), its meaning."""
    schema = yaml.safe_load(Path(path_to_schema).read_text())
    return list(_describe(schema, schema, ()))


def key_table(path_to_schema: str | Path) -> str:
    """The keys as a Markdown table, for config/README.md."""
    rows = [
        f"| `{key}` | {f'`{default}`' if default else ''} | {text.replace('<', '&lt;')} |"
        for key, default, text in describe_keys(path_to_schema)
    ]
    return "\n".join(["| key | default | meaning, unit, source |", "|---|---|---|", *rows])


def _describe(schema: Mapping, top: Mapping, path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for key, child in _children(schema, top):
        given = child.get("default", {})
        yield ".".join([*path, key]), "" if given == {} else json.dumps(given), child.get("description", "")
        yield from _describe(child, top, (*path, key))


def _children(schema: Mapping, top: Mapping) -> Iterator[tuple[str, Mapping]]:
    schema = _resolve(schema, top)
    yield from schema.get("properties", {}).items()
    if isinstance(schema.get("additionalProperties"), Mapping) and "properties" in schema["additionalProperties"]:
        yield "<name>", schema["additionalProperties"]
    if "properties" in schema.get("items", {}):
        yield "[]", schema["items"]


def _resolve(schema: Mapping, top: Mapping) -> Mapping:
    reference = schema.get("$ref", "")
    return top["$defs"][reference.rpartition("/")[2]] if reference.startswith("#/$defs/") else schema


def _unknown_keys(value: object, schema: Mapping, top: Mapping, path: tuple[str, ...]) -> Iterator[tuple]:
    schema = _resolve(schema, top)
    if isinstance(value, Mapping):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for key, child in value.items():
            if key in known:
                yield from _unknown_keys(child, known[key], top, (*path, key))
            elif others is False:
                yield path, str(key), list(known)
            elif isinstance(others, Mapping):
                yield from _unknown_keys(child, others, top, (*path, str(key)))
    if isinstance(value, list) and "items" in schema:
        for index, child in enumerate(value):
            yield from _unknown_keys(child, schema["items"], top, (*path, str(index)))


def _fill(value: object, schema: Mapping, top: Mapping) -> None:
    """Add defaults for missing keys and put known keys into the schema's order, in place.

    Snakemake compares parameters as they are printed: the same config in another order must rerun nothing.
    """
    schema = _resolve(schema, top)
    if isinstance(value, dict):
        for key, child in schema.get("properties", {}).items():
            if "default" in child:
                value.setdefault(key, json.loads(json.dumps(child["default"])))
            if key in value:
                value[key] = value.pop(key)  # moved to the end
                _fill(value[key], child, top)
        if isinstance(schema.get("additionalProperties"), Mapping):
            for key in value.keys() - schema.get("properties", {}).keys():
                _fill(value[key], schema["additionalProperties"], top)
    for child in value if isinstance(value, list) else ():
        _fill(child, schema.get("items", {}), top)


def _spell_true(analysis: object) -> None:
    # YAML reads the source `true` as a boolean
    if isinstance(analysis, dict) and isinstance(analysis.get("sources"), list):
        analysis["sources"] = ["true" if source is True else source for source in analysis["sources"]]


def _check_names(config: Mapping) -> None:
    models = config["models"]
    _check_listeners(config)
    used = [(f"analyses.{name}.models", model) for name, a in config["analyses"].items() for model in a["models"]]
    used = [(where, model) for where, model in used if model != LISTENERS]
    used = [(where, model) for where, model in used if model not in config["finetuning"]]
    used += [(f"finetuning.{name}.base", section["base"]) for name, section in config["finetuning"].items()]
    used.append(("maps.model", config["maps"]["model"]))
    if config["sources"]["static"]["model"]:
        used.append(("sources.static.model", config["sources"]["static"]["model"]))
    if config["simulation"]:
        used.append(("simulation.model", config["simulation"]["model"]))
    for where, model in used:
        if model not in models:
            raise BadInput(f"config key {where}", model, f"a name from models; nearest is {nearest(model, models)}")
    if FORMATS[config["dataset"]["response"]].on_surface and not config["dataset"]["space"]:
        raise BadInput("config key dataset.space", "nothing", "fsaverage5 or fsaverage6, as the runs are surfaces")
    cell, found = config["maps"], grids(config["analyses"])
    drawn = [g for g in found if (g.model, g.layer, g.base, g.source, g.width) == tuple(cell[key] for key in _MAP_KEYS)]
    distances = {cell["distance"], cell["reference"]}
    if not drawn or len(distances) < 2 or not distances <= set(drawn[0].distances):
        wanted = ", ".join(f"{key} {cell[key]}" for key in (*_MAP_KEYS, "distance", "reference"))
        raise BadInput("config key maps", wanted, "two distances that some analysis scores")


def _check_simulation(simulation: Mapping) -> None:
    """A simulation that has its own stories needs all of their keys; one of a dataset's stories needs none."""
    missing = [key for key in STORY_KEYS if simulation.get(key) is None]
    if 0 < len(missing) < len(STORY_KEYS) and simulation:
        given = [key for key in STORY_KEYS if key not in missing]
        found, expected = f"{', '.join(given)} without {', '.join(missing)}", f"all of {', '.join(STORY_KEYS)}, or none"
        raise BadInput("config key simulation", found, expected)


def _check_listeners(config: Mapping) -> None:
    """The noise ceiling's model is not a language model: it has one layer and no upcoming words."""
    if LISTENERS in config["models"]:
        raise BadInput(f"config key models.{LISTENERS}", "a reserved name (the noise ceiling's)", "another name")
    for name, analysis in config["analyses"].items():
        if LISTENERS in analysis["models"] and (span(analysis["layers"]) != [0] or "sources" in analysis):
            found = f"layers {span(analysis['layers'])}, sources {', '.join(analysis.get('sources', ())) or 'none'}"
            raise BadInput(f"config key analyses.{name}", f"{LISTENERS} with {found}", "layers [0] and no sources")


def _check_sources(config: Mapping) -> None:
    """Known sources only, each at distances and for models that can have it."""
    for name, analysis in config["analyses"].items():
        for source in analysis.get("sources", ()):
            if source not in SOURCES:
                expected = f"one of {', '.join(SOURCES)}; nearest is {nearest(source, SOURCES)}"
                raise BadInput(f"config key analyses.{name}.sources", source, expected)
        ahead = [source for source in analysis.get("sources", ()) if SOURCES[source].section]
        for source in ahead:
            section, farthest = SOURCES[source].section, max(span(analysis["distances"]))
            horizon = config["sources"][section]["horizon"]
            if farthest > horizon:
                found = f"distance {farthest} of source {source}"
                expected = f"at most sources.{section}.horizon, {horizon}"
                raise BadInput(f"config key analyses.{name}.distances", found, expected)
        language_models = set(analysis["models"]) & set(config["models"])
        for model in sorted(model for model in language_models if is_word_vectors(config["models"][model])):
            if ahead or span(analysis["layers"]) != [0]:
                found = f"layers {span(analysis['layers'])}{f' and source {ahead[0]}' if ahead else ''}"
                expected = f"only layer 0 of {model}: word vectors have one layer and no context"
                raise BadInput(f"config key analyses.{name}", found, expected)
    drawing = config["sources"]["syntactic"]
    if drawing["n_candidates"] < drawing["n_futures"]:
        found = f"{drawing['n_candidates']} for {drawing['n_futures']} futures"
        raise BadInput("config key sources.syntactic.n_candidates", found, "as many candidates as futures, or more")


def _check_side_by_side(config: Mapping) -> None:
    """A model whose layers are concatenated, such as a snapshot, has one layer, 0, and generates nothing."""
    models, finetuning = config["models"], config["finetuning"]
    for name in finetuning.keys() & {*models, LISTENERS}:
        raise BadInput(f"config key finetuning.{name}", "the name of a model", "another name")
    joined = {*finetuning, *(name for name, model in models.items() if model["side_by_side"])}
    for name, analysis in config["analyses"].items():
        for model in sorted(joined & set(analysis["models"])):
            made = [source for source in analysis.get("sources", ()) if SOURCES[source].product]
            if span(analysis["layers"]) != [0] or made:
                found = f"layers {span(analysis['layers'])}{f' and source {made[0]}' if made else ''}"
                expected = f"only layer 0, and no source that a model makes: the layers of {model} are side by side"
                raise BadInput(f"config key analyses.{name}", found, expected)
            if analysis["base"] == VERDICT:
                expected = f"paper or lexical: layer 0 of {model} is no embedding, its layers are side by side"
                raise BadInput(f"config key analyses.{name}.base", VERDICT, expected)
    for name in finetuning:
        bases = [analysis["base"] for analysis in config["analyses"].values() if name in analysis["models"]]
        if bases and config["maps"]["base"] not in bases:
            found, expected = f"only {bases[0]} for {name}", f"one with the base of maps, {config['maps']['base']}"
            raise BadInput("config key analyses", found, f"{expected}, whose gains are shown")
    for name, section in finetuning.items():
        n_tokens, context = section["corpus"]["n_tokens"], section["training"]["context"]
        if n_tokens is not None and n_tokens < context:
            expected = f"at least one block, finetuning.{name}.training.context, {context} tokens; or null for all"
            raise BadInput(f"config key finetuning.{name}.corpus.n_tokens", n_tokens, expected)
        if section["objective"]["distance"] >= context:
            expected = f"less than finetuning.{name}.training.context, {context}"
            raise BadInput(
                f"config key finetuning.{name}.objective.distance", section["objective"]["distance"], expected
            )


def _check_verdict(config: Mapping) -> None:
    """A verdict is on the reported cell, by region, at a distance whose window and mirror do not overlap."""
    cell, distance, models = config["maps"], config["verdict"]["distance"], config["models"]
    if distance < cell["width"]:
        raise BadInput("config key verdict.distance", distance, f"at least maps.width, {cell['width']}")
    section = SOURCES[cell["source"]].section
    if section and distance > config["sources"][section]["horizon"]:
        expected = f"at most sources.{section}.horizon, {config['sources'][section]['horizon']}"
        raise BadInput("config key verdict.distance", distance, expected)
    if FORMATS[config["dataset"]["response"]].on_surface and not config["atlas"]:
        raise BadInput("config key verdict", "vertices without regions", "an atlas: a verdict is on regions")
    if models[cell["model"]]["side_by_side"]:
        expected = f"null: layer 0 of {cell['model']} is no embedding, its layers are side by side"
        raise BadInput("config key verdict", f"maps.model {cell['model']}", expected)


_MAP_KEYS = ("model", "layer", "base", "source", "width")


def _where(error: ValidationError) -> str:
    return ".".join(map(str, error.absolute_path)) or "(top)"


def _found_expected(error: ValidationError) -> tuple[str, str]:
    """What a value is and what it should be."""
    wanted, found = error.validator_value, json.dumps(error.instance)
    if error.validator == "required":
        return f"keys {', '.join(error.instance) or 'none'}", error.message.replace(" property", " key")
    known = {"type": "type", "enum": "one of", "minimum": "at least", "maximum": "at most", "pattern": "a match of",
             "exclusiveMinimum": "more than", "exclusiveMaximum": "less than", "multipleOf": "a multiple of",
             "minItems": "a list with at least this many entries:"}  # fmt: skip
    if error.validator == "type" and isinstance(wanted, list):
        wanted = " or ".join(wanted)
    expected = f"{known[error.validator]} {wanted}" if error.validator in known else error.message
    return found if len(found) < 80 else f"{found[:77]}...", expected


def _known_keys(path: tuple[str, ...]) -> str:
    return f"a known key of {'.'.join(path)}; nearest is " if path else "a known key; nearest is "
