"""What many tests share: the real data next to the repository, if it exists, and the parser; and their order."""

import os
from pathlib import Path

import pytest

from helpers.datasets import FRENCH_PARSER, PARSER, REPOSITORY

# files, or a folder of them, with the same fixtures, which take long to make: one worker has all of them
SHARED = {
    "complete runs": {  # `helpers.workflow_runs`: minutes
        "tests/workflow/test_cluster.py", "tests/workflow/test_jobs.py", "tests/workflow/test_module.py",
        "tests/workflow/test_outputs.py", "tests/workflow/test_workflow.py",
        "tests/workflow/test_workflow_brain_score.py", "tests/workflow/test_workflow_controls.py",
        "tests/jobs/test_cost.py", "tests/jobs/test_stages.py", "tests/jobs/test_status.py",
    },
    "a converted model": {  # smollm2 of `helpers.language_models`: 20 s
        "tests/encoding/test_scoring.py", "tests/language/test_extraction.py", "tests/pretrained/test_loading.py",
    },
    "all figures": {"tests/figures/"},
}  # fmt: skip
MOST_WORKERS = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config) -> int:
    """A worker per core for the whole suite; none for some files of it, which start faster without."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_WORKERS) if config.args == config.getini("testpaths") and cores > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file is run by one worker, so that its fixtures are made once, and so are files with the same fixtures."""
    from xdist.scheduler import LoadFileScheduling

    class ByRun(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((fixtures for fixtures, files in SHARED.items() if file.startswith(tuple(files))), file)

    return ByRun(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Complete runs first, as they take longest."""
    items.sort(key=lambda item: item.path.parent.name != "workflow")


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
