"""What is requested of a cluster: the profile's keys exist, language models get GPUs, retries request more."""

import dataclasses
import re
import shlex

import pytest
import yaml
from snakemake.cli import get_argument_parser
from snakemake_executor_plugin_slurm import ExecutorSettings

from helpers.datasets import REPOSITORY
from helpers.rules import RULES, rule_files

PROFILE = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
ON_A_LOGIN_NODE = {"build_plan", "build_provenance", "cost", "fetch_model", "status"}  # they request nothing of SLURM
GROWS = (  # requests that grow with the attempt: tests/planning/test_resources.py
    r'RESOURCES\.(memory|run_time)\("\w+"\)',
    r'RESOURCES\.(model_memory|model_run_time)\("\w+"\)',
    r"RESOURCES\.conversion_memory",
    r"(megabytes|megabytes_of_inputs|minutes)\([\d *]+\)",
    r"lambda w, attempt: .*\* attempt",
)


def test_every_key_is_one_of_snakemake_or_its_plugin():
    """An unknown key would be ignored silently."""
    known = {option.removeprefix("--") for action in get_argument_parser()._actions for option in action.option_strings}
    known |= {f"slurm-{field.name.replace('_', '-')}" for field in dataclasses.fields(ExecutorSettings)}
    assert set(PROFILE) <= known


def test_settings_that_hang_lose_or_repeat_jobs_are_not_used():
    """States from squeue; no arrays, no groups; retries in the profile, where they do not multiply."""
    assert PROFILE["slurm-status-command"] == "squeue"
    assert PROFILE["scheduler"] == "greedy"
    assert not [key for key in PROFILE if "array" in key or "group" in key]
    assert PROFILE["retries"] > 0
    text = "".join(path.read_text() for path in rule_files())
    assert not re.search(r"^    (?:group|retries):", text, re.MULTILINE)


def test_language_models_and_only_they_get_a_gpu():
    """The rules of the GPU environment request GPUs, and the profile sends them to their partition, on one node."""
    run_no_model = {"prepare_corpus", "fetch_model"}
    with_gpu = {rule for rule in RULES if "gpu.yaml" in RULES[rule]["conda"]} - run_no_model
    assert with_gpu and set(PROFILE["set-resources"]) == with_gpu
    assert {name for name, rule in RULES.items() if "gpu=RESOURCES.gpus(" in rule.get("resources", "")} == with_gpu
    for requested in PROFILE["set-resources"].values():
        assert requested == {"slurm_partition": "gpu", "nodes": 1}
    assert PROFILE["default-resources"] == {"slurm_partition": "cpu"}


def test_what_needs_a_network_or_a_second_runs_on_the_login_node():
    """These rules are local; the targets of workflow/Snakefile are too."""
    assert {name for name, rule in RULES.items() if "localrule" in rule} == ON_A_LOGIN_NODE
    targets = (REPOSITORY / "workflow/Snakefile").read_text().split("\nrule ")[1:]
    assert len(targets) == 4 and all("localrule: True" in target for target in targets)


@pytest.mark.parametrize("rule", sorted(RULES.keys() - ON_A_LOGIN_NODE))
def test_memory_and_time_grow_with_each_attempt(rule):
    """Every SLURM job requests memory and time, and more of both after it met a limit."""
    text = RULES[rule].get("resources", "")
    if text.strip() == "**SMALL,":
        return
    requested = dict(re.findall(r"(\w+)=(.+?),?\n", text))
    for resource in ("mem_mb", "runtime"):
        assert any(re.fullmatch(pattern, requested[resource]) for pattern in GROWS), f"{rule}: {resource}"


def test_the_container_is_built_like_the_environment():
    """The recipe has the calls of pip of envs/run, in their order, with the locks they read and torch of the index."""
    recipe = (REPOSITORY / "envs/brainforecast.def").read_text()
    sections = dict(re.findall(r"^%(\w+)\n(.*?)(?=^%|\Z)", recipe, re.DOTALL | re.MULTILINE))
    copied = dict(line.split() for line in sections["files"].splitlines() if line.strip())
    given = [shlex.split(call) for call in re.findall(r"^ *\$install (.*)$", sections["post"], re.MULTILINE)]
    script = (REPOSITORY / "envs/run").read_text().replace("\\\n", " ")
    steps = re.findall(r"^ *step .* install \w+ (.*)$", script, re.MULTILINE)
    wanted = [step.replace("$root/envs/", "").replace("$torch", "torch") for step in steps]
    assert given == [shlex.split(step) for step in wanted]
    assert {"--no-deps", "--require-hashes"} <= set(re.search(r'install="(.*)"', sections["post"])[1].split())
    assert {f"envs/{word}" for call in given for word in call if word.endswith(".lock")} == copied.keys()
    assert all((REPOSITORY / path).is_file() for path in copied)
