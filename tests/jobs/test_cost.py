"""Cost before the run: laws fitted to earlier jobs, and the printed table."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainforecast.cells import Grid
from brainforecast.jobs.cost import FETCH_RATE, Job, Law, fit, predict, read_laws
from brainforecast.jobs.cost_table import cost_table, disk_warnings
from brainforecast.jobs.measured import measure, measured_path, read_measured, write_measured
from brainforecast.planning.sizes import QUANTITIES
from brainforecast.storage.scores import RegionScores, Scores, write_scores
from helpers.datasets import REPOSITORY, write_lines
from helpers.rules import RULES
from helpers.studies import write_region_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

COST = REPOSITORY / "workflow/cost"
LAWS = {
    "score": Law(time=[(1, ["volumes", "targets"])], memory=[(1, ["volumes"])], disk=[(1e6, ["targets"])]),
}


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
    laws = {"extract": Law(time=[(1, ["words"])])}
    on_cpu, on_gpu = (
        predict([Job("extract", sizes(words=100), threads=2, gpus=gpus)], laws, earlier)["extract"] for gpus in (0, 1)
    )
    assert on_cpu.core_hours == pytest.approx(22 / 3600, rel=1e-6)
    assert (on_gpu.core_hours, on_gpu.gpu_hours) == (0, pytest.approx(11 / 3600, rel=1e-6))


OPERATIONS = {"extract": Law(time=[(1, ["operations"])], memory=[(1, ["weights"])])}
SMALL, LARGE = (sizes(operations=n, weights=40 * n, steps=3.0) for n in (10, 100))


def test_a_language_model_costs_what_its_weights_do():
    """Ten times the operations and weights take ten times the time and memory of earlier jobs on a CPU."""
    cost = predict([Job("extract", LARGE)], OPERATIONS, [Job("extract", SMALL, seconds=1 + 40, memory_mb=150 + 800)])
    assert cost["extract"].core_hours == pytest.approx(401 / 3600)
    assert cost["extract"].peak_mb == pytest.approx(150 + 8000)


@pytest.mark.parametrize("gpus", [1, 2])
def test_a_language_model_on_gpus_takes_its_operations_and_steps(gpus):
    """At a stated rate, whatever a CPU took; a model that is spread over two keeps both for as long."""
    earlier = [Job("extract", SMALL, seconds=1 + 40, memory_mb=150 + 800)]
    on_gpu = predict([Job("extract", LARGE, gpus=gpus, gpu_mb=9000)], OPERATIONS, earlier)["extract"]
    assert on_gpu.gpu_hours == pytest.approx(gpus * (20 + 100e12 / 5e12 + 3 + 4000 / 100) / 3600)
    assert (on_gpu.core_hours, on_gpu.gpu_mb, on_gpu.known) == (0, 9000, True)


def test_a_gpu_of_this_machine_corrects_gpus_alone():
    """Twice as fast as stated; the same rule on a CPU is left as it is."""
    ran = [Job("extract", SMALL, gpus=1, seconds=(20 + 2 + 3 + 4) / 2, memory_mb=5000)]
    earlier = [Job("extract", SMALL, seconds=41, memory_mb=950)]
    usual, fast = (predict([Job("extract", LARGE, gpus=1)], OPERATIONS, earlier, own)["extract"] for own in ([], ran))
    assert fast.gpu_hours == pytest.approx(usual.gpu_hours / 2)
    on_cpu = predict([Job("extract", LARGE)], OPERATIONS, earlier, ran)["extract"]
    assert on_cpu.core_hours == pytest.approx(401 / 3600)


def test_a_language_model_that_nobody_ran_costs_its_operations():
    """A rate of one core, in place of nothing but the start."""
    cost = predict([Job("extract", LARGE)], OPERATIONS, [])["extract"]
    assert cost.core_hours == pytest.approx((1 + 100e12 / 2e10 + 4000 / 100) / 3600)
    assert cost.known


def test_a_download_takes_its_bytes():
    """At a stated rate, until this machine has fetched some."""
    laws, jobs = {"fetch_run": Law(disk=[(1e6, ["volumes"])])}, [Job("fetch_run", sizes(volumes=400))]
    cost = predict(jobs, laws, [])["fetch_run"]
    assert cost.core_hours == pytest.approx((1 + 400 / FETCH_RATE) / 3600)
    assert (cost.disk_gb, cost.known) == (pytest.approx(0.4), True)


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
    write_measured([found], tmp_path / "measured.tsv", study="this")
    [again] = read_measured(tmp_path / "measured.tsv")
    assert (again.rule, again.jobs, again.core_seconds, again.memory_mb) == ("score", 3, 4.0, 400.0)
    assert (again.sizes, again.study, again.gpus) == (found.sizes, "this", 0)


def test_the_table_has_each_rule_and_the_total():
    planned = [score(3000, 70), Job("plot", sizes())]
    text = cost_table(predict(planned, LAWS, EARLIER), EARLIER[:1])
    lines = {line.split()[0]: line.split() for line in text.splitlines()[1:]}
    assert lines.keys() == {"score", "plot", "all", "?", "disk:"}
    assert (lines["plot"][1], lines["score"][1]) == ("?", "1")  # nobody has run a plot
    assert lines["all"][1] == "2"
    assert lines["score"][-2:] == ["1", f"{3 / 3600:.3f}"]  # what has run


def test_the_peak_holds_what_is_temporary_too():
    """What is deleted once it was read may be there all together, where the jobs that read it fail."""
    jobs = [score(1, 500, temporary=True), score(1, 2000)]
    cost = predict(jobs, LAWS, EARLIER)
    assert (cost["score"].disk_gb, cost["score"].temporary_gb) == (pytest.approx(2.5), pytest.approx(0.5))
    assert cost_table(cost, []).splitlines()[-1].startswith("disk: 2.5 GB at the peak")
    assert cost_table(cost, []).endswith("2.0 GB at the end")


# ---- Room on disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def room(monkeypatch) -> float:
    """1 GB is free, on whichever disk."""
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1e9))
    return 1e9


def test_a_disk_that_is_too_small_is_named(room, tmp_path):
    """Once for all that goes to it; what has been written already needs no room."""
    done = write_lines(tmp_path / "done.tsv", "s\tmax_rss")
    jobs = [score(1, n, output=f"{folder}/x", benchmark=str(tmp_path / "absent")) for folder, n in
            (("results", 700), ("resources", 700))]  # fmt: skip
    [line] = disk_warnings(jobs, LAWS, root=None)
    assert "1.4 GB" in line
    assert "results" in line
    assert "resources" in line
    assert "1.0 GB free" in line
    assert disk_warnings(jobs[:1], LAWS, root=None) == []
    assert disk_warnings([score(1, 9000, output="results/x", benchmark=str(done))], LAWS, root=None) == []


def test_the_disk_is_that_of_the_file(monkeypatch, tmp_path):
    """Not that of the folder above, where a study's results are a link to a larger disk."""
    asked = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: asked.append(path) or SimpleNamespace(free=1e9))
    study = tmp_path / "results/study"
    study.mkdir(parents=True)
    [line] = disk_warnings([score(1, 2000, output="results/study/x/y")], LAWS, root=None)
    assert asked == [study]
    assert "the disk of results, which has" in line


def test_images_that_are_missing_go_to_the_folder_of_the_dataset(room, tmp_path):
    """Without a URL they are put under dataset.root, whose disk is looked at."""
    laws = {"fetch_run": Law(disk=[(1e9, ["volumes"])])}
    [line] = disk_warnings([Job("fetch_run", sizes(volumes=2), output="resources/x")], laws, root=str(tmp_path))
    assert str(tmp_path) in line
    assert "resources" not in line


# ---- What ships, and the target ------------------------------------------------------------------------------------


def test_shipped_laws_and_rows_name_rules_and_sizes():
    """A law for a rule that is gone, or of a size nobody measures, is caught."""
    laws, rows = read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv")
    assert laws.keys() <= RULES.keys()
    terms = [term for law in laws.values() for terms in (law.time, law.memory, law.disk) for term in terms]
    assert {name for _, names in terms for name in names} <= set(QUANTITIES)
    assert {job.rule for job in rows} <= RULES.keys()


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if "output" in rule])
def test_the_cost_of_every_rule_is_known(rule):
    """Each rule that makes files has been measured, or has a rate that is stated: no line of the table has a ?."""
    laws, rows = read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv")
    assert predict([Job(rule, sizes())], laws, rows)[rule].known


STUDY = {
    "volumes": 1000, "story_volumes": 500, "words": 3500, "targets": 20_484, "columns": 240, "offsets": 50,
    "subjects": 1, "layers": 1, "regions": 150, "draws": 400, "brains": 60, "variants": 90,
}  # fmt: skip


def hours(rule: str, n_folds: int, scheme: str = "paper", cells: int = 40, share: float = 1.0) -> float:
    """Core-hours by the shipped laws of a job with these folds and cells, that scores a share of all targets."""
    strict = scheme == "strict"
    folds = {
        "folds": n_folds, "plain_folds": n_folds * (not strict), "strict_folds": n_folds * strict,
        "inner_folds": n_folds * (n_folds - 1) * strict,
    }  # fmt: skip
    job = Job(rule, sizes(cells=cells, kept=cells, distances=cells * share, **STUDY, **folds))
    return predict([job], read_laws(COST / "laws.tsv"), read_measured(COST / "measured.tsv"))[rule].core_hours


@pytest.mark.parametrize(
    "rule", ["score_cells", "build_design", "score_shifts", "simulate_brains", "score_sensitivity"]
)
def test_more_folds_never_cost_less(rule):
    """Four times as many cost up to four times as much; strict ones no less than the paper's."""
    for scheme in ("paper", "strict"):
        costs = [hours(rule, n, scheme) for n in range(3, 21)]
        assert costs == sorted(costs)
        assert all(cost >= hours(rule, n) for n, cost in enumerate(costs, start=3))
    assert 2 < hours(rule, 20) / hours(rule, 5) < 4.001


def test_strict_folds_cost_what_was_measured():
    """1,000 volumes, 240 columns: microseconds a cell, fold and target, of 3 and 10 folds and of the paper's."""
    found = {n: hours("score_cells", n, "strict") * 3600e6 / (40 * n * 20_484) for n in (3, 10)}
    assert found == {3: pytest.approx(154, rel=0.3), 10: pytest.approx(308, rel=0.3)}
    assert hours("score_cells", 5) * 3600e6 / (40 * 5 * 20_484) == pytest.approx(20, rel=0.3)


def test_series_of_regions_cost_what_regions_do():
    """Of 150 regions: more cells cost more, all far less than those of 20,484 targets; their designs remain."""
    few, many = (hours("score_cells", 5, cells=n, share=150 / 20_484) for n in (40, 400))
    assert few < many < 0.2 * hours("score_cells", 5, cells=400)


def test_the_law_of_score_files_is_their_size(tmp_path):
    """Scores kept by target, with their penalties, and scores kept by region, of one file."""
    n_targets, n_regions, rng = 4000, 300, np.random.default_rng(0)
    present, curve, widths = (
        Grid("m", 1, "paper", "present", 0, (0,)),
        Grid("m", 1, "paper", "true", 7, tuple(range(20))),
        Grid("m", 1, "paper", "true", 3, tuple(range(90)), "regions"),
    )
    parts = [
        Scores("01", grid, np.arange(n_targets), rng.random((len(grid.distances), n_targets), np.float32), alpha)
        for grid, alpha in ((present, rng.choice([0.1, 10, 100], (2, n_targets))), (curve, None))
    ]
    means = rng.random((len(widths.distances), n_regions))
    write_scores([*parts, RegionScores("01", widths, means, np.full(means.shape, 13))], tmp_path / "scores")
    law = read_laws(COST / "laws.tsv")["score_cells"]
    cells = {"cells": 111, "kept": 21, "kept_regions": 90, "baselines": 1, "curves": 1}
    job = Job("score_cells", sizes(targets=n_targets, regions=n_regions, **cells))
    assert law.disk_bytes(job) == pytest.approx((tmp_path / "scores").stat().st_size, rel=0.1)


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
