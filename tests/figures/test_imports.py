"""What the scripts of figures and of results import: a job loads only the libraries it uses."""

import subprocess
import sys

import pytest

from helpers.datasets import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
RESULTS = [f"scripts.results.{path.stem}" for path in sorted((SCRIPTS / "results").glob("*.py"))]
CURVES = ["scripts.figures.plot_curves"]
MODELS = {"spacy", "sklearn", "torch", "transformers"}


def imported(modules: list[str]) -> set[str]:
    """The names of all modules that a new process has after importing these."""
    code = f"import {', '.join(modules)}, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=REPOSITORY / "workflow", capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("modules", "unused"),
    [(CURVES, MODELS | {"nibabel", "nilearn"}), (RESULTS, MODELS | {"matplotlib", "nilearn"})],
    ids=["plot_curves", "results"],
)
def test_scripts_import_no_more_than_they_need(modules, unused):
    """Curves need no parser, no surfaces and no learning library; tables need no matplotlib either."""
    assert modules
    assert not imported(modules) & unused
