"""What documents have in code: blocks of a language, and the lines that a lab changes in a config."""

import re
import shlex
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Block:
    """A fenced block of a document.

    Attributes
    ----------
    mark : the line in italics of its section, or of the page's introduction, that names what it needs; "" if none.
    """

    document: Path
    language: str
    code: str
    mark: str

    @property
    def commands(self) -> list[list[str]]:
        """The commands of a block for a shell, as words; a string may have several lines."""
        code = re.sub(r" +# .*$", "", self.code.replace("\\\n", " "), flags=re.MULTILINE)
        lexer = shlex.shlex(code, posix=True, punctuation_chars="\n;")
        lexer.whitespace, lexer.whitespace_split = " \t", True
        words, found = list(lexer), [[]]
        for word in words:
            if set(word) <= {"\n", ";"}:
                found.append([])
            else:
                found[-1].append(word)
        return [command for command in found if command]


def fenced_blocks(document: Path) -> list[Block]:
    """Every fenced block of a document, in order."""
    introduction, *sections = re.split(r"^(?=##+ )", document.read_text(), flags=re.MULTILINE)
    found, general = [], _mark(introduction)
    for section in (introduction, *sections):
        parts = re.split(r"^```(\w*)\n(.*?)^```$", section, flags=re.DOTALL | re.MULTILINE)
        for before, language, code in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            found.append(Block(document, language, code, _mark(before) or general))
    return found


def _mark(text: str) -> str:
    marks = re.findall(r"^\*((?:Needs|Each block is an excerpt) [^\n]+)\*$", text, re.MULTILINE)
    return marks[-1] if marks else ""
