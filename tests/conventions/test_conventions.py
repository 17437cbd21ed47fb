"""What keeps the project readable: one name for rule, script, log and benchmark; docstrings; limits; documents."""

import ast
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from brainforecast.planning.config import check_config, describe_keys, key_table
from helpers.datasets import REPOSITORY
from helpers.rules import RULES, rule_files

WORKFLOW = REPOSITORY / "workflow"
SCHEMA = WORKFLOW / "schemas/config.schema.yaml"
VERBS = ("fetch", "denoise", "read", "simulate", "convert", "extract", "generate", "build", "prepare", "finetune",
         "score", "merge", "summarise", "locate", "plot")  # fmt: skip
TARGETS = {"cost", "status"}  # they print something and make no file
LONGEST_SCRIPT, LONGEST_MODULE, LONGEST_RULE_FILE, LONGEST_COMMON = 60, 400, 400, 110

LIBRARY = WORKFLOW / "brainforecast"
SCRIPTS = sorted((WORKFLOW / "scripts").rglob("*.py"))
MODULES = sorted(path for path in LIBRARY.rglob("*.py") if path.name != "__init__.py")
PACKAGES = sorted(path.parent for path in LIBRARY.glob("*/__init__.py"))
TOP = {"errors", "files", "progress", "sources", "cells", "checkpoints"}  # what all packages share
# configs that go on top of another
STUDIES = {"finetune": "narratives", "finetune_pieman": "pieman", "rehearsal_paper": "narratives"}
SHARING = ("small", "pieman")
CONFIGS = sorted((REPOSITORY / "config").glob("*.yaml"))


def name_of(path: Path) -> str:
    """A file's name in the list of tests: its package and its own name."""
    return f"{path.parent.name}/{path.stem}"


def folder_of(rule: str) -> str:
    """The folder of a rule's script: the name of the file of rules, or of its folder."""
    return RULES[RULES[rule]["base"]]["file"].partition("/")[0]


def test_files_are_found():
    """A glob that matches nothing would pass every test below."""
    assert len(MODULES) > 100 and len(SCRIPTS) > 50 and len(PACKAGES) > 10 and len(RULES) > 50
    assert len(rule_files()) > 10 and len(CONFIGS) > 5


def test_few_modules_are_at_the_top():
    """All modules are in packages but those that all packages share."""
    assert {path.stem for path in LIBRARY.glob("*.py")} - {"__init__"} == TOP


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_is_documented(package):
    """Its docstring describes its modules and what they may import."""
    doc = ast.get_docstring(ast.parse((package / "__init__.py").read_text()))
    assert doc and "Imports `" in doc


def test_rules_scripts_and_tests_mirror_the_packages():
    """Whoever knows the name of a package knows where its rules, scripts and tests are."""
    packages = {path.name for path in PACKAGES}
    files = {path.relative_to(WORKFLOW / "rules").parts[0].removesuffix(".smk") for path in rule_files()}
    assert files <= packages | {"common"}
    assert {path.parent.name for path in SCRIPTS} <= packages
    assert packages <= {path.name for path in (REPOSITORY / "tests").iterdir()}


@pytest.mark.parametrize("path", rule_files(), ids=name_of)
def test_a_file_of_rules_is_short(path):
    """One idea each; what rules need from a study is in the library, where it is tested."""
    longest = LONGEST_COMMON if path.stem.startswith("common") else LONGEST_RULE_FILE
    assert len(path.read_text().splitlines()) <= longest


def test_there_is_one_common_file():
    """All functions of rules are in one file."""
    assert [path.name for path in rule_files() if path.stem.startswith("common")] == ["common.smk"]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_one_name_everywhere(rule):
    """Rule, script, function, folder of logs and folder of benchmarks have the same name."""
    parts = RULES[rule]
    base = parts["base"]
    assert f"/{rule}/" in parts["log"]
    assert rule in TARGETS or f"/{rule}/" in parts["benchmark"]
    if "shell" not in parts:
        up = "../" * (1 + RULES[base]["file"].count("/"))
        assert parts["script"].strip() == f'"{up}scripts/{folder_of(rule)}/{base}.py"'
        tree = ast.parse((WORKFLOW / f"scripts/{folder_of(rule)}/{base}.py").read_text())
        assert base in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_documented(rule):
    """A verb of the closed set in its name, and one sentence in the imperative."""
    assert rule.partition("_")[0] in VERBS or rule in TARGETS
    assert re.fullmatch(r"[A-Z][a-z]*[^s\W] [^\n]*\.", RULES[rule].get("doc", ""))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_complete(rule):
    """Each rule has a log, a benchmark and an environment, and none has Python code."""
    made = set() if rule in TARGETS else {"output", "benchmark"}
    assert {"log", "conda"} | made <= RULES[rule].keys()
    assert "run" not in RULES[rule]
    file = WORKFLOW / "rules" / RULES[RULES[rule]["base"]]["file"]
    conda = (file.parent / RULES[rule]["conda"].strip().strip('"')).resolve()
    assert conda.is_file()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_depends_on_the_library(rule):
    """Editing a module reruns the rules that use it: each has its own script's modules as an input."""
    if "script" in RULES[rule]:
        assert f'library("{folder_of(rule)}/{RULES[rule]["base"]}")' in RULES[rule]["input"]


def test_every_script_has_a_rule():
    """No script is unused."""
    assert {path.stem for path in SCRIPTS} == {rule["base"] for rule in RULES.values() if "script" in rule}


@pytest.mark.parametrize("rule", RULES)
def test_wildcards_are_constrained(rule):
    """No wildcard may match anything at all."""
    common = (WORKFLOW / "rules/common.smk").read_text()
    shared = common.partition("\nwildcard_constraints:\n")[2].partition("\n\n")[0]
    known = set(re.findall(r"^\s+(\w+)=", shared + RULES[rule].get("wildcard_constraints", ""), re.MULTILINE))
    for section in {"output", "log", "benchmark"} & RULES[rule].keys():
        assert wildcards_of(RULES[rule][section]) <= known


def wildcards_of(text: str) -> set[str]:
    """Wildcards in the strings of a section; fields of an f-string are none."""
    found = set()
    for prefix, content in re.findall(r"(f?)\"([^\"]*)\"", text):
        found |= set(re.findall(r"\{\{(\w+)" if prefix else r"\{(\w+)", content))
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_reads_calls_once_and_writes(path):
    """A module docstring, few lines, one function without branches; a tail that passes Snakemake's values on."""
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= LONGEST_SCRIPT
    assert isinstance(tree.body[-1], ast.If)
    assert "with job(snakemake)" in ast.unparse(tree.body[-1])
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == [path.stem]
    assert not [node for node in ast.walk(functions[0]) if isinstance(node, ast.If | ast.While | ast.Try)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_documented_and_short(path):
    """A module docstring; a docstring and types on all that is public; few lines; no Snakemake."""
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert len(text.splitlines()) <= LONGEST_MODULE
    assert not {name.partition(".")[0] for name in imported(tree)} & {"snakemake"}
    for definition in public_definitions(tree.body):
        assert ast.get_docstring(definition), f"{definition.name} has no docstring"
        if isinstance(definition, ast.FunctionDef):
            assert untyped(definition) == [], definition.name


def imported(tree: ast.Module) -> list[str]:
    """Names of the modules a file imports."""
    nodes = list(ast.walk(tree))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return names + [node.module for node in nodes if isinstance(node, ast.ImportFrom)]


def public_definitions(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    """Functions, classes and methods that others may call."""
    found = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    return found + [
        inner for node in found if isinstance(node, ast.ClassDef) for inner in public_definitions(node.body)
    ]


def untyped(function: ast.FunctionDef) -> list[str]:
    """Arguments without a type; `return` if the result has none. Arguments named in FOREIGN may lack one."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    missing = [a.arg for a in arguments if a.annotation is None and a.arg not in FOREIGN]
    return missing + ([] if function.returns else ["return"])


# transformers and Snakemake do not type theirs
FOREIGN = {"self", "cls", "snakemake", "model", "tokenizer", "target", "no_wildcards"}


def test_only_responses_are_rolled():
    """A circular shift lets a story's end see its beginning: as a null, of responses, in one module; else nowhere."""
    files = [*MODULES, *SCRIPTS, *rule_files()]
    rolled = [path for path in files if re.search(r"\b(?:np|numpy|torch)\.roll\b|\.roll\(", path.read_text())]
    assert [name_of(path) for path in rolled] == ["encoding/common_shift"]


@pytest.mark.parametrize("path", CONFIGS, ids=name_of)
def test_a_config_has_known_keys_only(path):
    """Each config that ships is complete and passes the schema."""
    study = yaml.safe_load((path.parent / f"{STUDIES[path.stem]}.yaml").read_text()) if path.stem in STUDIES else {}
    check_config(merged(study, yaml.safe_load(path.read_text())), SCHEMA)


def merged(first: dict, second: dict) -> dict:
    """Two configs merged as Snakemake does it: section by section, the second wins."""
    shared = {key for key in first if isinstance(first[key], dict) and isinstance(second.get(key), dict)}
    return {**first, **second, **{key: merged(first[key], second[key]) for key in shared}}


def test_pieman_shares_the_snapshots_of_the_small_demo():
    """The fine-tuning on top of Pie Man is that of the small demo, word for word: its snapshots are trained once."""
    small, pieman = (yaml.safe_load((REPOSITORY / f"config/finetune_{name}.yaml").read_text()) for name in SHARING)
    assert pieman["finetuning"] == small["finetuning"]


def test_every_key_is_described():
    """No key of the schema without its meaning."""
    keys = describe_keys(SCHEMA)
    assert len(keys) > 80
    assert not [key for key, _, meaning in keys if not meaning]


def test_the_table_of_keys_is_that_of_the_schema():
    """config/README.md has every key, default and meaning of the schema; if not, paste this table there."""
    table = (REPOSITORY / "config/README.md").read_text().partition("<!-- keys -->")[2].partition("<!-- /keys -->")[0]
    assert table.strip() == key_table(SCHEMA).strip()


def readme_commands() -> list[list[str]]:
    """The commands of README's bash blocks, as words."""
    blocks = re.findall(r"```bash\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def test_readme_names_the_two_commands():
    """The main job and the tests are one command each, as the contract has them."""
    assert ["envs/run", "snakemake"] in readme_commands()
    assert ["envs/run", "pytest"] in readme_commands()


def test_readme_commands_name_what_exists():
    """Every file and folder of the project in a README command exists; the user's own begin with ``path/to``."""
    named = [word for words in readme_commands() for word in words if re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+", word)]
    assert {"envs/run", "config/pieman.yaml"} <= set(named)
    made = subprocess.run(["git", "check-ignore", *named], cwd=REPOSITORY, capture_output=True, text=True).stdout
    own = [name for name in named if not name.startswith("path/to") and name not in made.splitlines()]
    assert not [name for name in own if not (REPOSITORY / name).exists()]
