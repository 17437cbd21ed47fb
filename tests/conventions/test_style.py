"""The style of the code, and its layers, checked by the tools of the lock."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (".ci", "config", "docs", "envs", "profiles", "tests", "workflow")
TEXT = {
    ".cff",
    ".csv",
    ".in",
    ".json",
    ".lock",
    ".md",
    ".py",
    ".sh",
    ".smk",
    ".toml",
    ".tsv",
    ".txt",
    ".yaml",
    ".yml",
    "",
}
CACHES = {"__pycache__", ".ruff_cache", ".snakemake"}


def run_tool(name: str, *arguments: str) -> None:
    """Run a tool of this environment in the project's folder; fail with its output."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{name} {' '.join(arguments)}\n{done.stdout}{done.stderr}", pytrace=False)


def test_ruff_finds_nothing():
    """The rules chosen in pyproject.toml."""
    run_tool("ruff", "check", "--no-cache", ".")


def test_python_is_formatted():
    """One way to lay out Python."""
    run_tool("ruff", "format", "--no-cache", "--check", ".")


def test_rules_are_formatted():
    """One way to lay out rules."""
    run_tool("snakefmt", "--check", "Snakefile", "workflow")


def test_layers_are_kept():
    """Imports go down the layers only."""
    run_tool("lint-imports", "--no-cache", "--no-logo")


UPWARD = {
    "encoding/delays.py": ("brainforecast.results.frames", "Imports go down the layers"),
    "dataset/bids.py": ("numpy", "Dataset and planning need no arrays"),
    "report/page.py": ("matplotlib", "The report draws nothing"),
    "results/maps.py": ("matplotlib", "matplotlib lives in figures"),
    "statistics/peaks.py": ("pandas", "Encoding and statistics know arrays only"),
    "jobs/status.py": ("snakemake", "The library does not know Snakemake"),
}


def test_a_broken_contract_is_refused(tmp_path):
    """In a copy of the library, an import that no contract allows is found, and a package without a layer."""
    shutil.copytree(ROOT / "workflow/brainforecast", tmp_path / "brainforecast", ignore=shutil.ignore_patterns("__*__"))
    for path in [ROOT / "workflow/brainforecast", *(ROOT / "workflow/brainforecast").glob("*/")]:
        if (path / "__init__.py").is_file():
            shutil.copy(
                path / "__init__.py", tmp_path / "brainforecast" / path.relative_to(ROOT / "workflow/brainforecast")
            )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, (module, _) in UPWARD.items():
        path = tmp_path / "brainforecast" / name
        path.write_text(f"{path.read_text()}\n\nimport {module}\n")
    (tmp_path / "brainforecast/elsewhere").mkdir()
    (tmp_path / "brainforecast/elsewhere/__init__.py").touch()
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    broken = re.findall(r"^(.*) BROKEN$", done.stdout, re.MULTILINE)
    for module, contract in UPWARD.values():
        assert any(name.startswith(contract) for name in broken), f"{module} was let in:\n{done.stdout}"
    (tmp_path / "brainforecast/encoding/delays.py").write_text(
        (ROOT / "workflow/brainforecast/encoding/delays.py").read_text()
    )
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "elsewhere" in done.stdout


def test_snakemake_lint_finds_nothing(tmp_path):
    """Snakemake's own advice for rules."""
    run_tool("snakemake", "--lint", "--directory", str(tmp_path), "--workflow-profile", "none")


def test_end_of_file():
    """A text file ends with one newline."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*"))
    files = [path for path in files if path.is_file() and path.suffix in TEXT and not CACHES & set(path.parts)]
    wrong = [str(path.relative_to(ROOT)) for path in files if not _ends_well(path.read_bytes())]
    assert not wrong


def _ends_well(content: bytes) -> bool:
    return not content or (content.endswith(b"\n") and not content.endswith(b"\n\n"))
