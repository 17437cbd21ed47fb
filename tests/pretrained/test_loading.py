"""Language models on disk: loaded completely or refused, converted from GGUF, fetched from the hub's cache."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.language.extraction import ExtractionSettings, extract_activations, is_causal
from brainforecast.language.frames import opening_token
from brainforecast.pretrained.loading import LoadSettings, convert_gguf, load_model, load_predictor
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


class Code:
    """What a pickle may hold: a call when it is read."""

    def __init__(self, marker: Path):
        self.marker = marker

    def __reduce__(self) -> tuple:
        return Path.touch, (self.marker,)


@pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "old format"])
def test_code_in_a_pickle_never_runs(tiny_gpt2, tmp_path, is_zip):
    """Numbers of pickles are read where the config allows it; what else is in them is refused, and never called."""
    folder, marker = Path(shutil.copytree(tiny_gpt2, tmp_path / "model")), tmp_path / "marker"
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    expected, pickled = load_model(tiny_gpt2)[1].state_dict(), LoadSettings(weights="pickled")
    torch.save(weights, folder / "pytorch_model.bin", _use_new_zipfile_serialization=is_zip)
    with pytest.raises(BadInput, match="weights as pickles"):
        load_model(folder)
    found = load_model(folder, settings=pickled)[1].state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    torch.save(weights | {"more": Code(marker)}, folder / "pytorch_model.bin", _use_new_zipfile_serialization=is_zip)
    with pytest.raises(BadInput, match="cannot read safely") as error:
        load_model(folder, settings=pickled)
    assert "\n" not in str(error.value) and not marker.exists()


def test_settings_of_another_size(tiny_gpt2, tiny_bert, tmp_path, caplog):
    """A width that the weights do not have is one line; layers that the settings leave out are logged."""
    folder = shutil.copytree(tiny_gpt2, tmp_path / "model")
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"n_embd": 32}))
    with pytest.raises(BadInput, match=r"weights of other sizes than its config\.json has"):
        load_model(folder)
    (folder / "config.json").write_text(json.dumps(settings | {"n_layer": "3"}))
    with pytest.raises(BadInput, match=r"config\.json: found n_layer '3'; expected a number"):
        load_model(folder)
    (folder / "config.json").write_text(json.dumps(settings | {"n_layer": 2}))
    with caplog.at_level("INFO", logger="brainforecast"):
        load_model(folder)
    assert "weights of its files are not used" in caplog.text and "h.2." in caplog.text
    caplog.clear()
    for source in (tiny_gpt2, tiny_bert):  # whose heads are not read
        load_model(source)
    assert "not used" not in caplog.text


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
    code = f"from brainforecast.pretrained.hub import fetch_from_hub; print(fetch_from_hub({source!r}))"
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
    assert len(reported) == 1 and "nobody/other" in reported[0] and "HF_HUB_OFFLINE is set" in reported[0]
    assert "nearest in the cache is nobody/tiny" in reported[0]


@pytest.mark.parametrize("name", ["tiny_gpt2", "tiny_llama", "tiny_bert"])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_precision(name, dtype, request):
    """Weights and forward pass in 16 bit, on a CPU too; the vectors of words are float32 and near those of float32."""
    source, settings = request.getfixturevalue(name), ExtractionSettings(context=32, stride=8)
    exact = extract_activations(CLOCKMAKER[:30], *load_model(source), settings)
    tokenizer, model = load_model(source, settings=LoadSettings(dtype=dtype))
    assert {weight.dtype for weight in model.parameters()} == {getattr(torch, dtype)}
    rounded = extract_activations(CLOCKMAKER[:30], tokenizer, model, settings)
    for layer, X in rounded.items():
        assert X.dtype == "float32"
        assert abs(X - exact[layer]).max() < (0.1 if dtype == "bfloat16" else 0.02) * abs(exact[layer]).max()


@pytest.mark.parametrize("device_map", ["auto", {"": "cpu"}])
def test_model_spread_by_a_device_map(device_map, tiny_llama):
    """The same vectors, and the same continuations' logits; `model.device` is where inputs go."""
    settings, loading = ExtractionSettings(context=32, stride=8), LoadSettings(device_map=device_map)
    tokenizer, model = load_model(tiny_llama, settings=loading)
    assert model.device.type == ("cuda" if torch.cuda.is_available() and device_map == "auto" else "cpu")
    X = extract_activations(CLOCKMAKER[:30], tokenizer, model, settings)
    expected = extract_activations(CLOCKMAKER[:30], *load_model(tiny_llama), settings)
    assert all(abs(X[layer] - expected[layer]).max() < 1e-4 for layer in expected)
    assert load_predictor(tiny_llama, settings=loading)[1].base_model.device == model.device


@pytest.mark.parametrize("device_map", ["anywhere", {"": "disk"}, {"": "cuda:99"}])
def test_device_map_that_does_not_fit(device_map, tiny_llama):
    """One line."""
    with pytest.raises(BadInput, match=rf"{tiny_llama}: found .*device_map.*; expected (devices|a map)") as error:
        load_model(tiny_llama, settings=LoadSettings(device_map=device_map))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["tiny_gpt2", "tiny_llama", "tiny_bert"])
def test_random_weights(name, request, tmp_path):
    """Those that transformers draws for the architecture, from the seed alone; no weights are read, none are needed."""
    source = request.getfixturevalue(name)
    folder = shutil.copytree(source, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    state = torch.random.get_rng_state()
    _, model = load_model(folder, settings=LoadSettings(weights="random", seed=5))
    assert torch.equal(state, torch.random.get_rng_state())
    torch.rand(3)
    _, again = load_model(folder, settings=LoadSettings(weights="random", seed=5))
    torch.manual_seed(5)
    expected = AutoModel.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32).state_dict()
    others = load_model(folder, settings=LoadSettings(weights="random", seed=6))[1].state_dict()
    pretrained = load_model(source)[1].state_dict()
    assert set(model.state_dict()) == set(expected)
    for key, weight in model.state_dict().items():
        assert torch.equal(weight, expected[key]) and torch.equal(weight, again.state_dict()[key])
        if weight.std() > 0:
            assert not torch.equal(weight, others[key]) and not torch.equal(weight, pretrained[key])


def test_random_weights_in_16_bit_are_rounded(tiny_llama):
    """The same draws in every precision, so that precisions can be compared."""
    exact = load_predictor(tiny_llama, settings=LoadSettings(weights="random"))[1].state_dict()
    rounded = load_predictor(tiny_llama, settings=LoadSettings(weights="random", dtype="bfloat16"))[1].state_dict()
    assert all(torch.equal(weight.to(torch.bfloat16), rounded[key]) for key, weight in exact.items())


@pytest.mark.parametrize(
    ("quantization", "match"),
    [
        ({"quant_method": "bitsandbite"}, "nearest is bitsandbytes"),
        ({"bits": 4}, "quant_method None"),
        ({"load_in_4bit": True, "double_quant": True}, "key double_quant"),  # of bitsandbytes, by its short form
        ({"quant_method": "bitsandbytes"}, "neither load_in_4bit nor load_in_8bit"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True, "double_quant": True}, "key double_quant"),
        ({"quant_method": "gptq", "bits": 5}, "quantization"),
    ],
)
def test_quantization_that_transformers_does_not_have(quantization, match, tiny_llama):
    """One line, with the nearest name."""
    with pytest.raises(BadInput, match=match) as error:
        load_model(tiny_llama, settings=LoadSettings(quantization=quantization))
    assert "\n" not in str(error.value)


def test_quantization_whose_package_is_absent(tiny_llama):
    """The package is named."""
    if importlib.util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed")
    quantization = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    with pytest.raises(BadInput, match=r"not installed: .*bitsandbytes.*; expected that package") as error:
        load_model(tiny_llama, settings=LoadSettings(quantization=quantization))
    assert "\n" not in str(error.value)


def test_code_of_a_repository_is_never_run(tiny_llama, tmp_path):
    """A model of a type of its own is one line; one that transformers has too is loaded with transformers' code."""
    folder = shutil.copytree(tiny_llama, tmp_path / "model")
    settings = json.loads((folder / "config.json").read_text())
    settings["auto_map"] = {"AutoConfig": "own.OwnConfig", "AutoModel": "own.Own", "AutoModelForCausalLM": "own.Own"}
    (folder / "own.py").write_text("raise SystemExit('run')")
    (folder / "config.json").write_text(json.dumps(settings))
    assert type(load_model(folder)[1]).__module__.startswith("transformers.")
    for own in ({"attn_implementation": "lab/kernel"}, {"text_config": {"_attn_implementation": "lab/kernel@v1:run"}}):
        (folder / "config.json").write_text(json.dumps(settings | own))
        with pytest.raises(BadInput, match=r"attn_implementation lab/kernel.*, which is code of the hub and never run"):
            load_model(folder)
    (folder / "config.json").write_text(json.dumps(settings | {"model_type": "own"}))
    with pytest.raises(BadInput, match="type own that needs code of its own, which is never run"):
        load_model(folder)


def test_revision_of_a_local_folder(tiny_llama):
    """It has none."""
    with pytest.raises(BadInput, match="revision v1 of a local folder"):
        load_model(tiny_llama, settings=LoadSettings(revision="v1"))


def test_unknown_precision(tiny_llama):
    """The known ones are named."""
    with pytest.raises(BadInput, match="float32, bfloat16, float16"):
        load_model(tiny_llama, settings=LoadSettings(dtype="int8"))
