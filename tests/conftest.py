"""What many tests share: the real data next to the repository, if it exists, and the parser; and their order."""

import os
from pathlib import Path

import pytest

from helpers.datasets import FRENCH_PARSER, PARSER, REPOSITORY

# fixtures that take a minute and serve tests of many files: these tests stay on one worker
SHARED = {"region_study": "complete runs", "surface_study": "complete runs", "smollm2": "SmolLM2"}
MOST_WORKERS = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config) -> int:
    """A worker per core for the whole suite; none for some files of it, which start faster without."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS) if config.args == config.getini("testpaths") and cores > 1 else 0


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Complete runs first, as they take longest. A file is run by one worker, so that its fixtures are made once."""
    items.sort(key=lambda item: item.path.parent.name != "workflow")
    for item in items:
        shared = [SHARED[name] for name in getattr(item, "fixturenames", ()) if name in SHARED]
        item.add_marker(pytest.mark.xdist_group(shared[0] if shared else str(item.path)))


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


@pytest.fixture(scope="session")
def french_nlp():
    """The real French parser, which has a morphologizer and no tagger."""
    from brainforecast.syntax.parser import load_parser

    return load_parser(FRENCH_PARSER, "fr")
