"""Subjects' tables on disk, which the tests of results read and do not change."""

from pathlib import Path

import pytest

from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import layer_frames, write_subjects


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Every table of six subjects, as the workflow writes them."""
    return write_subjects(tmp_path_factory.mktemp("subjects"))


@pytest.fixture
def write_layers(tmp_path):
    """A function that writes the brain scores of five subjects in the given (model, layer) and returns the paths."""

    def write(cells: list[tuple[str, int]]) -> list[Path]:
        paths = [tmp_path / f"sub-{subject:02d}.parquet" for subject in range(1, 6)]
        for subject, path in enumerate(paths, start=1):
            write_table(layer_frames(subject, cells), path, units=UNITS)
        return paths

    return write
