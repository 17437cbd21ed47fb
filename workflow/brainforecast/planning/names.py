"""Check a config across its sections: names match, ranges run forwards, paths can be opened, parts fit together."""

import os
import re
from collections.abc import Iterator, Mapping

from brainforecast.cells import FEATURES, LISTENERS, VERDICT, is_word_vectors, span
from brainforecast.dataset.formats import FORMATS, check_space
from brainforecast.dataset.labels import require_part
from brainforecast.errors import BadInput, nearest
from brainforecast.planning.messages import key_of
from brainforecast.planning.models.checks import check_model_settings
from brainforecast.planning.models.features import check_feature_models
from brainforecast.planning.sensitivity import check_sensitivity
from brainforecast.sources import SOURCES

LONGEST_NAME = 255  # bytes: of a file or folder, on any disk
STORY_KEYS = ("n_listeners", "tr", "stories", "words_per_second", "start")  # of a simulation that has its own stories
SPANS = {"layers": 0, "widths": 1, "distances": None}  # key of an analysis: its smallest value
SMALLEST = {"layers": "0, the embedding, or more", "widths": "1 word or more (without sources: R(X) only)"}
RUN, STORY = ("subject", "story", "session", "run"), ("story", "task", "run")
PATHS = {  # key: the fields in braces that its path may have
    "dataset": {"root": (), "derivatives": (), "scans": (), "checksums": (), "mask": (), "files": RUN},
    "stimuli": {"words": STORY, "transcript": STORY, "audio": STORY},
    "atlas": dict.fromkeys(("L", "R", "dlabel", "volume", "table", "lobes"), ("subject",)),
}


def check_ranges(config: Mapping) -> None:
    """Check the ranges of a config without defaults: forwards, and not below the smallest value.

    Raises
    ------
    BadInput : the key, and how the range is written.
    """
    for name, analysis in config["analyses"].items():
        for key, smallest in SPANS.items():
            if key in analysis:
                _check_span(("analyses", name, key), analysis[key], smallest, SMALLEST.get(key, ""))
    alphas = (config.get("encoding") or {}).get("alphas") or {}
    if {"first", "last"} <= alphas.keys() and alphas["first"] > alphas["last"]:
        found, expected = f"first {alphas['first']}, last {alphas['last']}", "first no larger than last"
        raise BadInput("config key encoding.alphas", found, expected)


def check_names(config: Mapping) -> None:
    """Check names and paths of a config whose defaults are filled in.

    Raises
    ------
    BadInput : a name that another section does not have, with the nearest that it has; a path that is none.
    """
    _check_paths(config)
    _check_labels(config)
    _check_sources(config)
    _check_models(config)
    check_feature_models(config)
    check_model_settings(config)
    _check_simulation(config["simulation"] or {})
    _check_contrasts(config)


def check_controls(config: Mapping) -> None:
    """Check what depends on the reported cell: fine-tunings, the verdict, variants.

    Raises
    ------
    BadInput : a section that the reported cell, or its model, cannot have.
    """
    _check_side_by_side(config)
    if config["verdict"]:
        _check_verdict(config)
    if config["sensitivity"] or config["verdict"]:
        check_sensitivity(config)


def _check_span(keys: tuple[str, ...], values: Mapping | list | int, smallest: int | None, expected: str) -> None:
    if isinstance(values, Mapping) and values["first"] > values["last"]:
        first, last = values["first"], values["last"]
        forwards = f"first no larger than last: {{first: {last}, last: {first}}}"
        raise BadInput(key_of(keys), f"first {first}, last {last}", forwards)
    low = min(span(values))
    if smallest is not None and low < smallest:
        raise BadInput(key_of(keys), low, expected)


def _check_labels(config: Mapping) -> None:
    """Labels stand in names of files, and names of models and stories are folders that no disk takes for one."""
    dataset = config["dataset"]
    labels = {"space": dataset["space"], "desc": dataset["desc"]} | {
        f"entities.{key}": part for key, value in dataset["entities"].items() for part in (key, value)
    }
    for key, label in labels.items():
        if label:
            require_part(f"config key dataset.{key}", "label", label)
    for section, names in (
        ("models", [*config["models"], *config["finetuning"]]),
        ("dataset.stories", dataset["stories"] or ()),
    ):
        by_letters: dict[str, str] = {}
        for name in names:
            other = by_letters.setdefault(name.casefold(), name)
            if other != name:
                expected = "names that differ in more than capitals, which the disks of many machines do not keep apart"
                raise BadInput(f"config key {section}", f"{other} and {name}", expected)


def _check_paths(config: Mapping) -> None:
    """Paths are as the system opens them: no ~, which a shell expands, and no field that nothing fills in."""
    for keys, path, fields in _paths(config):
        longest = max(path.split("/"), key=len)
        if len(os.fsencode(longest)) > LONGEST_NAME:
            found = f"a name of {len(longest)} characters, {longest[:20]}..."
            raise BadInput(key_of(keys), found, f"a path of names of at most {LONGEST_NAME} bytes")
        if path.startswith("~"):
            raise BadInput(key_of(keys), f"{path}, with a ~ that only a shell expands", "the whole path")
        for field in re.findall(r"\{(.*?)\}", path):
            if field not in fields:
                near = f"; nearest is {{{nearest(field, fields)}}}" if fields else ""
                expected = (
                    f"no braces but {', '.join(f'{{{name}}}' for name in fields)}"
                    if fields
                    else "a path without braces"
                )
                raise BadInput(key_of(keys), f"{{{field}}} in {path}", f"{expected}{near}")
        if path.count("{") != path.count("}"):
            raise BadInput(key_of(keys), f"a single brace in {path}", "a path with braces in pairs, or without any")


def _paths(config: Mapping) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Every path of the config that is set: its keys, the path, and the fields it may have."""
    for section, keys in PATHS.items():
        for key, fields in keys.items():
            if path := (config[section] or {}).get(key):
                yield (section, key), path, fields
    if config["surfaces"]:
        yield ("surfaces",), config["surfaces"], ()
    for name, model in config["models"].items():
        yield ("models", name, "source"), model["source"].removeprefix(FEATURES).strip(), ()


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


def _check_models(config: Mapping) -> None:
    """Models that are used are models of the config, and surfaces have a space."""
    models = config["models"]
    _check_listeners(config)
    used = [(f"analyses.{name}.models", model) for name, a in config["analyses"].items() for model in a["models"]]
    used = [(where, model) for where, model in used if model != LISTENERS]
    used = [(where, model) for where, model in used if model not in config["finetuning"]]
    used += [(f"finetuning.{name}.base", section["base"]) for name, section in config["finetuning"].items()]
    if config["sources"]["static"]["model"]:
        used.append(("sources.static.model", config["sources"]["static"]["model"]))
    if config["simulation"]:
        used.append(("simulation.model", config["simulation"]["model"]))
    for where, model in used:
        if model not in models:
            raise BadInput(f"config key {where}", model, f"a name from models; nearest is {nearest(model, models)}")
    check_space(config["dataset"]["response"], config["dataset"]["space"])


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


def _check_contrasts(config: Mapping) -> None:
    """Contrasts have names of their own, and each compares two regions."""
    names = [contrast["name"] for contrast in config["contrasts"]]
    for index, contrast in enumerate(config["contrasts"]):
        if names.index(contrast["name"]) < index:
            first = names.index(contrast["name"])
            expected = f"a name of its own: contrasts.{first} has this one"
            raise BadInput(f"config key contrasts.{index}.name", contrast["name"], expected)
        if contrast["first"] == contrast["second"]:
            raise BadInput(
                f"config key contrasts.{index}", f"the same first and second in {contrast['name']}", "two regions"
            )


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
    response = FORMATS[config["dataset"]["response"]]
    if not response.of_regions and not config["atlas"]:
        raise BadInput("config key verdict", f"{response.units} without regions", "an atlas: a verdict is on regions")
    if models[cell["model"]]["side_by_side"]:
        expected = f"null: layer 0 of {cell['model']} is no embedding, its layers are side by side"
        raise BadInput("config key verdict", f"maps.model {cell['model']}", expected)
