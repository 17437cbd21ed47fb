"""Faults of a config's values: whatever the schema refuses becomes one line in plain words."""

import copy
import json
import random

import pytest
import yaml
from jsonschema import Draft202012Validator

from brainforecast.errors import BadInput
from brainforecast.planning.config import read_schema
from brainforecast.planning.messages import KINDS, check_values, key_of, shown
from helpers.datasets import REPOSITORY

SCHEMA = read_schema(REPOSITORY / "workflow/schemas/config.schema.yaml")
SCHEMA_WORDS = ("type ", "array", "object", "integer", "string", "boolean", "minimum", "is not valid", "schemas")
WRONG = (None, True, -1, 1.5, "text", "", [], [None], ["a", "a"], [1, 1], {}, {"x": 1})


def no_spelling(keys: object, value: object) -> None:
    """No file has the value."""


def leaves(value: object, keys: tuple = ()) -> list[tuple]:
    """The path of every value of a config, sections and entries of lists included."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [keys, *(path for key, child in children for path in leaves(child, (*keys, key)))]


def replaced(config: dict, keys: tuple, value: object) -> dict:
    """A copy of a config with another value in one place."""
    config = section = copy.deepcopy(config)
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    return config


def test_every_refused_value_is_one_plain_line():
    """Values of a config that ships, each replaced by some other: refused as the schema refuses them."""
    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    validator, n_refused = Draft202012Validator(SCHEMA), 0
    pairs = [(keys, value) for keys in leaves(config)[1:] for value in WRONG]
    for keys, value in random.Random(0).sample(pairs, 200):
        wrong = replaced(config, keys, value)
        if validator.is_valid(wrong):
            check_values(wrong, SCHEMA, no_spelling)
            continue
        n_refused += 1
        with pytest.raises(BadInput) as error:
            check_values(wrong, SCHEMA, no_spelling)
        where, _, rest = str(error.value).partition(": found ")
        found, _, expected = rest.partition("; expected ")
        assert where.startswith(("config key ", "config")) and found and expected
        assert "\n" not in str(error.value)
        assert not [word for word in SCHEMA_WORDS if word in expected], str(error.value)
    assert n_refused > 100


def test_the_fault_nearest_to_the_top_is_first():
    """One line is enough: the rest follows when it is mended; of several at one depth, the first."""
    config = {"dataset": 3, "models": {"x": {"source": 1}}, "analyses": {"a": {"models": ["x"], "layers": []}}}
    with pytest.raises(BadInput, match=r"^config key dataset: found the number 3"):
        check_values(config, SCHEMA, no_spelling)


@pytest.mark.parametrize(
    ("value", "spelling", "text"),
    [
        (None, None, "nothing"),
        ("five", None, 'the text "five"'),
        (8, "010", "the number 8 (YAML reads 010 so)"),
        (8, "8", "the number 8"),
        (True, "on", "true (YAML reads on so)"),
        (True, "True", "true"),
        ([], None, "an empty list"),
        ([1, "a"], None, 'the list [1, "a"]'),
        ({}, None, "a section without keys"),
        ({"a": 1, "b": 2}, None, "the keys a, b"),
    ],
)
def test_a_value_in_words(value, spelling, text):
    """What was found, as a person would name it."""
    assert shown(value, spelling) == text


def test_a_long_value_is_shortened_and_shows_it():
    """One line stays readable."""
    line = shown("x" * 500)
    assert len(line) < 120 and "..." in line


def test_the_whole_config_has_a_name():
    """Where there is no key."""
    assert key_of([]) == "config"
    assert key_of(["a", 0]) == "config key a.0"


def test_every_type_of_the_schema_has_a_word():
    """None is shown as JSON schema names it."""
    text = json.dumps(SCHEMA)
    assert {name for name in ("string", "integer", "number", "boolean", "array", "object", "null") if name in text} <= (
        KINDS.keys()
    )
