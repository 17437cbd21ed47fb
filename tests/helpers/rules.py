"""The rules of the workflow as text, for tests of conventions."""

import re

from helpers.datasets import REPOSITORY

WORKFLOW = REPOSITORY / "workflow"
SECTIONS = ("input", "output", "log", "benchmark", "conda", "threads", "resources", "params", "script", "shell", "run",
            "wildcard_constraints")  # fmt: skip


def read_rules() -> dict[str, dict[str, str]]:
    """Every rule of every .smk: name -> its sections' text, `doc`, and `base`, the rule whose sections it shares."""
    rules = {}
    start = r"^(?:use )?rule (?=\w+(?::| as ))"
    texts = [path.read_text() for path in sorted((WORKFLOW / "rules").glob("*.smk"))]
    for block in (block for text in texts for block in re.split(start, text, flags=re.MULTILINE)[1:]):
        title, _, body = block.partition(":\n")
        base, _, name = title.removesuffix(" with").rpartition(" as ")
        parts = re.split(rf"^    ({'|'.join(SECTIONS)}):", body, flags=re.MULTILINE)
        doc = re.search(r'"""(.*?)"""', parts[0], re.DOTALL)
        rules[name] = {"doc": doc[1]} if doc else {}
        rules[name] |= {"base": base or name} | dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: rules[rule["base"]] | rule for name, rule in rules.items()}


RULES = read_rules()
