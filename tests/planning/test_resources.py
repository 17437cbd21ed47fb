"""Memory and run time that jobs request."""

import dataclasses
import json
import math
import re

import pytest
from snakemake.iocontainers import Wildcards

from brainforecast.cells import Grid
from brainforecast.jobs.measured import read_measured
from brainforecast.jobs.scoring import MOST_WINDOWS
from brainforecast.planning.models.needs import BATCHES
from brainforecast.planning.resources import MEMORY, PYTHON_MB, RUN_TIME, WINDOWS, JobResources, megabytes, minutes
from helpers.datasets import REPOSITORY
from helpers.rules import RULES

pytest_plugins = ["helpers.language_models"]

RESOURCES = "".join(rule.get("resources", "") for rule in RULES.values())


@pytest.fixture
def resources(new_study) -> JobResources:
    return JobResources(new_study().sizes)


def wildcards(**values: str) -> Wildcards:
    """As Snakemake hands them over."""
    return Wildcards(fromdict=values)


@pytest.mark.parametrize("kind", MEMORY)
def test_memory_grows_with_each_attempt(resources, kind):
    """A job that met its limit requests more."""
    request = resources.memory(kind)
    assert request(wildcards(), 1) >= PYTHON_MB
    assert request(wildcards(), 2) == pytest.approx(2 * request(wildcards(), 1), abs=1)


@pytest.mark.parametrize("kind", RUN_TIME)
def test_run_time_grows_with_each_attempt(resources, kind):
    request = resources.run_time(kind)
    assert 0 < request(wildcards(), 1) < request(wildcards(), 2)


def test_requests_of_jobs_that_are_alike():
    assert (megabytes(4000)(wildcards(), 2), minutes(15)(wildcards(), 3)) == (8000, 45)


def test_every_kind_is_requested_by_a_rule():
    used = set(re.findall(r'RESOURCES\.\w+\("(\w+)"\)', RESOURCES)) | {"small"}
    assert used == {*MEMORY, *RUN_TIME, *BATCHES}


def test_a_scoring_job_grows_with_its_cells(resources):
    """More cells need more memory and time, at the same subject."""
    study_jobs = resources.sizes.fanout.scoring_jobs
    by_cells = sorted(study_jobs, key=lambda key: sum(len(grid.distances) for grid in study_jobs[key]))
    few, many = (wildcards(subject="01", model=model, cells=job) for model, job in (by_cells[0], by_cells[-1]))
    assert resources.memory("score")(few, 1) < resources.memory("score")(many, 1)
    time = RUN_TIME["score"]
    assert time(resources.sizes.in_memory(dict(few.items()))) < time(resources.sizes.in_memory(dict(many.items())))


def test_a_scoring_job_holds_what_it_keeps_and_one_batch(resources):
    """Of any number of cells: 4 bytes a target of those kept, 8 bytes a fold of as many as are scored at once."""
    assert WINDOWS == MOST_WINDOWS
    few, many = ({**resources.sizes.in_memory({"subject": "01"}), "kept": 20, "cells": n} for n in (WINDOWS, 1000))
    assert MEMORY["score"](few) == MEMORY["score"](many)
    more = MEMORY["score"]({**many, "kept": 1000, "largest_grid": 41}) - MEMORY["score"]({**many, "largest_grid": 20})
    assert more == pytest.approx((980 + 21) * many["targets"] * 4 / 1e6)


@pytest.mark.parametrize(("strict", "measured"), [(False, 975), (True, 2900)])
def test_a_scoring_job_holds_the_designs_of_a_batch(strict, measured):
    """Of 100 regions and 4,004 volumes, 48 windows of 240 columns: MB as measured, of strict folds from 12 windows."""
    sizes = {"cells": 500, "longest": 4004, "targets": 100, "folds": 5, "columns": 240, "kept": 0, "largest_grid": 41}
    assert measured < PYTHON_MB + MEMORY["score"]({**sizes, "strict": strict}) < 2 * measured + PYTHON_MB


SCORED = {"cells": 40, "distances": 40.0, "longest": 4004, "targets": 81_924, "columns": 240}


def folds(n: int, scheme: str = "paper") -> dict:
    """Sizes of n folds, as `StudySizes.in_memory` has them."""
    strict = scheme == "strict"
    inner = n * (n - 1) if strict else 0
    return {"folds": n, "plain_folds": 0 if strict else n, "strict_folds": n if strict else 0, "inner_folds": inner}


@pytest.mark.parametrize("kind", ["score", "shifts", "brains", "sensitivity", "design"])
@pytest.mark.parametrize("scheme", ["paper", "strict"])
def test_more_folds_never_take_less_time(resources, kind, scheme):
    """Nor do strict ones take less than the paper's; as much longer as measured."""
    held = resources.sizes.in_memory({"subject": "01"}) | {"draws": 400, "brains": 60, "variants": 90} | SCORED
    times = [RUN_TIME[kind](held | folds(n, scheme)) for n in range(3, 21)]
    assert times == sorted(times) and times[-1] > times[0]
    assert all(time >= RUN_TIME[kind](held | folds(n)) for n, time in enumerate(times, start=3))


@pytest.mark.parametrize(
    ("scheme", "n", "measured"), [("paper", 5, 21), ("paper", 20, 21), ("strict", 5, 207), ("strict", 10, 308)]
)
def test_a_scoring_job_requests_what_it_takes(scheme, n, measured):
    """Twice and more of the microseconds that 1,000 volumes and 240 columns took a cell, fold and target."""
    cell = SCORED | {"cells": 1, "distances": 1.0, "longest": 1000}
    seconds = 60 * (RUN_TIME["score"](cell | folds(n, scheme)) - 20)
    spent = measured * 1e-6 * cell["targets"] * n
    assert 1.9 * spent < seconds < 6 * spent


def test_series_of_regions_take_the_time_of_regions(resources):
    """Not that of all targets, of which no more is scored than there are regions."""
    few, every = (SCORED | folds(5) | {"distances": share * 40, "columns": 0} for share in (300 / 81_924, 1.0))
    assert (RUN_TIME["score"](few) - 20) * 81_924 == pytest.approx((RUN_TIME["score"](every) - 20) * 300)
    grids = [
        Grid("m", 1, "paper", "true", 7, (1, 2, 3), score=score, keep="regions") for score in ("targets", "regions")
    ]
    targets, series = (
        dataclasses.replace(
            resources.sizes, fanout=dataclasses.replace(resources.sizes.fanout, grids=[grid], cells_per_job=None)
        )
        for grid in grids
    )
    asked = [
        sizes.in_memory({"subject": "01", "model": "m", "cells": next(iter(sizes.fanout.scoring_jobs))[1]})
        for sizes in (targets, series)
    ]
    assert asked[1]["distances"] == pytest.approx(asked[0]["distances"] * asked[0]["regions"] / asked[0]["targets"])


def test_responses_are_held_twice_and_more(resources):
    """Memory of a job on one subject: float32 responses, 2.5 times, and Python."""
    held = resources.sizes.in_memory({"subject": "01"})
    expected = PYTHON_MB + 2.5 * held["longest"] * held["targets"] * 4 / 1e6
    assert resources.memory("subject")(wildcards(subject="01"), 1) == int(expected)


def test_all_cells_of_the_longest_subject_fit_in_a_day():
    """A partition's usual limit: 860 cells of 4,004 volumes on fsaverage6 in one job."""
    asked = RUN_TIME["score"](SCORED | folds(5) | {"cells": 860, "distances": 860.0})
    assert 2 * 860 * 33 / 60 < asked < 24 * 60


def test_a_design_job_holds_the_components_of_all_its_windows(resources):
    """In every fold, 4 bytes each, beside its Gram matrices."""
    held = resources.sizes.in_memory({"subject": "01"}) | {"components": 20, "folds": 5, "longest": 1000}
    more = MEMORY["design"](held | {"cells": 600}) - MEMORY["design"](held | {"cells": 0})
    assert more == pytest.approx(600 * 5 * 1000 * 20 * 4 / 1e6)


MEASURED = read_measured(REPOSITORY / "workflow/cost/measured.tsv")
KINDS = {
    name: found[1]
    for name, rule in RULES.items()
    if (found := re.search(r'RESOURCES\.memory\("(\w+)"\)', rule.get("resources", "")))
}
LARGE = 300  # MB: beyond what Python and its libraries take
ASSUMED = {"folds": 5, "strict": False, "components": 20}  # of the studies that were measured


def test_jobs_that_were_measured_took_less_than_they_request():
    """Of every rule and size in cost/measured.tsv, up to the paper's own: no attempt of them would have failed."""
    seen = set()
    for job in MEASURED:
        if job.rule not in KINDS or math.isnan(job.memory_mb):
            continue
        volumes = job.sizes["story_volumes" if job.rule == "merge_listeners" else "volumes"]
        cells = {"study_cells": job.sizes["cells"], "largest_grid": job.sizes["distances"]}
        sizes = {**job.sizes, **ASSUMED, **cells, "longest": volumes}
        assert job.memory_mb < PYTHON_MB + MEMORY[KINDS[job.rule]](sizes), job
        if job.memory_mb > LARGE:
            seen.add(KINDS[job.rule])
    assert seen >= {"score", "subject", "noise_ceiling", "group", "merge", "shifts", "brains", "simulated_run"}


# ---- Language models -------------------------------------------------------------------------------------------------

STORY = {"model": "big", "story": "piano"}


@pytest.fixture
def new_resources(new_study, llama_7b):
    """A function that makes the requests of a study with a model of 7 billion parameters, its weights still missing."""

    def make(gpu_memory: float | None = 40, **settings: object) -> JobResources:
        study = new_study()
        big = study.config["models"]["smollm2"] | {"source": llama_7b} | settings
        config = study.config | {"models": study.config["models"] | {"big": big}, "gpu_memory": gpu_memory}
        return JobResources(dataclasses.replace(study, config=config).sizes)

    return make


def request(resources: JobResources, kind: str = "extract", attempt: int = 1) -> tuple[int, ...]:
    """Memory, run time, GPUs and their memory of one job of a language model."""
    makers = [resources.model_memory, resources.model_run_time, resources.gpus, resources.gpu_memory]
    return tuple(make(kind)(wildcards(**STORY), attempt) for make in makers)


@pytest.mark.parametrize(
    ("settings", "weights_gb"),
    [
        ({}, 26.95),
        ({"dtype": "bfloat16"}, 13.48),
        ({"quantization": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, 3.8),
    ],
    ids=["float32", "bfloat16", "4 bits"],
)
def test_7_billion_parameters_request_what_they_take(new_resources, settings, weights_gb):
    """On a GPU the weights and a few GB; in memory also the files of another type, while they are converted."""
    memory, _, gpus, gpu_memory = request(new_resources(**settings))
    assert 1000 * weights_gb < gpu_memory < 1000 * (weights_gb + 12)
    assert gpus == 1
    assert 1000 * weights_gb < memory < 1000 * (weights_gb + 13.48 + 15)


def test_a_model_is_spread_over_as_many_gpus_as_it_needs(new_resources):
    """By the memory of one; without device_map on one, and on none where there are none or the model is on the CPU."""
    spread = {"device_map": "auto"}
    assert [request(new_resources(gb, **spread))[2] for gb in (80, 24, 16)] == [1, 2, 3]
    assert request(new_resources(16))[2] == 1
    for resources in (new_resources(None, **spread), new_resources(device_map="cpu")):
        assert request(resources)[2:] == (0, 0)


def test_a_spread_model_passes_through_memory_in_parts(new_resources):
    """Its weights go to the GPUs file by file; without GPUs they stay."""
    spread, whole = (request(new_resources(gb, device_map="auto"))[0] for gb in (16, None))
    assert spread < 20_000 < 27_000 < whole


def test_a_cpu_takes_longer_than_a_gpu(new_resources):
    for kind in ("extract", "generate", "components"):
        on_gpu, on_cpu = (request(new_resources(gb), kind)[1] for gb in (40, None))
        assert on_gpu < on_cpu


def test_requests_of_models_grow_with_each_attempt(new_resources):
    """Memory and time; no more GPUs."""
    first, second = (request(new_resources(), attempt=attempt) for attempt in (1, 2))
    assert second == (2 * first[0], 2 * first[1], first[2], first[3])


def test_a_small_model_requests_little(new_resources, tiny_gpt2):
    """A model of a few thousand weights: Python, and the libraries of a GPU if there is one."""
    on_cpu, on_gpu = (request(new_resources(gb, source=tiny_gpt2))[0] for gb in (None, 40))
    assert PYTHON_MB < on_cpu < PYTHON_MB + 300
    assert on_cpu < on_gpu < PYTHON_MB + 3300


def test_a_model_that_is_still_to_be_fetched_has_no_request_yet(new_resources, tmp_path, monkeypatch):
    """Its input is missing, which Snakemake shows as <TBD>; once it is fetched, its settings decide."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    resources = new_resources(source="lab/model")
    fetched = str(tmp_path / "resources/hub/big.json")
    with pytest.raises(FileNotFoundError) as error:
        resources.model_memory("extract")(wildcards(**STORY), 1, input=["words.parquet", fetched])
    assert error.value.filename == fetched
    snapshot = tmp_path / "models--lab--model/snapshots/abc"
    snapshot.mkdir(parents=True)
    settings = {
        "model_type": "gpt2",
        "n_layer": 12,
        "n_embd": 768,
        "n_head": 12,
        "vocab_size": 50257,
        "n_positions": 1024,
    }
    (snapshot / "config.json").write_text(json.dumps(settings))
    (tmp_path / "models--lab--model/refs").mkdir()
    (tmp_path / "models--lab--model/refs/main").write_text("abc")
    assert 2000 < resources.model_memory("extract")(wildcards(**STORY), 1, input=[fetched]) < 8000
