"""The files of a model on disk: what is refused before anything is loaded, in one line that names the file."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from brainforecast.errors import BadInput
from brainforecast.planning.models.files import check_weights as planned_weights
from brainforecast.pretrained.checkpoint_files import (
    check_checkpoint,
    check_vocabulary,
    check_weights,
    choose_weights,
    has_vocabulary,
    small_files,
    weight_files,
)

pytest_plugins = ["helpers.language_models"]
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 123456\n"


@pytest.fixture
def folder(tiny_gpt2, tmp_path) -> Path:
    """A copy of a complete model."""
    return Path(shutil.copytree(tiny_gpt2, tmp_path / "model"))


def refused(folder: Path, name: str, match: str, **allowed: bool) -> None:
    """The folder is refused in one line that names the file."""
    with pytest.raises(BadInput, match=match) as error:
        check_checkpoint(folder, **allowed)
        check_vocabulary(folder)
    assert "\n" not in str(error.value)
    assert str(folder / name) in str(error.value)


def test_complete_folders_pass(folder):
    """With one file of weights, and with several and their index."""
    check_checkpoint(folder)
    check_vocabulary(folder)
    shard(folder)
    check_checkpoint(folder)
    assert weight_files(folder) == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_git_lfs_pointer(folder, name):
    """A clone without Git LFS has a text of three lines in place of a file."""
    (folder / name).write_text(POINTER)
    refused(folder, name, "Git LFS pointer")


@pytest.mark.parametrize("kept", [0, 5, 300, -1])
def test_truncated_weights(folder, kept):
    """At any length; the line has both lengths where the header is there."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    refused(folder, path.name, "truncated or damaged|damaged header")


def test_truncated_weights_of_pytorch(folder):
    """The format of torch.save, which ends with a list of its parts."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    path = folder / "pytorch_model.bin"
    torch.save(weights, path)
    check_weights(path)
    path.write_bytes(path.read_bytes()[:-50])
    refused(folder, path.name, "truncated", pickled=True)


@pytest.mark.parametrize(
    "name", ["../other.safetensors", "/etc/passwd", "..", "", "a\\b", "a\0b", 7, ["a.safetensors"]]
)
def test_an_index_names_files_of_its_folder_alone(folder, name):
    """No path out of it, whether a file is there or not."""
    (folder / "model.safetensors").rename(folder.parent / "other.safetensors")
    path = folder / "model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": {"a": "model-1.safetensors", "b": name}}))
    refused(folder, path.name, r"the file of weights .*; expected the name of a file in the same folder")
    with pytest.raises(BadInput, match=r"the file of weights .*; expected the name of a file in the same folder"):
        planned_weights("config key models.x.source", str(folder))


@pytest.mark.parametrize("text", ["[" * 100_000, "{" + "\0" * 10, "\udc00", "NaN"])
def test_settings_that_are_no_json(folder, text):
    """Nested too deep, not UTF-8, no keys."""
    (folder / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    refused(folder, "config.json", "no JSON|no keys")


def test_layers_that_have_no_weights(folder):
    """Making 2,000 layers takes minutes; one set of weights may be that of all layers, as ALBERT has it."""
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"n_layer": 200}))
    check_checkpoint(folder)
    (folder / "config.json").write_text(json.dumps(settings | {"n_layer": 2000}))
    refused(folder, "config.json", "n_layer 2,000; expected at most 4., the arrays in its files of weights")
    with pytest.raises(BadInput, match="n_layer 2,000; expected at most"):
        planned_weights("config key models.x.source", str(folder))


def test_pickles_are_refused_unless_they_are_allowed(folder):
    """Weights of torch.save, whole or as the shards of an index, also of one that is named as if it were another."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    for names, index in [
        (["pytorch_model.bin"], None),
        (["a.bin"], "pytorch_model.bin"),
        (["a.bin"], "model.safetensors"),
    ]:
        shutil.rmtree(folder.parent / "other", ignore_errors=True)
        other = Path(shutil.copytree(folder, folder.parent / "other"))
        if index:
            (other / "pytorch_model.bin").rename(other / names[0])
            (other / f"{index}.index.json").write_text(json.dumps({"weight_map": {"w": names[0]}}))
        with pytest.raises(BadInput, match=f"{names[0]}, weights as pickles of PyTorch.*weights: pickled"):
            check_checkpoint(other)


@pytest.mark.parametrize("content", [b"", b"no weights at all", b"<html>404</html>"])
def test_weights_that_torch_did_not_write(tmp_path, content):
    """A page of errors saved under the name of the weights; files of old versions of torch are pickles, and pass."""
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="truncated or damaged"):
        check_weights(path)
    torch.save({"a": torch.zeros(2)}, path, _use_new_zipfile_serialization=False)
    check_weights(path)


def test_missing_shard_and_index_without_files(folder):
    """A file that the index lists and that is not there; an index that lists none."""
    shard(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    refused(folder, "model-00002-of-00002.safetensors", r"no such file \(1 of 2 absent\)")
    (folder / "model.safetensors.index.json").write_text("{}")
    refused(folder, "model.safetensors.index.json", "no weight_map")


def test_adapter_without_its_model(folder):
    """A LoRA folder, also beside complete weights: transformers would leave the adapter out without a word."""
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "gpt2"}')
    refused(folder, "adapter_config.json", r"a LoRA adapter of gpt2; expected the merged model")


@pytest.mark.parametrize(("content", "match"), [("", "no JSON"), ("{", "no JSON"), ("[1]", "a list")])
def test_damaged_settings(folder, content, match):
    """An empty, a truncated and another file."""
    (folder / "config.json").write_text(content)
    refused(folder, "config.json", match)


def test_weights_of_another_format(folder):
    """What is there instead is named."""
    (folder / "model.safetensors").rename(folder / "tf_model.h5")
    refused(folder, "", "no weights but tf_model.h5")
    check_checkpoint(folder, weights=False)


@pytest.mark.parametrize(("content", "match"), [("", "an empty file"), ("{}", "no entries"), ("{", "no JSON")])
def test_empty_tokenizer(folder, content, match):
    """transformers would make a tokenizer without entries of some of these."""
    (folder / "tokenizer.json").write_text(content)
    refused(folder, "tokenizer.json", match)


def test_folder_without_tokenizer(folder):
    """Settings of a tokenizer are no tokenizer."""
    (folder / "tokenizer.json").unlink()
    refused(folder, "", "no tokenizer")


@pytest.mark.parametrize(
    "name",
    ["tokenizer.json", "vocab.json", "vocab.txt", "vocab-src.json", "spiece.model", "source.spm", "qwen.tiktoken",
     "tiktoken.model", "sentencepiece.bpe.model", "bert.bpe.codes", "bpe.codes", "vocab.bpe", "tekken.json"],
)  # fmt: skip
def test_vocabularies_of_all_kinds_are_fetched(name):
    """Each is a tokenizer's file and one of the small files that are downloaded."""
    assert has_vocabulary([name], {})
    assert small_files([name, f"original/{name}", "model.safetensors", "README.md"]) == [name]


def test_weights_are_those_that_transformers_chooses():
    """safetensors before PyTorch's format, one file before an index."""
    assert choose_weights(["pytorch_model.bin", "model.safetensors.index.json"]) == "model.safetensors.index.json"
    assert (
        choose_weights(["consolidated.safetensors", "pytorch_model.bin.index.json"]) == "pytorch_model.bin.index.json"
    )
    assert choose_weights(["consolidated.safetensors"]) is None


def shard(folder: Path) -> None:
    """Split the weights into two files and an index."""
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    files = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    for i, file in enumerate(files):
        save_file({name: weights[name] for name in list(weights)[i::2]}, folder / file, metadata={"format": "pt"})
    by_weight = {name: files[i % 2] for i, name in enumerate(weights)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": by_weight}))
