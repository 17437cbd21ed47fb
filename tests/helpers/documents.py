"""What documents have in code: blocks of a language, and the lines that a lab changes in a config."""

import re
from pathlib import Path

from helpers.datasets import REPOSITORY

INPUTS, DATASETS = REPOSITORY / "docs/inputs.md", REPOSITORY / "docs/datasets.md"
TUTORIAL = REPOSITORY / "docs/tutorial.md"


def code_blocks(path: Path, language: str) -> list[str]:
    """Code of one language in a document."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)


def apply_diff(document: Path) -> tuple[str, list[str]]:
    """Apply the one diff of a document to the config it names; the new text, and the lines that are added."""
    (diff,) = code_blocks(document, "diff")
    name = re.search(r"^--- (\S+)$", diff, re.MULTILINE)[1]
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    removed = [line[1:] for line in lines if line.startswith("-")]
    added = [line[1:] for line in lines if line.startswith("+")]
    text = (REPOSITORY / name).read_text()
    block = "\n".join(removed) + "\n"
    assert text.count(block) == 1, "the diff does not fit the config"
    return text.replace(block, "\n".join(added) + "\n"), added
