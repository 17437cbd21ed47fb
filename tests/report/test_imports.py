"""Scripts that only filter tables, or plan, start without the heavy libraries."""

import os
import subprocess
import sys

import pytest

from helpers.datasets import REPOSITORY

HEAVY = {"spacy", "sklearn", "matplotlib", "torch"}


@pytest.mark.parametrize(("script", "absent"), [("report.build_report", HEAVY), ("dataset.build_plan", {"matplotlib"})])
def test_a_script_loads_no_library_it_does_not_need(script, absent):
    """In a new Python, as Snakemake starts a script."""
    command = [sys.executable, "-c", f"import sys, scripts.{script}; print(*sorted(sys.modules))"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")}
    loaded = set(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split())
    assert f"scripts.{script}" in loaded
    assert not loaded & absent
