"""The Snakefile as a module of another workflow: with a prefix, and with two studies next to each other in one."""

import os
import re
import textwrap

import pytest
import yaml

from helpers.compare_results import compare
from helpers.studies import ONE_SUBJECT_SECTIONS, Study, job_table, write_one_subject

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

SNAKEFILE = """
    configfile: "studies.yaml"


    module first:
        snakefile:
            "../project/workflow/Snakefile"
        config:
            config["first"]
        prefix:
            "one"


    use rule * from first as first_*


    module second:
        snakefile:
            "../project/workflow/Snakefile"
        config:
            config["second"]
        prefix:
            "two"


    use rule * from second as second_*


    rule count:
        input:
            "one/results/tiny/group/roi_scores.parquet",
        output:
            "counted.txt",
        shell:
            "wc -c {input} > {output}"


    rule all:
        default_target: True
        input:
            rules.first_all.input,
            rules.second_plan.input,
            rules.count.output,
"""


@pytest.fixture(scope="module")
def outer(new_study) -> Study:
    """Another workflow in the working folder, with a study as one module and a smaller one as another."""
    study = new_study(write_one_subject, **ONE_SUBJECT_SECTIONS)
    (study.folder / "Snakefile").write_text(textwrap.dedent(SNAKEFILE))
    second = study.config | {"analyses": {"brain_score": {"models": ["tiny"], "layers": [1]}}}
    (study.folder / "studies.yaml").write_text(yaml.safe_dump({"first": study.config, "second": second}))
    return Study(study.folder, study.folder, study.environment)


def run(outer: Study, *arguments: str) -> str:
    """Run the outer workflow as its owner does."""
    return outer.run(*arguments, "--configfile", "studies.yaml")  # last: it takes all words after it as configs


def test_two_studies_run_in_one_workflow(outer, one_subject_run):
    """A complete run of one study and the plan of the other, each below its prefix; results equal a plain run's."""
    jobs = job_table(run(outer))
    assert (jobs["first_score_cells"], jobs["second_build_plan"], jobs["count"]) == (1, 1, 1)
    assert (outer.folder / "counted.txt").is_file()
    assert list(compare(one_subject_run[0].results, outer.folder / "one/results/tiny")) == []
    assert (outer.folder / "one/results/tiny/report.html").is_file()
    assert (outer.folder / "two/results/tiny/plan/counts.tsv").is_file()
    made = {path.name for path in outer.folder.iterdir()} - {".snakemake", "counted.txt"}
    assert made == {"Snakefile", "config.yaml", "studies.yaml", "data", "one", "two"}


def test_a_second_run_does_nothing(outer):
    """All products exist, in both modules."""
    assert "Nothing to be done" in run(outer)


def test_a_module_prints_its_status_and_cost(outer):
    """The targets that print something use the prefix too."""
    state = run(outer, "first_status", "--nolock", "-q", "all")
    assert "1 subject: 1 complete, 0 running, 0 failed, 0 missing" in state
    cost = run(outer, "first_cost", "-q", "rules")
    assert re.search(r"^score_cells +1 ", cost, re.MULTILINE)  # laws are by the rule's own name
    assert "score_cells ?" not in cost


def test_snakemake_names_the_rules_of_both(outer):
    """Rules carry the name of their module."""
    rules = run(outer, "--list-rules").split()
    assert {"first_score_cells", "second_score_cells"} <= set(rules)


def test_the_top_level_entry_is_the_same_workflow(one_subject_run):
    """Both Snakefiles plan the same jobs, from another folder too."""
    study = one_subject_run[0]
    inner = os.path.relpath(study.project / "workflow/Snakefile", study.folder)
    assert study.planned("--forceall", "-s", inner) == study.planned("--forceall")
