"""A model of 7 billion parameters is planned from its settings and its index alone; a run needs the rest."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
import yaml

from helpers.datasets import write_dataset
from helpers.studies import Study, make_study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

MISSING = r"models\.big\.source: found \S+ without model-00001-of-00002\.safetensors, 2 of 2 files of weights missing"


@pytest.fixture(scope="module")
def study(tmp_path_factory, user_environment, llama_7b) -> Study:
    """A study of two stories with a model whose weights are not here, and one that is still to be fetched."""
    parent = tmp_path_factory.mktemp("large")
    models = {
        "big": {"source": "llama"},
        "half": {"source": "llama", "dtype": "bfloat16"},
        "spread": {"source": "llama", "device_map": "auto"},
        "hub": {"source": "lab/model"},
    }
    generated = {"sources": ["generated"], "widths": [2], "distances": [2]}
    sections = {
        "models": models,
        "encoding": {"delays": [0, 1], "n_components": 4, "folds": {"n_folds": 2}},
        "analyses": {
            "brain_score": {"models": list(models), "layers": [1]},
            "forecast": {"models": ["big"], "layers": [1], **generated},
        },
        "maps": {"model": "big", "layer": 1, "width": 2, "distance": 2, "source": "generated"},
        "gpu_memory": 24,
    }
    study = make_study(parent, write_dataset, sections, user_environment | {"HF_HOME": str(parent / "cache")})
    shutil.copytree(llama_7b, study.folder / "llama")
    return study


def test_a_dry_run_requests_what_the_size_needs(study, tmp_path):
    """Memory, time and GPUs of each job; the missing weights are a note, and a model of the hub has no request yet.

    The process that plans imports nothing that could open a model.
    """
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        "heavy = {'torch', 'transformers', 'tokenizers', 'safetensors'}\n"
        "atexit.register(lambda: print('imported:', *sorted(heavy & set(sys.modules))))\n"
    )
    environment = study.environment | {"PYTHONPATH": str(tmp_path)}
    output = dataclasses.replace(study, environment=environment).run("-n")
    assert re.findall(r"^imported:.*$", output, re.MULTILINE)[-1].strip() == "imported:"
    assert re.search(f"note on tiny: config key {MISSING}", output)
    assert "Error" not in output
    big, half, spread = (requested(output, f"activations/{name}/fable") for name in ("big", "half", "spread"))
    assert (big["gpu"], half["gpu"], spread["gpu"]) == ("1", "1", "2")
    assert 26_950 < int(big["gpu_mem_mb"]) < 40_000
    assert 13_470 < int(half["gpu_mem_mb"]) < 22_000
    assert int(spread["mem_mb"]) < 26_950 < int(big["mem_mb"]) < 60_000
    assert 30 < int(big["runtime"]) < 100
    assert int(requested(output, "continuations/big/fable")["runtime"]) >= 60
    assert set(requested(output, "activations/hub/fable").values()) == {"<TBD>"}


def test_without_gpus_a_cpu_is_requested(study):
    """More time, and no GPU."""
    path = Path(study.with_config("cpu", gpu_memory=None)).name
    big = requested(study.run("-n", "--configfile", path), "activations/big/fable")
    assert big["gpu"] == big["gpu_mem_mb"] == "0"
    assert int(big["mem_mb"]) > 26_950


def test_plan_and_cost_work_without_weights(study):
    """The cost has the memory of a GPU, and says how the weights are counted."""
    for target in ("plan", "cost"):
        output = study.run(target, "-q", "rules")
        assert re.search(f"note on tiny: config key {MISSING}", output)
    assert "big: 6,738 M weights (by the index of its files), 27.0 GB as float32" in output
    assert "half: 6,738 M weights (by the index of its files), 13.5 GB as bfloat16" in output
    assert "hub: 124 M weights (not here yet: as many as GPT-2, it is assumed), 0.5 GB as float32" in output
    costs = re.search(r"^extract_activations +8 .*$", output, re.MULTILINE)[0].split()
    gpu_hours, gpu_gb = float(costs[3]), float(costs[5])
    assert gpu_hours > 0.1
    assert 27 < gpu_gb < 40


def test_without_gpus_the_cost_has_no_gpu_hours(study):
    """Nor for a model that is still to be fetched."""
    path = Path(study.with_config("processors", gpu_memory=None)).name
    _, _, core_hours, gpu_hours, _, gpu_gb, _ = re.search(
        r"^all .*$", study.run("cost", "-q", "rules", "--configfile", path), re.MULTILINE
    )[0].split()
    assert float(core_hours) > 0.1
    assert float(gpu_hours) == float(gpu_gb) == 0


def test_a_run_stops_before_its_first_job(study):
    """One line, and nothing is made."""
    output = study.run(exit_code=1)
    assert re.search(MISSING, output)
    assert "Traceback" not in output
    assert not list(study.folder.rglob("*.parquet"))


def test_an_untrained_control_needs_no_weights(study):
    """The rest is planned as before, without a note."""
    config = study.config
    config["models"] = {"big": config["models"]["big"] | {"weights": "random"}}
    config["analyses"]["brain_score"]["models"] = ["big"]
    (study.folder / "random.yaml").write_text(yaml.safe_dump(config))
    assert "weights missing" not in study.run("-n", "--configfile", "random.yaml")


def requested(output: str, product: str) -> dict[str, str]:
    """The resources of the job that makes a product, in the output of a dry run."""
    line = re.search(rf"output: \S*{product}\..*?\n +resources: (.*?)\n", output, re.DOTALL)[1]
    found = dict(re.findall(r"(\w+)=([\w<>.]+)", line))
    return {name: value for name, value in found.items() if name in ("mem_mb", "runtime", "gpu", "gpu_mem_mb")}
