"""What a cluster is asked for: the profile's keys are known, GPUs go to language models, retries ask for more."""

import ast
import dataclasses
import re
import shlex

import pytest
import yaml
from snakemake.cli import get_argument_parser
from snakemake_executor_plugin_slurm import ExecutorSettings

from helpers.datasets import REPOSITORY
from helpers.rules import RULES

PROFILE = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
COMMON = (REPOSITORY / "workflow/rules/common_resources.smk").read_text()
ON_A_LOGIN_NODE = {  # these run beside Snakemake itself and ask SLURM for nothing
    name
    for path in [REPOSITORY / "Snakefile", *(REPOSITORY / "workflow/rules").glob("*.smk")]
    for block in re.findall(r"^localrules:\n((?:    \w+,\n)+)", path.read_text(), re.MULTILINE)
    for name in re.findall(r"\w+", block)
}


def test_every_key_is_one_of_snakemake_or_its_plugin():
    """A key that nobody reads would be passed over in silence."""
    known = {option.removeprefix("--") for action in get_argument_parser()._actions for option in action.option_strings}
    known |= {f"slurm-{field.name.replace('_', '-')}" for field in dataclasses.fields(ExecutorSettings)}
    assert set(PROFILE) <= known


def test_what_hangs_loses_or_repeats_work_is_not_used():
    """States from squeue; no arrays, no groups; retries in the profile, where they do not multiply."""
    assert PROFILE["slurm-status-command"] == "squeue"
    assert PROFILE["scheduler"] == "greedy"
    assert not [key for key in PROFILE if "array" in key or "group" in key]
    assert PROFILE["retries"] > 0
    text = "".join(path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk"))
    assert not re.search(r"^    (?:group|retries):", text, re.MULTILINE)


def test_language_models_and_only_they_get_a_gpu():
    """The rules of the GPU environment are those the profile sends to GPUs; all others have the default partition."""
    run_no_model = {"prepare_corpus", "fetch_model"}
    with_gpu = {rule for rule in RULES if "gpu.yaml" in RULES[rule]["conda"]} - run_no_model
    assert with_gpu and set(PROFILE["set-resources"]) == with_gpu
    for asked in PROFILE["set-resources"].values():
        assert asked == {"slurm_partition": "gpu", "gres": "gpu:1"}
    assert PROFILE["default-resources"] == {"slurm_partition": "cpu"}


@pytest.mark.parametrize("rule", sorted(RULES.keys() - ON_A_LOGIN_NODE))
def test_memory_and_time_grow_with_each_attempt(rule):
    """Every job of SLURM says how much it needs, and asks for more after it met a limit."""
    asked = dict(re.findall(r"(\w+)=(.+?),?\n", RULES[rule].get("resources", "")))
    for resource in ("mem_mb", "runtime"):
        assert "attempt" in asked[resource] or grows(re.match(r"\w+", asked[resource])[0]), f"{rule}: {resource}"


def grows(name: str) -> bool:
    """Whether a function of common_resources.smk, or what it returns, multiplies by `attempt`."""
    found = re.search(rf"^def {name}\(.*?(?=^\S|\Z)", COMMON, re.DOTALL | re.MULTILINE)
    nodes = ast.walk(ast.parse(found[0]))
    products = [node for node in nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)]
    return any(isinstance(side, ast.Name) and side.id == "attempt" for p in products for side in (p.left, p.right))


def test_the_container_is_made_as_the_environment_is():
    """The recipe has the two pip calls of envs/run, in their order, and the locks they read."""
    recipe = (REPOSITORY / "envs/brainforecast.def").read_text()
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", recipe, re.DOTALL | re.MULTILINE))
    copied = dict(line.split() for line in sections["files"].splitlines() if line.strip())
    calls = [shlex.split(line) for line in sections["post"].splitlines() if " pip " in line]
    given = [[copied_from(word, copied) for word in call[4:] if not word.startswith(PIP_HABITS)] for call in calls]
    script = (REPOSITORY / "envs/run").read_text().replace("\\\n", " ")
    steps = re.findall(r"^ *step .* install (.*)$", script, re.MULTILINE)
    assert given == [shlex.split(step.replace("$root/", "")) for step in steps]
    assert all(call[:4] == ["python", "-m", "pip", "install"] for call in calls)
    assert all((REPOSITORY / path).is_file() for path in copied)


PIP_HABITS = ("--no-cache-dir", "--disable-pip-version-check", "--no-input")


def copied_from(word: str, copied: dict[str, str]) -> str:
    """The file of the project that a path inside the container is."""
    return next((source for source, place in copied.items() if place == word), word)
