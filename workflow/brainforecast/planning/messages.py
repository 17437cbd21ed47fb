"""What is wrong with a value of a config, in plain words: the faults that its schema finds."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from brainforecast.dataset.labels import CONTROL
from brainforecast.errors import BadInput, nearest

KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys and their values",
    "null": "null",
}
LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}
LONGEST = 80  # characters of a value that is shown
# 2.0 is a whole number of JSON, but no index and no count of ours
Strict = validators.extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
Spelling = Callable[[Sequence[str | int], object], str | None]  # `config_files.ConfigFiles.spelling`


def check_values(config: Mapping, schema: Mapping, spelling: Spelling) -> None:
    """Check every value of a config against its schema.

    Parameters
    ----------
    config : without unknown keys.
    spelling : how a value is written in its file.

    Raises
    ------
    BadInput : the key, what was found and what was expected; the fault nearest to the top, if there are several.
    """
    for keys in _not_finite(config, ()):
        raise BadInput(key_of(keys), "a number that is not finite", "a finite number")
    for keys, text in _with_control_characters(config, ()):
        found = f"{text}, with a line feed or another character that is not printed"
        expected = "text in one line (| and > in YAML end it with a line feed, |- and >- do not)"
        raise BadInput(key_of(keys), found, expected)
    error = _first(Strict(schema).iter_errors(config))
    if error is not None:
        raise _fault(error, spelling)


def key_of(keys: Iterable[str | int]) -> str:
    """A key of the config as messages name it: ``config key encoding.folds.n_folds``; ``config`` for the whole."""
    path = ".".join(map(str, keys))
    return f"config key {path}" if path else "config"


def shown(value: object, spelling: str | None = None) -> str:
    """A value in words: ``the number 8 (YAML reads 010 so)``.

    Parameters
    ----------
    spelling : as it is written in the file, if that is known.
    """
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'the text "{_short(value)}"' if value else "an empty text"
    if isinstance(value, bool | int | float):
        text = json.dumps(value)
        other = spelling is not None and spelling.lower() != text.lower()
        name = text if isinstance(value, bool) else f"the number {text}"
        return f"{name} (YAML reads {spelling} so)" if other else name
    if isinstance(value, list):
        return f"the list {_short(json.dumps(value))}" if value else "an empty list"
    return f"the keys {_short(', '.join(map(str, value)))}" if value else "a section without keys"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def _first(errors: Iterable[ValidationError]) -> ValidationError | None:
    """The fault nearest to the top of the config, of several the first; None if there is none."""
    return min(errors, key=lambda error: len(error.absolute_path), default=None)


def _not_finite(value: object, keys: tuple) -> Iterator[tuple]:
    if isinstance(value, float) and not math.isfinite(value):
        yield keys
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _not_finite(child, (*keys, key))


def _with_control_characters(value: object, keys: tuple) -> Iterator[tuple[tuple, str]]:
    """Texts, keys too, that no path and no line of a table can hold; the label of a figure may have several lines."""
    if isinstance(value, str) and CONTROL.search(value.replace("\n", "") if keys[-1:] == ("label",) else value):
        yield keys, value
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if isinstance(key, str) and CONTROL.search(key):
            yield keys, key
        yield from _with_control_characters(child, (*keys, key))


def _fault(error: ValidationError, spelling: Spelling) -> BadInput:
    inner = _inner_fault(error) if error.validator in ALTERNATIVES else None
    if inner is not None:
        return _fault(inner, spelling)
    keys, value = list(error.absolute_path), error.instance
    describe = FAULTS.get(error.validator, lambda error, found, written: (found, error.message))
    written = spelling(keys, value)
    return BadInput(key_of(keys), *describe(error, shown(value, written), written))


def _wrong_type(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    types = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    kinds = [KINDS[name] for name in types if name != "null"]
    expected = f"{' or '.join(kinds)}{_hint(error, written, types)}"
    return found, f"{expected}{', or null' if 'null' in types else ''}"


def _no_alternative(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    types = _types(error.schema)
    kinds = error.schema.get("title") or " or ".join(KINDS[name] for name in types)
    return found, f"{kinds}{_hint(error, written, types)}"


def _not_one_of(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    value, known = error.instance, error.validator_value
    names = [name for name in known if name is not None]
    near = f"; nearest is {nearest(value, names)}" if isinstance(value, str) else ""
    listed = f"{'one of ' if len(names) > 1 else ''}{', '.join(map(str, names))}{' or null' if None in known else ''}"
    return value if isinstance(value, str) and value else found, f"{listed}{near}"


def _missing_key(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    missing = next(key for key in error.validator_value if key not in error.instance)
    meaning = error.schema.get("properties", {}).get(missing, {}).get("description", "")
    return f"no key {missing}", f"{missing}{f': {meaning}' if meaning else ''}"


def _parted_keys(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    needs, value = error.validator_value, error.instance
    given = next(key for key in needs if key in value and not set(needs[key]) <= set(value))
    missing = [key for key in needs[given] if key not in value]
    return f"{given} without {' and '.join(missing)}", f"all of {', '.join(needs)}, or none of them"


def _wrong_characters(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    is_name = "propertyNames" in error.absolute_schema_path  # of a key: its place is the section
    known = re.fullmatch(r"\^(\[A-Za-z0-9\])?\[A-Za-z0-9([^\]]*)\][+*]\$", error.validator_value)
    allowed = ["letters", "digits", *known[2]] if known else []
    expected = f"only {', '.join(allowed[:-1])} and {allowed[-1]}" if known else f"a match of {error.validator_value}"
    expected += ", the first one a letter or a digit" if known and known[1] else ""
    return f'the name "{error.instance}"' if is_name else found, expected


def _too_long(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    n, what = len(error.instance), "name" if "propertyNames" in error.absolute_schema_path else "text"
    return f"a {what} of {n} characters, {error.instance[:20]}...", f"at most {error.validator_value} characters"


def _wrong_number_of_entries(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    n, wanted = len(error.instance), error.validator_value
    bound = "at least" if error.validator.startswith("min") else "at most"
    return f"{found} of {n}" if n > 1 else found, f"{bound} {wanted} {'entry' if wanted == 1 else 'entries'}"


def _entry_twice(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    twice = next(entry for entry in error.instance if error.instance.count(entry) > 1)
    return f"{json.dumps(twice)} twice", "each entry once"


def _beyond_limit(error: ValidationError, found: str, written: str | None) -> tuple[str, str]:
    return found.removeprefix("the number "), f"{LIMITS[error.validator]} {error.validator_value}"


def _inner_fault(error: ValidationError) -> ValidationError | None:
    """The fault inside the alternative whose type fits, such as an entry of a list; None if no type fits."""
    fitting = [inner for inner in error.context if inner.validator != "type" or list(inner.relative_path)]
    return _first(fitting)


def _types(schema: Mapping) -> list[str]:
    """The types that a schema with alternatives takes."""
    types = [option.get("type", []) for option in schema.get("oneOf", schema.get("anyOf", []))]
    return [name for one in types for name in ([one] if isinstance(one, str) else one)]


def _hint(error: ValidationError, written: str | None, types: Sequence[str]) -> str:
    """How to write what was probably meant."""
    value, schema = error.instance, error.schema
    if "string" in types and isinstance(value, bool | int | float):
        return f': quote it, "{json.dumps(value) if written is None else written}"'
    if isinstance(value, str) and {"integer", "number"} & set(types) and _is_number(value):
        number = int(float(value)) if float(value).is_integer() else float(value)
        return f": {json.dumps(number)}, without quotes{'' if written else ' (--config passes text: use a file)'}"
    if isinstance(value, str) and "boolean" in types and value.lower() in YES_OR_NO:
        return ", without quotes"
    if "array" in types and "object" not in types and isinstance(value, bool | int | float | str):
        plain = json.dumps(value) if written is None else written
        of_text = schema.get("items", {}).get("type") == "string" and not isinstance(value, str)
        parts = value.split(",") if isinstance(value, str) else [f'"{plain}"' if of_text else plain]
        if schema.get("items", {}).get("type") == "string":
            parts = [f'"{part.strip()}"' if _is_number(part) else part for part in parts]
        return f", such as [{_short(', '.join(part.strip() for part in parts))}]"
    if "object" in types and value is None and "default" in schema:
        return "; leave the key out for its default"
    if "object" in types and schema.get("required"):
        return f": {{{', '.join(schema['required'])}}}"
    return ""


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


YES_OR_NO = ("yes", "no", "true", "false", "on", "off")
ALTERNATIVES = ("oneOf", "anyOf")
FAULTS: dict[str, Callable[[ValidationError, str, str | None], tuple[str, str]]] = {  # found and expected
    "type": _wrong_type,
    "oneOf": _no_alternative,
    "anyOf": _no_alternative,
    "enum": _not_one_of,
    "required": _missing_key,
    "dependentRequired": _parted_keys,
    "pattern": _wrong_characters,
    "maxLength": _too_long,
    "minItems": _wrong_number_of_entries,
    "maxItems": _wrong_number_of_entries,
    "minProperties": _wrong_number_of_entries,
    "uniqueItems": _entry_twice,
    **dict.fromkeys(LIMITS, _beyond_limit),
}
