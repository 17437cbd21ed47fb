"""The documents are correct: what they link to and name exists, and definitions are where the glossary has them."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from helpers.datasets import REPOSITORY

DOCUMENTS = [
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md")),
    REPOSITORY / "tests/benchmarks/README.md",
]
GLOSSARY = REPOSITORY / "docs/glossary.md"
EXTENDING = REPOSITORY / "docs/extending.md"
LIBRARY = "../workflow/brainforecast/"
# in docs/extending.md: the most files that an extension of each kind may touch
MOST_FILES = {
    "A source of windows that shifts the story's own vectors": 4,
    "A source that a model makes": 10,
    "A reader of another kind of response": 9,
    "A reader of another kind of alignment": 5,
    "A statistic with a table": 10,
    "A column of the lexical base": 5,
    "A kind of passive brain": 5,
    "A variant of the reported cell": 6,
    "A figure": 6,
    "A language": 4,
}


def name_of(path: Path) -> str:
    """A document in the list of tests."""
    return str(path.relative_to(REPOSITORY))


def links(text: str) -> list[tuple[str, str]]:
    """File and heading of every link within the project; code is left out."""
    text = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [tuple(target.partition("#")[::2]) for target in targets if "://" not in target]


def anchors(text: str) -> set[str]:
    """Headings of a document as links name them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def definitions(path: Path) -> set[str]:
    """Functions, classes and constants at the top of a module."""
    body = ast.parse(path.read_text()).body
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    targets = [t for node in body if isinstance(node, ast.Assign) for t in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return defined | {target.id for target in targets if isinstance(target, ast.Name)}


def sections(text: str) -> dict[str, str]:
    """Sections of a document by their heading."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document):
    """Every linked file exists, and has the heading that a link names."""
    broken = []
    for path, heading in links(document.read_text()):
        file = document.parent / path if path else document
        if not file.exists() or (heading and heading not in anchors(file.read_text())):
            broken.append(f"{path}#{heading}")
    assert not broken


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_files_in_code_exist(document):
    """A path of the project between backticks exists; those of a run, of the user and with a pattern are left out."""
    code = re.findall(r"`([^`\s]+)`", re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL))
    ours = [word for word in code if re.fullmatch(r"(?:config|docs|envs|profiles|tests|workflow)/[\w./-]*\w", word)]
    assert not [word for word in ours if word != "profiles/mine" and not (REPOSITORY / word).exists()]


def test_commands_of_contributing_name_what_exists():
    """Every file in a command of CONTRIBUTING.md exists."""
    blocks = re.findall(r"```bash\n(.*?)```", (REPOSITORY / "CONTRIBUTING.md").read_text(), re.DOTALL)
    words = [word for block in blocks for line in block.splitlines() for word in shlex.split(line, comments=True)]
    named = [word for word in words if "/" in word]
    assert "envs/run" in named
    assert not [word for word in named if not (REPOSITORY / word).exists()]


def glossary_definitions() -> list[tuple[str, str]]:
    """Name and path of every definition in the glossary's links to the library."""
    return re.findall(r"`(\w+)` in \[[^]]+\]\(([^)]+\.py)\)", GLOSSARY.read_text())


def test_the_glossary_names_definitions():
    """Each line of the glossary's tables names at least one, in a module of the library, shown by its path there."""
    rows = [line for line in GLOSSARY.read_text().splitlines() if line.startswith("| ") and "computed by" not in line]
    assert len(rows) > 30
    assert not [row for row in rows if "` in [" not in row]
    shown = re.findall(r"\[([^]]+\.py)\]\(([^)]+)\)", GLOSSARY.read_text())
    assert not [path for text, path in shown if path != LIBRARY + text]


@pytest.mark.parametrize(("name", "path"), sorted(set(glossary_definitions())))
def test_a_module_defines_the_glossarys_name(name, path):
    """The definition that computes a term is in the module that the glossary links to."""
    assert name in definitions(GLOSSARY.parent / path)


def test_an_extension_touches_few_files():
    """docs/extending.md has a section for each kind of extension, with few files and a short example."""
    described = sections(EXTENDING.read_text())
    assert described.keys() == MOST_FILES.keys()
    for kind, text in described.items():
        files = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
        assert files == list(range(1, len(files) + 1)), kind
        assert 0 < len(files) <= MOST_FILES[kind], kind
        assert len(re.findall(r"^```\w+$", text, re.MULTILINE)) == 1, kind
