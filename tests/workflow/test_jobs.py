"""What every job of a complete run has: no more memory than it requested, and progress in its log where it may be long.

`Study.run` fails where a job of any run of the tests takes more than it requested.
"""

import re

import pytest

from brainforecast.jobs.code_files import write_code_hashes
from helpers.memory import jobs_of
from helpers.rules import RULES, WORKFLOW
from helpers.studies import Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

LEFT = re.compile(r"^[\w ]+ \d+ of \d+ \(\d+ %\), about [\d.]+ (s|min|h) left$", re.MULTILINE)
MINUTE = 60  # min of a request from which a job may take more than a minute: a request is many times what a job takes
# longer on a slow disk or a busy machine only: they read tables of the group
SHORT = {
    "build_plan", "locate_best_layer", "locate_forecast_depth", "locate_forecast_distance", "summarise_reliability",
    "summarise_comparison", "summarise_gains",
}  # fmt: skip
# one call of another library, which shows nothing until it ends
WHOLE = {"convert_model"}


@pytest.mark.parametrize("name", ["region_study", "surface_study"])
def test_jobs_take_less_memory_than_they_request(request, name):
    """Each one of the complete run, the first in its folder, that lasted long enough to be measured."""
    jobs = list(jobs_of(request.getfixturevalue(name).folder, run=0))
    assert len({job.rule for job in jobs}) > 15
    assert [job for job in jobs if job.held > job.requested] == []


def is_long(rule: dict[str, str]) -> bool:
    """Whether a job may take more than a minute, by the time it requests: by its sizes, or an hour and more."""
    asked = re.search(r"runtime=(?:RESOURCES\.(\w+)|minutes\(([\d *]+)\))", rule.get("resources", ""))
    return bool(asked) and (bool(asked[1]) or eval(asked[2]) >= MINUTE)


LONG = sorted({rule["base"] for rule in RULES.values() if is_long(rule)} - SHORT - WHOLE)


@pytest.mark.parametrize("rule", LONG)
def test_long_jobs_count(rule, tmp_path):
    """The script of the rule, or a module of the library that it uses, logs progress."""
    script = re.search(r'"[./]*/(scripts/[/\w]+\.py)"', RULES[rule]["script"])[1]
    write_code_hashes(WORKFLOW / script, WORKFLOW, tmp_path / "modules")
    assert "brainforecast/progress.py" in (tmp_path / "modules").read_text()


COUNTED = {"build_design", "build_listeners_design", "extract_activations", "merge_listeners", "read_responses",
           "score_cells", "summarise_regions", "summarise_scores"}  # fmt: skip


@pytest.mark.parametrize("rule", sorted(COUNTED))
def test_the_log_has_the_time_left(region_study: Study, rule):
    """Of every job of the rule."""
    logs = list((region_study.folder / f"logs/{region_study.results.name}/{rule}").rglob("*.log"))
    assert logs
    assert [log for log in logs if not LEFT.search(log.read_text())] == []
