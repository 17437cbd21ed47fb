"""The folders of cases next to the shared data.

A pytest plugin: a test module lists it in ``pytest_plugins`` and uses its fixtures by name.
"""

from pathlib import Path

import pytest

from helpers.cases import lay_over


@pytest.fixture(scope="module")
def cases(shared_data) -> Path:
    """The folder of the cases."""
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}")
    return folder


@pytest.fixture
def case(cases, shared_data, tmp_path):
    """A function that lays out a case and returns its config."""
    return lambda name: lay_over(cases / name, shared_data / "pieman", tmp_path / "data")
