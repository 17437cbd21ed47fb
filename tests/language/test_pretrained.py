"""Language models on disk: loaded completely or refused, converted from GGUF, fetched from the hub's cache."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, extract_activations, is_causal
from brainforecast.language.frames import opening_token
from brainforecast.language.pretrained import convert_gguf, load_model
from helpers.datasets import REPOSITORY
from helpers.texts import CLOCKMAKER

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("source", ["nobody/no-such-model", "no/such/folder", "package:no_such_package/model"])
def test_model_that_does_not_load(source, monkeypatch):
    """One line that names the model and what is expected; HF_HUB_OFFLINE, as read at import, is respected."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BadInput, match=source) as error:
        load_model(source)
    assert "\n" not in str(error.value)


def test_model_with_absent_or_truncated_weights(tiny_gpt2, tmp_path):
    """Weights that are not in the file are not drawn at random; a truncated file is refused."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_gpt2)
    model = AutoModelForCausalLM.from_pretrained(tiny_gpt2)
    weights = {name: w for name, w in model.state_dict().items() if "h.1.mlp" not in name and "lm_head" not in name}
    model.save_pretrained(tmp_path, state_dict=weights)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="weights absent"):
        load_model(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match=str(tmp_path)):
        load_model(tmp_path)


def test_file_that_is_no_gguf(tmp_path):
    """Nothing is written."""
    (tmp_path / "model.gguf").write_text("not a model")
    with pytest.raises(BadInput, match="GGUF"):
        convert_gguf(tmp_path / "model.gguf", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


@pytest.mark.slow
def test_smollm2_is_converted_completely(smollm2):
    """31 layers of 576 features, float32, and no other file next to the folder."""
    tokenizer, model = load_model(smollm2)
    X = extract_activations(CLOCKMAKER[:20], tokenizer, model, ExtractionSettings(context=1024, stride=256))
    assert list(X) == list(range(31))
    assert X[30].shape == (20, 576)
    assert is_causal(model)
    assert model.dtype == torch.float32
    assert [path.name for path in Path(smollm2).parent.iterdir()] == ["model"]
    assert tokenizer.convert_ids_to_tokens(opening_token(tokenizer)) == "<|endoftext|>"


def fetch_offline(home: Path, source: str) -> subprocess.CompletedProcess:
    """Run `fetch_from_hub` in a separate process, with the hub's cache under `home` and no network."""
    code = f"from brainforecast.language.hub import fetch_from_hub; print(fetch_from_hub({source!r}))"
    env = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(REPOSITORY / "workflow")}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def test_a_model_in_the_hubs_cache_needs_no_network(tiny_gpt2, tmp_path):
    """A cache in the hub's shape gives revision and files; a model that is not in it is reported in one line."""
    folder, revision = tmp_path / "hub/models--nobody--tiny", "c0ffee" + "0" * 34
    shutil.copytree(tiny_gpt2, folder / "snapshots" / revision)
    (folder / "refs").mkdir()
    (folder / "refs/main").write_text(revision)
    done = fetch_offline(tmp_path, "nobody/tiny")
    assert done.returncode == 0, done.stderr
    fetched = ast.literal_eval(done.stdout)
    assert (fetched["source"], fetched["revision"]) == ("nobody/tiny", revision)
    assert fetched["files"]["model.safetensors"] == (Path(tiny_gpt2) / "model.safetensors").stat().st_size
    absent = fetch_offline(tmp_path, "nobody/other")
    assert absent.returncode == 1
    reported = [line for line in absent.stderr.splitlines() if "BadInput" in line and "; expected " in line]
    assert len(reported) == 1 and "nobody/other" in reported[0]
