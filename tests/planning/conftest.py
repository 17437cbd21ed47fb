"""Studies for tests of planning: from configs that ship, without any file of their datasets."""

from collections.abc import Callable

import pytest

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.planning.study import Study
from helpers.datasets import REPOSITORY
from helpers.planned_studies import plan_study


@pytest.fixture
def new_study(monkeypatch) -> Callable[..., Study]:
    """A function that makes the study of a config with these changes: ``section__key=value``."""
    monkeypatch.chdir(REPOSITORY)

    return plan_study


@pytest.fixture
def region_plan() -> Plan:
    """Two subjects of Pie Man and of a story that only the second has, twice; one run is not counted yet."""
    stories = {
        name: Story(f"data/stimuli/{name}/align.csv", None, shift) for name, shift in (("pieman", 0.5), ("myth", 0))
    }
    runs = {
        "01": (Run("01", "pieman", None, ("data/01.tsv",), 2, 300),),
        "02": (
            Run("02", "pieman", None, ("data/02.tsv",), 3, 300),
            Run("02", "myth", "1", ("data/02_1.tsv",), 0, 100),
            Run("02", "myth", "2", ("data/02_2.tsv",), 0, None),
        ),
    }
    return Plan(runs, stories, 1.5)
