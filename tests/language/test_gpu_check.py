"""The script that compares a GPU with the CPU runs through, here with the CPU twice."""

import json
import subprocess
import sys

import pytest

from helpers.datasets import REPOSITORY

pytest_plugins = ["helpers.language_models"]


@pytest.mark.slow
def test_the_cpu_equals_itself(tiny_llama):
    """Its last line is one JSON object, in which every difference is 0."""
    command = [sys.executable, "tests/gpu/check.py", "--second=cpu", f"--model={tiny_llama}"]
    sizes = ["--words=80", "--continued=3", "--threads=1"]
    environment = {"PYTHONPATH": "workflow", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, *sizes], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    line = json.loads(done.stdout.splitlines()[-1])
    assert line["passed"] and set(line["found"]) == set(line["bounds"])
    assert max(line["found"].values()) == 0
    assert min(line["cpu"]["words_per_s"].values()) > 0 and line["second"]["peak_mb"] > 0
