"""Cost before the run: laws fitted to earlier jobs, and the printed table."""

import numpy as np
import pytest

from brainforecast.jobs.cost import (
    Job,
    Law,
    cost_table,
    fit,
    measure,
    measured_path,
    predict,
    read_laws,
    read_measured,
    write_measured,
)
from brainforecast.planning.sizes import QUANTITIES
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


def test_a_law_is_recovered():
    """Two terms and a constant, from rows of very different sizes."""
    X = np.array([[1, 10, 5], [1, 1000, 7], [1, 1e5, 3], [1, 1e4, 900]])
    np.testing.assert_allclose(fit(X, X @ [2, 0.01, 0.5]), [2, 0.01, 0.5], rtol=1e-8)


def test_a_law_never_falls():
    """Jobs that took less time where they were larger give a flat law."""
    fixed, rate = fit([[1, 1], [1, 2]], [3, 2])
    assert rate == 0
    assert 2 < fixed < 3


def test_prediction_of_a_small_plan():
    """Jobs, core-hours, the largest job's memory, and disk, by the law behind the given rows."""
    cost = predict([score(2000, 500, jobs=1), score(10, 5)], LAWS, EARLIER)["score"]
    assert cost.jobs == 2
    assert cost.core_hours == pytest.approx((1 + 2e-3 * 2000 * 500 + 1 + 2e-3 * 10 * 5) / 3600, rel=1e-6)
    assert cost.peak_mb == pytest.approx(150 + 2 * 2000, rel=1e-6)
    assert cost.disk_gb == pytest.approx(0.505)
    assert cost.gpu_hours == 0


def test_local_jobs_correct_a_law():
    """A machine twice as slow doubles the cost of every size; memory is unchanged."""
    local = [score(200, 20, seconds=2 * (1 + 2e-3 * 200 * 20), memory_mb=550)]
    slow, usual = (predict([score(3000, 70)], LAWS, EARLIER, jobs)["score"] for jobs in (local, []))
    assert slow.core_hours == pytest.approx(2 * usual.core_hours)
    assert slow.peak_mb == pytest.approx(usual.peak_mb)


def test_local_jobs_make_a_law_where_nobody_else_ran_the_rule():
    cost = predict([score(400, 50)], LAWS, [], EARLIER)["score"]
    assert cost.core_hours == pytest.approx((1 + 2e-3 * 400 * 50) / 3600, rel=1e-6)


def test_a_rule_without_a_law_costs_what_it_did():
    """Always the same; a rule that nobody ran costs what it costs to start a job."""
    plots = [Job("plot", sizes(), seconds=20.0, memory_mb=400), Job("plot", sizes(targets=9), seconds=20.0)]
    found = predict([Job("plot", sizes(targets=5)), Job("new", sizes())], {}, plots)
    assert found["plot"].core_hours == pytest.approx(20 / 3600)
    assert found["plot"].peak_mb == pytest.approx(400)
    assert found["new"].core_hours == pytest.approx(1 / 3600)


def test_cores_count_and_gpu_hours_are_separate():
    """Two cores for a second are two core-seconds; hours of a job on a GPU are not core-hours."""
    earlier = [Job("extract", sizes(words=100), threads=2, seconds=11.0, memory_mb=500)]
    laws = {"extract": Law(time=[["words"]])}
    on_cpu, on_gpu = (
        predict([Job("extract", sizes(words=100), threads=2, gpus=gpus)], laws, earlier)["extract"] for gpus in (0, 1)
    )
    assert on_cpu.core_hours == pytest.approx(22 / 3600, rel=1e-6)
    assert (on_gpu.core_hours, on_gpu.gpu_hours) == (0, pytest.approx(11 / 3600, rel=1e-6))


def test_a_language_model_costs_what_its_weights_do():
    """Ten times the weights take ten times the time and memory; on GPUs, the operations over a stated rate."""
    law = {"extract": Law(time=[["words", "passes", "parameters"]], memory=[["weights"]])}
    small, large = (sizes(words=1000, passes=4, parameters=n, weights=4 * n) for n in (100, 1000))
    earlier = [Job("extract", small, seconds=1 + 40, memory_mb=150 + 800)]
    cost = predict([Job("extract", large)], law, earlier)["extract"]
    assert (cost.core_hours, cost.peak_mb) == (pytest.approx(401 / 3600), pytest.approx(150 + 8000))
    for gpus in (1, 2):
        on_gpu = predict([Job("extract", large, gpus=gpus, gpu_mb=9000)], law, earlier)["extract"]
        seconds = 20 + 3 * 1000 * 4 * 1000e6 / (5e12 * gpus) + 4000 / 100
        assert on_gpu.gpu_hours == pytest.approx(gpus * seconds / 3600)
        assert (on_gpu.core_hours, on_gpu.gpu_mb) == (0, 9000)


def test_a_language_model_that_nobody_ran_costs_its_operations():
    """A rate of two cores, in place of nothing but the start."""
    law = {"extract": Law(time=[["words", "passes", "parameters"]])}
    cost = predict([Job("extract", sizes(words=1000, passes=4, parameters=100, weights=400))], law, [])["extract"]
    assert cost.core_hours == pytest.approx((1 + 3 * 1000 * 4 * 100e6 / 2e10 + 4) / 3600)
    assert cost.measured


def test_measurements_of_an_earlier_version_are_left_aside(tmp_path):
    """Their jobs lack sizes that the laws need."""
    path = write_lines(tmp_path / "old.tsv", "rule\tjobs\tthreads\tseconds\tmemory_mb\tvolumes", "score\t1\t1\t2\t3\t4")
    assert read_measured(path) == []


def test_benchmark_files_are_read(tmp_path):
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


def test_the_table_has_each_rule_and_the_total():
    planned = [score(3000, 70), Job("plot", sizes())]
    text = cost_table(predict(planned, LAWS, EARLIER), EARLIER[:1])
    lines = {line.split()[0]: line.split() for line in text.splitlines()[1:]}
    assert lines.keys() == {"score", "plot", "all", "?"}
    assert (lines["plot"][1], lines["score"][1]) == ("?", "1")  # nobody has run a plot
    assert lines["all"][1] == "2"
    assert lines["score"][-2:] == ["1", f"{3 / 3600:.3f}"]  # what has run


# ---- What ships, and the target ------------------------------------------------------------------------------------


def test_shipped_laws_and_rows_name_rules_and_sizes():
    """A law for a rule that is gone, or of a size nobody measures, is caught; most rows are of rules with a law."""
    laws, rows = read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv")
    assert laws.keys() <= RULES.keys()
    named = {
        name for law in laws.values() for terms in (law.time, law.memory, law.disk) for term in terms for name in term
    }
    assert named <= set(QUANTITIES)
    assert {job.rule for job in rows} <= RULES.keys()
    assert {"score_cells", "build_design", "merge_subject", "summarise_scores"} <= {job.rule for job in rows}


def test_cost_is_printed_before_any_data_are_there(new_study):
    """The target prints as many jobs of each rule as a run of everything would have, and runs none of them."""
    study, config = new_study(write_region_dataset), str(REPOSITORY / "config/config.yaml")
    printed = printed_costs(study.run("cost", "-q", "rules", "--configfile", config))
    n_jobs = {rule: int(row[1].replace(",", "")) for rule, row in printed.items() if rule != "all"}
    assert n_jobs | {"all": 1} == study.planned("--configfile", config)
    assert float(printed["score_cells"][2]) > 0.01
    assert not list(study.folder.rglob("*.parquet"))


def test_cost_is_printed_with_what_has_run(region_study):
    """After a run, all jobs of each rule are printed next to its prediction, and kept for other studies."""
    printed = printed_costs(region_study.run("cost", "-q", "rules"))
    assert printed.pop("all")
    assert not [rule for rule, row in printed.items() if row[-2] != row[1]]
    kept = read_measured(region_study.folder / "benchmarks/measured/tiny.tsv")
    assert {job.rule for job in kept} == printed.keys()


def printed_costs(output: str) -> dict[str, list[str]]:
    """The lines of the printed table, by rule."""
    lines = output[output.index("core-h") :].splitlines()[1:]
    rows = [line.replace(" ? ", " ").split() for line in lines]
    return {row[0]: row for row in rows if len(row) >= 6 and row[1].replace(",", "").isdigit()}


@pytest.mark.parametrize("prefix", ["", "study/", "a/b/"])
def test_measurements_are_kept_below_the_prefix_of_a_module(prefix):
    """Next to the logs and benchmarks of the run they are of."""
    path = measured_path(f"{prefix}logs/demo/cost/all.log")
    assert str(path) == f"{prefix}benchmarks/measured/demo.tsv"
