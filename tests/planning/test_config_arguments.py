"""Config files that Snakemake's own reader would choke on: one line before it starts."""

from pathlib import Path

import pytest

from brainforecast.planning.config_arguments import check_arguments, config_files_in
from helpers.datasets import REPOSITORY

ANCHORS = "a0: &a0 {x: 1, y: 2}\n"
BOMBS = {
    "anchors": ANCHORS + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)),
    "merged keys": ANCHORS + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}], k{i}: 1}}\n" for i in range(1, 25)),
    "a circle": "a: &a {b: *a}\n",
    "depth": "a: " + "[" * 100_000 + "]" * 100_000,
    "size": "a: [" + "1, " * 2_000_000 + "]",
    "digits": "seed: " + "9" * 5000,
    "no date": "dataset: {name: 2001-99-99}",
    "code": "__use_yte__: true\na: ?__import__('os').system('touch pwned')",
    "two of a key": "seed: 1\nseed: 2",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_one_line(tmp_path, monkeypatch, name):
    """Within a second and without running anything."""
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text(BOMBS[name])
    line = check_arguments(["snakemake", "-n", "--configfile", "config.yaml"])
    assert line.startswith("config.yaml") and ": found " in line and "; expected " in line and line.isprintable()
    assert not Path("pwned").exists()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_one_line(tmp_path, encoding):
    """A config that was saved by an editor of another time."""
    path = tmp_path / "config.yaml"
    path.write_bytes("# été\nseed: 1\n".encode(encoding))
    assert "found bytes that are not UTF-8 (at " in check_arguments(["snakemake", f"--configfile={path}"])


def test_files_are_found_among_the_arguments():
    """All after the option, up to the next one; targets before it are none."""
    arguments = ["snakemake", "plan", "--configfile", "a.yaml", "b.yaml", "--cores", "2", "--configfiles=c.yaml"]
    assert list(map(str, config_files_in(arguments))) == ["a.yaml", "b.yaml", "c.yaml"]


def test_configs_that_ship_and_files_that_are_not_there_pass(tmp_path):
    """What is no YAML is Snakemake's to report, and so is a missing file."""
    (tmp_path / "other.yaml").write_text("a: [")
    files = [*map(str, REPOSITORY.glob("config/*.yaml")), str(tmp_path / "other.yaml"), str(tmp_path / "none.yaml")]
    assert check_arguments(["snakemake", "--configfile", *files]) is None
