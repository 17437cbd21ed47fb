"""The rules of the workflow as text, for tests of conventions."""

import re
from pathlib import Path

from helpers.datasets import REPOSITORY

WORKFLOW = REPOSITORY / "workflow"
SECTIONS = ("localrule", "input", "output", "log", "benchmark", "conda", "threads", "resources", "params", "script",
            "shell", "run", "wildcard_constraints")  # fmt: skip


def rule_files() -> list[Path]:
    """Every file of rules."""
    return sorted((WORKFLOW / "rules").rglob("*.smk"))


def read_rules() -> dict[str, dict[str, str]]:
    """Every rule of every .smk: name -> its sections' text, `doc`, and `base`, the rule whose sections it reuses.

    `file` is the file it is in, ``simulation/demo`` for example.
    """
    rules = {}
    start = r"^(?:use )?rule (?=\w+(?::| as ))"
    for path in rule_files():
        for block in re.split(start, path.read_text(), flags=re.MULTILINE)[1:]:
            title, _, body = block.partition(":\n")
            base, _, name = title.removesuffix(" with").rpartition(" as ")
            body = re.split(r"^\S", body, maxsplit=1, flags=re.MULTILINE)[0]
            parts = re.split(rf"^    ({'|'.join(SECTIONS)}):", body, flags=re.MULTILINE)
            doc = re.search(r'"""(.*?)"""', parts[0], re.DOTALL)
            rules[name] = {"doc": doc[1]} if doc else {}
            rules[name] |= {"base": base or name, "file": str(path.relative_to(WORKFLOW / "rules").with_suffix(""))}
            rules[name] |= dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: rules[rule["base"]] | rule for name, rule in rules.items()}


RULES = read_rules()
