"""Studies that are planned only: from configs that ship, without any file of their datasets."""

import yaml

from brainforecast.dataset.plan import Plan
from brainforecast.planning.config import check_config
from brainforecast.planning.study import Study, plan_of
from helpers.datasets import REPOSITORY

SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"


def plan_study(name: str = "config", plan: Plan | None = None, **changes: object) -> Study:
    """The study of a config with these changes, ``section__key=value``; the project is the working folder."""
    config = yaml.safe_load((REPOSITORY / f"config/{name}.yaml").read_text())
    for keys, value in changes.items():
        *path, last = keys.split("__")
        section = config
        for key in path:
            section = section.setdefault(key, {})
        section[last] = value
    checked = check_config(config, SCHEMA)
    return Study(checked, plan or plan_of(checked))
