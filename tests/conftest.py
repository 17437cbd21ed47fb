"""What many tests share: the real data next to the repository, if it exists, and the parser."""

import os
from pathlib import Path

import pytest

from helpers.datasets import PARSER, REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data (pieman, narratives, freesurfer), or a skip."""
    folder = Path(os.environ.get("BRAINFORECAST_SHARED") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; BRAINFORECAST_SHARED may name its folder")
    return folder


@pytest.fixture(scope="session")
def nlp():
    """The real parser, loaded once for all tests that need one."""
    from brainforecast.syntax.parser import load_parser

    return load_parser(PARSER)
