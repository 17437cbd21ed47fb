"""Studies for tests of planning: from configs that ship, without any file of their datasets."""

from collections.abc import Callable

import pytest
import yaml

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.planning.config import check_config
from brainforecast.planning.study import Study, plan_of
from helpers.datasets import REPOSITORY

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"


@pytest.fixture
def new_study(monkeypatch) -> Callable[..., Study]:
    """A function that makes the study of a config with these changes: ``section__key=value``."""
    monkeypatch.chdir(REPOSITORY)

    def make(name: str = "config", plan: Plan | None = None, **changes: object) -> Study:
        config = yaml.safe_load((REPOSITORY / f"config/{name}.yaml").read_text())
        for keys, value in changes.items():
            *path, last = keys.split("__")
            section = config
            for key in path:
                section = section.setdefault(key, {})
            section[last] = value
        checked = check_config(config, SCHEMA)
        return Study(checked, plan or plan_of(checked))

    return make


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
