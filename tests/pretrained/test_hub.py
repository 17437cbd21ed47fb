"""Models of the hub, fetched from a local server that speaks its API: in a process of their own, without torch."""

import ast
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from helpers.datasets import REPOSITORY
from helpers.hub import COMMIT, serving_hub

pytest_plugins = ["helpers.language_models"]

FETCH = """
import sys
from brainforecast.errors import BadInput
from brainforecast.pretrained.hub import fetch_from_hub
for source, revision, weights, *pickled in {calls}:
    try:
        print(repr(fetch_from_hub(source, revision, weights=weights, pickled=any(pickled))))
    except BadInput as error:
        print(repr(str(error)))
print(repr("torch" in sys.modules))
"""


def fetch(home: Path, endpoint: str, *calls: tuple) -> list:
    """What `fetch_from_hub` returns or raises for each call; and whether torch was imported."""
    env = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": endpoint, "PYTHONPATH": str(REPOSITORY / "workflow")}
    env = {key: value for key, value in env.items() if key not in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN")}
    command = [sys.executable, "-c", FETCH.format(calls=list(calls))]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [ast.literal_eval(line) for line in done.stdout.splitlines()]


def test_a_model_is_fetched_without_loading_it(tiny_gpt2, tmp_path):
    """Commit, files and sizes; nothing is loaded; a branch and a fetch without the hub take the cache."""
    model = Path(tiny_gpt2)
    with serving_hub({"lab/tiny": model}) as hub:
        calls = ("lab/tiny", None, True), ("lab/tiny", "refined", True)
        fetched, refined, with_torch = fetch(tmp_path, hub.url, *calls)
        n_weights = sum(path.endswith(f"{COMMIT}/model.safetensors") for path in hub.requests)
    assert (fetched["source"], fetched["revision"], with_torch) == ("lab/tiny", COMMIT, False)
    assert fetched["files"] == {file.name: file.stat().st_size for file in model.iterdir()}
    assert fetched["sha256"] == {file.name: sha256(file.read_bytes()).hexdigest() for file in model.iterdir()}
    assert refined["revision"] == COMMIT
    assert n_weights <= 2  # its size and its content, once
    assert fetch(tmp_path, "http://127.0.0.1:9", ("lab/tiny", None, True))[0] == fetched


def test_weights_that_are_not_what_the_hub_states_are_one_line(tiny_gpt2, tmp_path):
    """A byte that changed in the cache, in weights that still load."""
    with serving_hub({"lab/tiny": Path(tiny_gpt2)}) as hub:
        fetched, _ = fetch(tmp_path, hub.url, ("lab/tiny", None, True))
        weights = Path(fetched["folder"], "model.safetensors").resolve()
        content = bytearray(weights.read_bytes())
        content[-1] ^= 1
        weights.write_bytes(content)
        line, _ = fetch(tmp_path, hub.url, ("lab/tiny", None, True))
    assert "model lab/tiny, model.safetensors: found sha256" in line and f"delete {weights}" in line


def test_pickled_weights_are_refused_before_they_are_fetched(tiny_gpt2, tmp_path):
    """Or fetched, where the config allows them."""
    model = Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))
    torch.save(load_file(model / "model.safetensors"), model / "pytorch_model.bin")
    (model / "model.safetensors").unlink()
    with serving_hub({"lab/tiny": model}) as hub:
        calls = ("lab/tiny", None, True), ("lab/tiny", None, True, True)
        refused, fetched, _ = fetch(tmp_path, hub.url, *calls)
        first = next(i for i, path in enumerate(hub.requests) if path.endswith("config.json"))
    assert "model lab/tiny: found pytorch_model.bin, weights as pickles" in refused
    assert "pytorch_model.bin" in fetched["files"] and first > 0


def test_an_untrained_model_needs_no_weights(tiny_gpt2, tmp_path):
    """They are not downloaded."""
    with serving_hub({"lab/tiny": Path(tiny_gpt2)}) as hub:
        fetched, _ = fetch(tmp_path, hub.url, ("lab/tiny", None, False))
    assert "config.json" in fetched["files"] and "model.safetensors" not in fetched["files"]


@pytest.mark.parametrize(
    ("name", "revision", "expected"),
    [
        ("lab/gated", None, ["a gated model", "terms accepted at http", "lab/gated", "hf auth login"]),
        ("lab/private", None, ["no model of this name, or a private one", "hf auth login"]),
        ("lab/tinny", None, ["no model of this name", "nearest in the cache is lab/tiny"]),
        ("lab/tiny", "refind", ["no revision refind", "nearest is refined"]),
        ("lab/down", None, ["the answer 503"]),
        ("no name/at all/x", None, ["no name of the hub"]),
    ],
)
def test_what_cannot_be_fetched(name, revision, expected, tiny_gpt2, tmp_path):
    """One line each: what is wrong, and what to do."""
    models = {"lab/tiny": Path(tiny_gpt2), "lab/gated": "gated", "lab/private": "private", "lab/down": "down"}
    with serving_hub(models) as hub:
        _, line, _ = fetch(tmp_path, hub.url, ("lab/tiny", None, False), (name, revision, True))
    assert all(part in line for part in [name, *expected]), line
    assert "\n" not in line


def test_no_network(tmp_path):
    """The address that does not answer is named."""
    line, _ = fetch(tmp_path, "http://127.0.0.1:9", ("lab/tiny", None, True))
    assert "no answer of the hub" in line and "http://127.0.0.1:9" in line and "\n" not in line


@pytest.mark.parametrize(("absent", "match"), [("tokenizer.json", "no tokenizer"), ("model.safetensors", "no weights")])
def test_incomplete_models_of_the_hub(absent, match, tiny_gpt2, tmp_path):
    """Found when they are fetched, not by a job on the cluster."""
    folder = tmp_path / "served"
    folder.mkdir()
    for file in Path(tiny_gpt2).iterdir():
        if file.name != absent:
            (folder / file.name).write_bytes(file.read_bytes())
    with serving_hub({"lab/half": folder}) as hub:
        line, _ = fetch(tmp_path / "home", hub.url, ("lab/half", None, True))
    assert match in line, line


def test_jobs_load_the_commit_that_was_fetched(tiny_gpt2, tmp_path):
    """Whatever the config's revision; the settings of a local model are as they are."""
    from brainforecast.pretrained.loading import read_load_settings

    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({"revision": COMMIT}))
    assert read_load_settings({"revision": "main"}, [str(path)]).revision == COMMIT
    assert read_load_settings({"dtype": "bfloat16"}, [str(tiny_gpt2)]).revision is None
