"""What GitHub and the catalog of workflows read: the same commands, versions and pages as everywhere else."""

import re
import tomllib

import pytest
import yaml

from helpers.datasets import REPOSITORY
from helpers.rules import RULES

FORMS = [path for path in sorted((REPOSITORY / ".github/ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
WORKFLOW = yaml.safe_load((REPOSITORY / ".github/workflows/tests.yml").read_text())["jobs"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path):
    """Name, description and fields with a label; the documents that it names exist."""
    form = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= set(form)
    for field in form["body"]:
        assert field["type"] in {"markdown", "textarea", "input", "dropdown", "checkboxes"}
        assert "label" in field["attributes"] or field["type"] == "markdown"
    assert len({field["id"] for field in form["body"] if "id" in field}) == len(form["body"])
    named = re.findall(r"docs/[\w./-]+\.md", path.read_text())
    assert not [name for name in named if not (REPOSITORY / name).is_file()]


def test_the_tests_run_as_the_readme_has_them():
    """The complete suite by the command of README; the fast tests on each Python that `envs/run` takes."""
    runs = {job: [step["run"] for step in WORKFLOW[job]["steps"] if "run" in step] for job in WORKFLOW}
    assert runs["all"][-1] == "envs/run pytest"
    assert runs["fast"] == ['envs/run pytest -m "not slow"', "envs/run snakemake -n"]
    pythons = WORKFLOW["fast"]["strategy"]["matrix"]["python"]
    first, last = re.search(r"expected (3\.\d+) to (3\.\d+)", (REPOSITORY / "envs/run").read_text()).groups()
    assert (pythons[0], pythons[-1]) == (first, last)
    assert tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["requires-python"] == f">={first}"


def test_the_catalog_knows_how_it_is_deployed():
    """Rules have conda files, none has a container; the report of Snakemake has figures and tables."""
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    rules = "".join((REPOSITORY / "workflow" / "rules" / f"{rule['file']}.smk").read_text() for rule in RULES.values())
    deployment = usage["software-stack-deployment"]
    assert deployment == {"conda": "conda:" in rules, "apptainer": "container:" in rules}
    assert usage["report"] == ("report(" in rules)
    assert (REPOSITORY / "config/README.md").is_file() and (REPOSITORY / "workflow/Snakefile").is_file()
