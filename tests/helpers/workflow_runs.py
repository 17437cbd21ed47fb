"""Complete runs of the Snakefile on small datasets, each done once for all tests that use it.

A pytest plugin: a test module lists it in ``pytest_plugins`` and uses its fixtures by name.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.datasets import write_lines
from helpers.studies import (
    ONE_SUBJECT_SECTIONS,
    REGION_SECTIONS,
    SURFACE_SECTIONS,
    Study,
    make_study,
    tiny_model,
    write_one_subject,
    write_region_dataset,
    write_surface_dataset,
)


@pytest.fixture(scope="session")
def user_environment(tmp_path_factory) -> dict[str, str]:
    """A user's environment: its own home, no path to our library, no SLURM."""
    return environment_with(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def new_study(tmp_path_factory, user_environment, tiny_gpt2) -> Callable[..., Study]:
    """A function that makes a study in a new folder: ``new_study(write_dataset, **sections of config)``."""

    def make(write: Callable[[Path], dict], **sections: object) -> Study:
        parent = tmp_path_factory.mktemp("study")
        return make_study(parent, write, {"models": {"tiny": tiny_model(tiny_gpt2)}, **sections}, user_environment)

    return make


@pytest.fixture(scope="session")
def region_study(new_study) -> Study:
    """A complete run on region time series."""
    study = new_study(write_region_dataset, **REGION_SECTIONS)
    study.run()
    return study


@pytest.fixture(scope="session")
def surface_study(new_study) -> Study:
    """A complete run on surface time series."""
    study = new_study(write_surface_dataset, **SURFACE_SECTIONS)
    study.run()
    return study


@pytest.fixture(scope="session")
def one_subject_run(new_study) -> tuple[Study, str]:
    """A complete run of one subject and one story, and what Snakemake printed."""
    study = new_study(write_one_subject, **ONE_SUBJECT_SECTIONS)
    return study, study.run()


def environment_with(home: Path) -> dict[str, str]:
    """The environment of a user with this home."""
    stub = write_lines(home / "bin/scontrol", "#!/bin/sh", "exit 1")
    stub.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SNAKEMAKE", "XDG_"))}
    home_paths = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "HF_HUB_OFFLINE": "1"}
    return {**kept, **home_paths, "PATH": f"{stub.parent}{os.pathsep}{os.environ['PATH']}"}
