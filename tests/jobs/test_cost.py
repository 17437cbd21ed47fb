"""Cost before the run: sizes of jobs from the plan, laws fitted to earlier jobs, and the table that is told."""

import math

import numpy as np
import pytest

from brainforecast.cells import Grid
from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.jobs.cost import (
    Job,
    Law,
    cost_table,
    fit,
    measure,
    predict,
    read_laws,
    read_measured,
    write_measured,
)
from brainforecast.planning.fanout import group_designs_into_jobs, group_into_jobs
from brainforecast.planning.sizes import QUANTITIES, StudySizes
from helpers.datasets import REPOSITORY, write_lines
from helpers.rules import RULES
from helpers.studies import write_region_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

COST = REPOSITORY / "workflow/cost"
LAWS = {"score": Law(time=[["volumes", "targets"]], memory=[["volumes"]], disk=[["targets"]], bytes=1e6)}


def sizes(**given: float) -> dict[str, float]:
    """Sizes of a job, 1 where not given."""
    return dict.fromkeys(QUANTITIES, 1.0) | given


def score(volumes: float, targets: float, **more) -> Job:
    return Job("score", sizes(volumes=volumes, targets=targets), **more)


EARLIER = [  # 1 s and 2e-3 s per volume and target; 150 MB and 2 MB per volume
    score(volumes, targets, seconds=1 + 2e-3 * volumes * targets, memory_mb=150 + 2 * volumes)
    for volumes, targets in [(100, 10), (300, 100), (1000, 100)]
]


def test_a_law_is_found_again():
    """Two terms and what does not grow, from rows of very different sizes."""
    X = np.array([[1, 10, 5], [1, 1000, 7], [1, 1e5, 3], [1, 1e4, 900]])
    np.testing.assert_allclose(fit(X, X @ [2, 0.01, 0.5]), [2, 0.01, 0.5], rtol=1e-8)


def test_a_law_never_falls():
    """Jobs that took less where they were larger make a law that is flat."""
    fixed, rate = fit([[1, 1], [1, 2]], [3, 2])
    assert rate == 0
    assert 2 < fixed < 3


def test_prediction_of_a_small_plan():
    """Jobs, core-hours, the largest job's memory, and disk, as the law behind the given rows has them."""
    cost = predict([score(2000, 500, jobs=1), score(10, 5)], LAWS, EARLIER)["score"]
    assert cost.jobs == 2
    assert cost.core_hours == pytest.approx((1 + 2e-3 * 2000 * 500 + 1 + 2e-3 * 10 * 5) / 3600, rel=1e-6)
    assert cost.peak_mb == pytest.approx(150 + 2 * 2000, rel=1e-6)
    assert cost.disk_gb == pytest.approx(0.505)
    assert cost.gpu_hours == 0


def test_own_jobs_correct_a_law():
    """A machine twice as slow makes every size twice as dear; its memory is as it was."""
    own = [score(200, 20, seconds=2 * (1 + 2e-3 * 200 * 20), memory_mb=550)]
    slow, usual = (predict([score(3000, 70)], LAWS, EARLIER, mine)["score"] for mine in (own, []))
    assert slow.core_hours == pytest.approx(2 * usual.core_hours)
    assert slow.peak_mb == pytest.approx(usual.peak_mb)


def test_own_jobs_make_a_law_where_nobody_else_ran_the_rule():
    cost = predict([score(400, 50)], LAWS, [], EARLIER)["score"]
    assert cost.core_hours == pytest.approx((1 + 2e-3 * 400 * 50) / 3600, rel=1e-6)


def test_a_rule_without_a_law_takes_what_it_took():
    """Always the same; one that nobody ran takes what it takes to start."""
    plots = [Job("plot", sizes(), seconds=20.0, memory_mb=400), Job("plot", sizes(targets=9), seconds=20.0)]
    found = predict([Job("plot", sizes(targets=5)), Job("new", sizes())], {}, plots)
    assert found["plot"].core_hours == pytest.approx(20 / 3600)
    assert found["plot"].peak_mb == pytest.approx(400)
    assert found["new"].core_hours == pytest.approx(1 / 3600)


def test_cores_count_and_gpus_stand_apart():
    """Two cores for a second are two core-seconds; hours of a job on a GPU are no core-hours."""
    earlier = [Job("hear", sizes(words=100), threads=2, seconds=11.0, memory_mb=500)]
    laws = {"hear": Law(time=[["words"]])}
    on_cpu, on_gpu = (
        predict([Job("hear", sizes(words=100), threads=2, on_gpu=gpu)], laws, earlier)["hear"] for gpu in (False, True)
    )
    assert on_cpu.core_hours == pytest.approx(22 / 3600, rel=1e-6)
    assert (on_gpu.core_hours, on_gpu.gpu_hours) == (0, pytest.approx(11 / 3600, rel=1e-6))


def test_benchmark_files_are_taken_in(tmp_path):
    """Jobs of one rule and size together: how many, their median time, the most memory; NA for what was too short."""
    jobs = []
    for number, (seconds, memory) in enumerate([("1.0", "300.0"), ("9.0", "NA"), ("2.0", "400.0")]):
        path = write_lines(tmp_path / f"{number}.tsv", "s\tmax_rss", f"{seconds}\t{memory}")
        jobs.append(score(10, 10, threads=2, benchmark=str(path)))
    [found] = measure([*jobs, score(10, 10, threads=2, benchmark=str(tmp_path / "absent.tsv"))])
    assert (found.jobs, found.seconds, found.memory_mb, found.core_seconds) == (3, 2.0, 400.0, 4.0)
    write_measured([found], tmp_path / "measured.tsv", machine="this")
    [again] = read_measured(tmp_path / "measured.tsv")
    assert (again.rule, again.jobs, again.core_seconds, again.memory_mb) == ("score", 3, 4.0, 400.0)
    assert again.sizes == found.sizes


def test_the_table_tells_each_rule_and_the_whole():
    planned = [score(3000, 70), Job("plot", sizes())]
    text = cost_table(predict(planned, LAWS, EARLIER), EARLIER[:1])
    lines = {line.split()[0]: line.split() for line in text.splitlines()[1:]}
    assert lines.keys() == {"score", "plot", "all", "?"}
    assert (lines["plot"][1], lines["score"][1]) == ("?", "1")  # nobody has run a plot
    assert lines["all"][1] == "2"
    assert lines["score"][-2:] == ["1", f"{3 / 3600:.3f}"]  # what has run


# ---- Sizes of jobs -------------------------------------------------------------------------------------------------


@pytest.fixture
def study_sizes(tmp_path) -> StudySizes:
    """Two subjects, two stories of 4 and 100 words; one run's length is known."""
    for story, n in (("fable", 4), ("myth", 100)):
        write_lines(tmp_path / story, *(f"word,word,{second},{second + 0.5}" for second in range(n)))
        (tmp_path / story).rename(tmp_path / f"{story}.csv")
    runs = {
        "01": (Run("01", "fable", None, (), 0, 77), Run("01", "myth", None, (), 3, None)),
        "02": (Run("02", "myth", None, (), 3, None),),
    }
    stories = {story: Story(str(tmp_path / f"{story}.csv"), None, 1.0) for story in ("fable", "myth")}
    grids = [
        Grid("m", 1, "present", 0, (0,)),
        Grid("m", 1, "true", 7, (-1, 0, 1, 2)),
        Grid("m", 2, "present", 0, (0,)),
    ]
    config = {
        "dataset": {"space": "fsaverage5"},
        "simulation": None,
        "models": {"m": {"context": 50, "stride": 10}},
        "encoding": {"delays": [0, 1, 2], "n_components": 20},
        "sources": {"generated": {"n_futures": 2, "horizon": 6}},
    }
    return StudySizes(
        Plan(runs, stories, 2.0),
        grids,
        group_into_jobs(grids, 3, None),
        group_designs_into_jobs(grids, 5),
        config,
        tmp_path,
    )


def test_sizes_of_a_scoring_job(study_sizes):
    """Of its subject's runs, and of its block of distances; a run whose length is not known ends after its words."""
    wildcards = {"subject": "01", "model": "m", "cells": "layer-1_source-true_width-7_distances--1to1"}
    found = study_sizes.of(wildcards)
    assert found["volumes"] == 77 + math.ceil((99.5 + 1.0 + 12) / 2)
    assert (found["distances"], found["columns"], found["targets"]) == (3, 3 * 20 * 2, 20_484)
    present = study_sizes.of(wildcards | {"cells": "layer-1_source-present_width-0_distances-0to0"})
    assert (present["distances"], present["columns"]) == (1, 60)


def test_sizes_of_designs_stories_and_groups(study_sizes):
    designs = {"story_set": study_sizes.plan.story_set("02"), "model": "m"}
    both = study_sizes.of(designs | {"designs": "layer-1_source-present_width-0_and-1-more"})
    assert (both["volumes"], both["distances"]) == (57, 5)
    assert study_sizes.of(designs | {"designs": "layer-2_source-present_width-0"})["distances"] == 1
    story = study_sizes.of({"story": "myth", "model": "m"})
    assert (story["words"], story["volumes"], story["passes"], story["layers"]) == (100, 2 * 57, 5.0, 2)
    assert study_sizes.of({"story": "fable", "model": "m"})["passes"] == 1.0  # shorter than the context
    group = [study_sizes.of({"score": score})["cells"] for score in ("brain_scores", "forecast_scores")]
    assert group == [2, 4]
    assert study_sizes.of({})["subjects"] == 2


def test_sizes_of_a_run_that_is_fetched(study_sizes):
    assert study_sizes.of({"path": "sub-01/func/sub-01_task-fable_space-x_hemi-L"})["volumes"] == 77


# ---- What ships, and the target ------------------------------------------------------------------------------------


def test_shipped_laws_and_rows_name_rules_and_sizes():
    """A law for a rule that is gone, or of a size nobody measures, is told; most rows are of rules with a law."""
    laws, rows = read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv")
    assert laws.keys() <= RULES.keys()
    named = {
        name for law in laws.values() for terms in (law.time, law.memory, law.disk) for term in terms for name in term
    }
    assert named <= set(QUANTITIES)
    assert {job.rule for job in rows} <= RULES.keys()
    assert {"score_cells", "build_design", "merge_subject", "summarise_scores"} <= {job.rule for job in rows}


def test_cost_is_told_before_any_data_are_there(new_study):
    """The target prints as many jobs of each rule as a run of everything would have, and runs none of them."""
    study, config = new_study(write_region_dataset), str(REPOSITORY / "config/config.yaml")
    told = told_costs(study.run("cost", "-q", "rules", "--configfile", config))
    planned = study.planned("--configfile", config)
    assert {rule: int(row[1].replace(",", "")) for rule, row in told.items() if rule != "all"} | {"all": 1} == planned
    assert float(told["score_cells"][2]) > 0.01
    assert not list(study.folder.rglob("*.parquet"))


def test_cost_stands_beside_what_has_run(region_study):
    """After a run each rule's jobs, all of them, stand beside its prediction, and are kept for other studies."""
    told = told_costs(region_study.run("cost", "-q", "rules"))
    assert told.pop("all")
    assert not [rule for rule, row in told.items() if row[-2] != row[1]]
    kept = read_measured(region_study.folder / "benchmarks/measured/tiny.tsv")
    assert {job.rule for job in kept} == told.keys()


def told_costs(output: str) -> dict[str, list[str]]:
    """The lines of the printed table, by rule."""
    lines = output[output.index("core-h") :].splitlines()[1:]
    rows = [line.replace(" ? ", " ").split() for line in lines]
    return {row[0]: row for row in rows if len(row) >= 6 and row[1].replace(",", "").isdigit()}
