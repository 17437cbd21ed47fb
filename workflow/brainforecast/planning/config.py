"""Check a config against its schema, fill in defaults, and describe every key."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from brainforecast.errors import BadInput, nearest
from brainforecast.planning.config_files import LOADER, ConfigFiles
from brainforecast.planning.denoising import check_denoising
from brainforecast.planning.messages import check_values, key_of, shown
from brainforecast.planning.models.files import check_analysed_layers
from brainforecast.planning.names import check_controls, check_names, check_ranges
from brainforecast.planning.reported import fill_reported, spell_source

# Sections that scores do not depend on: how a run is done, and which scores are summarised and drawn.
NOT_SCIENCE = (
    "fanout",
    "threads",
    "gpu_memory",
    "figures",
    "maps",
    "verdict",
    "sensitivity",
    "contrasts",
    "freesurfer",
)
RETIRED = {  # section, key: what to write instead
    (
        "encoding",
        "word_rate",
    ): "`base: lexical` in the analyses that count words, and in maps; its columns are encoding.lexical"
}


def check_config(config: Mapping, path_to_schema: str | Path, files: Sequence[str | Path] = ()) -> dict:
    """The config with defaults filled in.

    Parameters
    ----------
    config : as Snakemake merged it.
    files : those it was read from, for messages in the words of the file.

    Raises
    ------
    BadInput : an unknown key (with the nearest known one), a missing key, a value of the wrong kind, names that do not
        match between sections, or a key that a file has twice.
    """
    schema, written = read_schema(path_to_schema), ConfigFiles(files)
    written.check_keys()
    if not isinstance(config, Mapping):
        raise BadInput("config", shown(config), "keys with their values")
    checked = _plain_copy(config)
    for analysis in _entries(checked.get("analyses")):
        _spell_true(analysis)
    if not checked.get("maps") or isinstance(checked["maps"], dict):
        checked["maps"] = spell_source({} if checked.get("maps") is None else checked["maps"])
    for (section, key), expected in RETIRED.items():
        if key in _keys_of(checked.get(section)):
            raise BadInput(f"config key {section}.{key}", "a key that has retired", expected)
    for path, key, known in _unknown_keys(checked, schema, schema, ()):
        expected = f"{_known_keys(path)}{nearest(key, known)}"
        raise BadInput(key_of([*path, key]), "an unknown key", expected)
    checked = _with_nulls(checked, schema, schema)
    check_values(checked, schema, written.spelling)
    check_ranges(checked)
    _fill(checked, schema, schema)
    check_names(checked)
    check_analysed_layers(checked)
    fill_reported(checked)
    check_controls(checked)
    check_denoising(checked)
    return checked


def read_schema(path: str | Path) -> dict:
    """Read the schema of configs."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), LOADER)


def config_hash(config: Mapping) -> str:
    """Hash of what determines the scores of a run: the config without the sections NOT_SCIENCE."""
    science = {key: value for key, value in config.items() if key not in NOT_SCIENCE}
    return hashlib.sha256(json.dumps(science, sort_keys=True).encode()).hexdigest()[:16]


def describe_keys(path_to_schema: str | Path) -> list[tuple[str, str, str]]:
    """Every key of a config: its path, its default as JSON ("" where there is none), its meaning."""
    schema = read_schema(path_to_schema)
    return list(_describe(schema, schema, ()))


def key_table(path_to_schema: str | Path) -> str:
    """The keys as a Markdown table, for config/README.md."""
    rows = [
        f"| `{key}` | {f'`{default}`' if default else ''} | {_as_written(text)} |"
        for key, default, text in describe_keys(path_to_schema)
    ]
    return "\n".join(["| key | default | meaning, unit, source |", "|---|---|---|", *rows])


def _as_written(text: str) -> str:
    """A text in Markdown without its markup: `sub-*/[ses-*/]func` has no emphasis."""
    return text.replace("<", "&lt;").replace("*", r"\*")


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


def _with_nulls(value: object, schema: Mapping, top: Mapping) -> object:
    """A config in which the text ``null`` is null where a key may be: Snakemake's ``--config`` has no other way."""
    schema = _resolve(schema, top)
    if isinstance(value, Mapping):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        inner = {key: known.get(key, others if isinstance(others, Mapping) else {}) for key in value}
        return {key: _with_nulls(child, inner[key], top) for key, child in value.items()}
    return None if value == "null" and _may_be_null(schema) else value


def _may_be_null(schema: Mapping) -> bool:
    alternatives = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return "null" in schema.get("type", ()) or None in schema.get("enum", ()) or any(map(_may_be_null, alternatives))


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


def _plain_copy(config: Mapping) -> dict:
    """A copy of plain types, with keys that are texts; YAML reads 2023-01-01 as a date."""
    try:
        text = json.dumps(config, default=str, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput("config", "half of a character (\\ud800 to \\udfff)", "text of whole characters") from error
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput("config", f"what is no value of a config ({error})", "texts, numbers, lists and keys") from error
    if "\\u0000" in text:
        raise BadInput("config", "a NUL character", "text")
    return json.loads(text)


def _spell_true(analysis: object) -> None:
    # YAML reads the source `true` as a boolean
    if isinstance(analysis, dict) and isinstance(analysis.get("sources"), list):
        analysis["sources"] = ["true" if source is True else source for source in analysis["sources"]]


def _entries(section: object) -> list:
    return list(section.values()) if isinstance(section, Mapping) else []


def _keys_of(section: object) -> list:
    return list(section) if isinstance(section, Mapping) else []


def _known_keys(path: tuple[str, ...]) -> str:
    return f"a known key of {'.'.join(path)}; nearest is " if path else "a known key; nearest is "
