"""docs/troubleshooting.md is by what is on screen: each text in its first columns is a part of a message."""

import ast
import re
from pathlib import Path

import pytest
import snakemake
import snakemake_executor_plugin_slurm as slurm

from helpers.datasets import REPOSITORY

PAGE = REPOSITORY / "docs/troubleshooting.md"
# what differs from message to message, and what `BadInput` puts between its parts
VALUE = re.compile(r"\.\.\.|\"[^\"]*\"|[\d,]*\d|: found |^found |;? ?expected |; nearest is ")


def messages(path: Path) -> str:
    """Every text in a file of code, formatted ones with a gap for each value; the file itself if it is no Python."""
    if path.suffix != ".py":
        return path.read_text()
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return "\n".join(found)


def quoted_messages() -> list[str]:
    """What the first columns of the tables quote; options, keys and commands are no messages."""
    rows = re.findall(r"^\| ((?:[^|\\]|\\.)+) \|", PAGE.read_text(), re.MULTILINE)
    quoted = [text.replace("\\|", "|") for row in rows for text in re.findall(r"`([^`]+)`", row)]
    return [text for text in quoted if not re.match(r"-|kill |snakemake ", text)]


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """What each file of the project, of Snakemake and of its plugin for SLURM may print."""
    folders = [REPOSITORY / "workflow", *(Path(one.__file__).parent for one in (snakemake, slurm))]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".smk"}]
    return [messages(path) for path in [REPOSITORY / "envs/run", *files]]


@pytest.mark.parametrize("text", quoted_messages())
def test_the_message_exists(printed, text):
    """One file has all that stands between the values of the line."""
    parts = [part.strip(" ;,.()") for part in VALUE.split(text)]
    assert any(len(part) > 4 for part in parts)
    assert any(all(part in one for part in parts) for one in printed)


def test_messages_are_found():
    """A pattern that matches nothing would pass the test above."""
    assert len(quoted_messages()) > 60
