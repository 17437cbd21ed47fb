"""The files of a config: keys given twice, spellings, and what one file changes in another."""

import os
from itertools import pairwise

import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.config_files import ConfigFiles
from helpers.datasets import assert_bad_input, write_lines


def test_a_key_twice_is_refused_with_both_lines(tmp_path):
    """YAML would keep the second and drop the first, whatever they hold."""
    path = write_lines(tmp_path / "a.yaml", "seed: 1", "models:", "  gpt2: {source: a}", "  gpt2: {source: b}")
    with pytest.raises(BadInput) as error:
        ConfigFiles([path]).check_keys()
    assert_bad_input(error, f"{path} line 4", "models.gpt2 a second time", "the first is in line 3")


def test_a_key_twice_in_an_entry_of_a_list(tmp_path):
    """The place in the list is part of the key."""
    path = write_lines(tmp_path / "a.yaml", "contrasts:", "- {name: x, name: y}")
    with pytest.raises(BadInput, match=r"line 2: found contrasts.0.name a second time"):
        ConfigFiles([path]).check_keys()


def test_the_same_key_in_two_sections_or_files_is_fine(tmp_path):
    """A key is unique in its section only."""
    first = write_lines(tmp_path / "a.yaml", "one: {key: 1}", "two: {key: 1}")
    second = write_lines(tmp_path / "b.yaml", "one: {key: 2}")
    ConfigFiles([first, second]).check_keys()


@pytest.mark.parametrize(
    ("text", "value", "spelling"),
    [("010", 8, "010"), ("yes", True, "yes"), ('"yes"', "yes", "yes"), ("0x10", 16, "0x10"), ("~", None, "~")],
)
def test_a_value_is_found_as_it_is_written(tmp_path, text, value, spelling):
    """The spelling of the file, not YAML's reading of it; one in a list is found by its position."""
    path = write_lines(tmp_path / "a.yaml", "dataset:", f"  subjects: [other, {text}]")
    assert ConfigFiles([path]).spelling(["dataset", "subjects", 1], value) == spelling


def test_a_value_that_is_not_the_files_has_no_spelling(tmp_path):
    """One that the command line gave, one of another place, one of no file."""
    path = write_lines(tmp_path / "a.yaml", "seed: 010")
    files = ConfigFiles([path])
    assert files.spelling(["seed"], 9) is None
    assert files.spelling(["dataset", "seed"], 8) is None
    assert ConfigFiles().spelling(["seed"], 8) is None


def test_the_last_file_gives_the_spelling(tmp_path):
    """As Snakemake merges them."""
    first, second = (write_lines(tmp_path / f"{name}.yaml", f"seed: {name}") for name in ("010", "0x8"))
    assert ConfigFiles([first, second]).spelling(["seed"], 8) == "0x8"


def test_what_a_second_file_changes_is_listed(tmp_path, monkeypatch):
    """Only keys that both have, with another value; added keys change nothing that was there."""
    monkeypatch.chdir(tmp_path)
    first = write_lines(tmp_path / "a.yaml", "dataset: {name: x, tr: 2}", "seed: 1", "models: {gpt2: {source: gpt2}}")
    second = write_lines(
        tmp_path / "b.yaml", "dataset: {name: y, tr: 2}", "models: {glove: {source: g.npy}}", "seed: 2"
    )
    expected = "the config is merged from a.yaml and b.yaml: b.yaml changes dataset.name, seed"
    assert ConfigFiles([first, second]).merged() == expected
    assert ConfigFiles([first]).merged() is None


def test_many_changes_are_counted_by_section(tmp_path, monkeypatch):
    """None is left out: a long list becomes a number of keys of each section."""
    monkeypatch.chdir(tmp_path)
    keys = [f"k{i}" for i in range(9)]
    first, second = (
        write_lines(tmp_path / f"{name}.yaml", f"a: {{{', '.join(f'{key}: {name}' for key in keys)}}}", f"b: {name}")
        for name in ("x", "y")
    )
    assert ConfigFiles([first, second]).merged().endswith("y.yaml changes 9 keys of a, 1 key of b")


def test_a_file_that_is_no_yaml_is_snakemakes_to_report(tmp_path):
    """It is passed over here, as one that is not there."""
    path = write_lines(tmp_path / "a.yaml", "a:\n\tb: 1")
    files = ConfigFiles([path, tmp_path / "none.yaml"])
    files.check_keys()
    assert files.spelling(["a"], 1) is None


BOMB = [
    "a: &a [x, x, x, x, x, x, x, x, x, x]",
    *(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in pairwise("abcdefghi")),
]


@pytest.mark.parametrize(
    ("lines", "line", "found"),
    [
        (BOMB, 5, "more than 100,000 values, with what anchors (&) repeat"),
        (["a: &a {b: *a}"], 1, "*a inside &a"),
        (["a: " + "[" * 60 + "]" * 60], 1, "more than 50 sections inside each other"),
    ],
    ids=["a bomb", "itself", "deep"],
)
def test_configs_that_grow_without_end(tmp_path, lines, line, found):
    """A few anchors stand for billions of values: they are counted, and nothing is built."""
    path = write_lines(tmp_path / "a.yaml", *lines)
    files = ConfigFiles([path])
    with pytest.raises(BadInput) as error:
        files.check_keys()
    assert_bad_input(error, f"{path} line {line}", found)
    assert files.spelling(["a"], 1) is None


def test_a_config_of_a_hundred_megabytes(tmp_path):
    """It is not read."""
    path = write_lines(tmp_path / "a.yaml", "seed: 1")
    os.truncate(path, 10**8)
    with pytest.raises(BadInput) as error:
        ConfigFiles([path, tmp_path / "none.yaml"]).check_keys()
    assert_bad_input(error, path, "100,000,000 bytes", "a config")


def test_anchors_of_a_config_are_read(tmp_path):
    """They spare repetition."""
    path = write_lines(tmp_path / "a.yaml", "a: &a {x: 1, y: [2, 3]}", "b: *a", "c: [*a, *a]")
    ConfigFiles([path]).check_keys()
