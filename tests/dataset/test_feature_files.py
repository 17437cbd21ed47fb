"""Which file is a story's, and what its head says: formats as laboratories write them, and files that do not fit."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from brainforecast.dataset.feature_files import FeatureHead, check_rows, find_features, read_head
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines

WORDS = ["Once,", "upon", "a", "time."]
ARRAY = np.arange(8.0).reshape(4, 2)
FRAME = pd.DataFrame({"word": WORDS, "onset": [0.5, 1, 1.5, 2], "pitch": [1.0, 2, 3, 4], "is noun": [0, 0, 0, 1]})


def in_parquet(path, table, **options):
    """A Parquet file of a table."""
    table.to_parquet(path, **options)


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".tsv", ".csv", ".parquet"])
def test_a_story_has_one_file(tmp_path, suffix):
    """By its whole name; other stories, hidden files and folders do not count."""
    for name in (f"fable{suffix}", f"fables{suffix}", ".fable.npy", "fable.txt", "fable"):
        write_lines(tmp_path / name, "x")
    assert find_features(tmp_path, "fable") == str(tmp_path / f"fable{suffix}")


def test_a_story_without_its_file(tmp_path):
    """The nearest name, and the extensions that are read; the key where there is one."""
    write_lines(tmp_path / "lab/fabel.npy", "x")
    write_lines(tmp_path / "lab/myth.npy", "x")
    with pytest.raises(BadInput) as error:
        find_features(tmp_path / "lab", "fable", "config key models.lab.source")
    assert_bad_input(error, "config key models.lab.source: found no file of story fable in", "nearest is fabel.npy")
    assert_bad_input(error, "fable.npy, .safetensors, .tsv, .csv or .parquet")


@pytest.mark.parametrize("fault", ["no folder", "empty", "a file", "two", "a link"])
def test_folders_that_do_not_fit(tmp_path, fault):
    folder, expected = tmp_path / "lab", {
        "no folder": ("no folder", "nearest is lap"),
        "empty": ("which is empty", "fable.npy"),
        "a file": ("which is a file", "a folder with a file for each story"),
        "two": ("fable.csv and fable.npy", "one file of features of story fable"),
        "a link": ("a link to nowhere.npy, which does not exist",),
    }  # fmt: skip
    (tmp_path / "lap").mkdir()
    if fault == "a file":
        write_lines(folder, "x")
    elif fault != "no folder":
        folder.mkdir()
    if fault == "two":
        write_lines(folder / "fable.npy", "x")
        write_lines(folder / "fable.csv", "x")
    if fault == "a link":
        (folder / "fable.npy").symlink_to("nowhere.npy")
    with pytest.raises(BadInput) as error:
        read_head(find_features(folder, "fable"))
    assert_bad_input(error, *expected[fault])


@pytest.mark.parametrize(
    ("array", "layers", "n_rows", "n_features"),
    [
        (ARRAY[:, 0], (0,), 4, 1),
        (ARRAY, (0,), 4, 2),
        (np.asfortranarray(ARRAY), (0,), 4, 2),
        (np.zeros((3, 4, 2), ">f2"), (0, 1, 2), 4, 2),
        (ARRAY > 1, (0,), 4, 2),
        (ARRAY.astype(int), (0,), 4, 2),
    ],
)
def test_arrays(tmp_path, array, layers, n_rows, n_features):
    """Words, words x features, layers x words x features: the same in both formats."""
    np.save(tmp_path / "a.npy", array)
    save_file({"embeddings": np.ascontiguousarray(array, array.dtype.newbyteorder("="))}, tmp_path / "a.safetensors")
    for suffix in (".npy", ".safetensors"):
        head = read_head(tmp_path / f"a{suffix}")
        assert (head.layers, head.n_rows, head.n_features, head.per_tr) == (layers, n_rows, n_features, False)


def test_layers_by_name(tmp_path):
    """As the activations of a run: any numbers, in the order of numbers; words, where the metadata have them."""
    tensors = {f"layer-{k}": ARRAY.astype(np.float32) for k in (10, 2, 0)}
    save_file(tensors, tmp_path / "a.safetensors", {"words": json.dumps(WORDS)})
    assert read_head(tmp_path / "a.safetensors") == FeatureHead((0, 2, 10), 4, 2, words=tuple(WORDS), dtype="F32")


@pytest.mark.parametrize(
    ("tensors", "metadata", "parts"),
    [
        ({"layer-0": ARRAY, "words": ARRAY}, None, ["tensors layer-0, words", "layer-0, layer-1"]),
        ({"a": ARRAY, "b": ARRAY}, None, ["tensors a, b", "one tensor of any name"]),
        ({}, None, ["tensors none"]),
        ({"layer-0": ARRAY, "layer-1": ARRAY[:3]}, None, ["layer-0 4 x 2, layer-1 3 x 2", "the same for every layer"]),
        ({"layer-0": ARRAY[None]}, None, ["layer-0 1 x 4 x 2"]),
        ({"a": ARRAY}, {"words": "Once upon a time"}, ["metadata words", "a JSON list"]),
        ({"a": ARRAY}, {"words": "[1, 2]"}, ["metadata words", "a JSON list"]),
    ],
)
def test_tensors_that_do_not_fit(tmp_path, tensors, metadata, parts):
    save_file(tensors, tmp_path / "a.safetensors", metadata)
    with pytest.raises(BadInput) as error:
        read_head(tmp_path / "a.safetensors")
    assert_bad_input(error, tmp_path / "a.safetensors", *parts)


@pytest.mark.parametrize(
    ("array", "parts"),
    [
        (np.array([{"a": 1}], object), ["values of type |O: pickled objects are not read", "numbers"]),
        (np.array(["a"]), ["values of type <U1", "numbers"]),
        (np.zeros(3, [("a", "f4")]), ["values of type [('a', '<f4')]", "numbers"]),
        (np.zeros(3, complex), ["values of type <c16", "numbers"]),
        (np.float64(3), ["no dimensions", "n_words x n_features"]),
        (np.zeros((1, 2, 3, 4)), ["shape 1 x 2 x 3 x 4", "n_layers x n_words x n_features"]),
        (np.zeros((0, 3)), ["shape 0 x 3"]),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, array, parts):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(BadInput) as error:
        read_head(tmp_path / "a.npy")
    assert_bad_input(error, tmp_path / "a.npy", *parts)


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".parquet"])
@pytest.mark.parametrize("content", [b"", b"Once upon a time", b"version https://git-lfs.github.com/spec/v1\n"])
def test_files_of_another_kind(tmp_path, suffix, content):
    """Also a pointer of git-lfs, and what gets it."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(BadInput) as error:
        read_head(path)
    assert_bad_input(error, path, "git lfs pull" if content.startswith(b"version") else f"a complete {suffix} file")


@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".parquet"])
def test_tables(tmp_path, suffix):
    """With a column `word` per word, times left out; without, per TR, and any column is a feature."""
    per_word, per_tr = tmp_path / f"word{suffix}", tmp_path / f"tr{suffix}"
    if suffix == ".parquet":
        in_parquet(per_word, FRAME)
        in_parquet(per_tr, FRAME.drop(columns="word"))
    else:
        separator = "\t" if suffix == ".tsv" else ","
        FRAME.to_csv(per_word, sep=separator, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        FRAME.drop(columns="word").to_csv(per_tr, sep=separator, index=False)
    assert read_head(per_word) == FeatureHead((0,), 4, 2, False, ("pitch", "is noun"), ("word", "onset"))
    assert read_head(per_tr) == FeatureHead((0,), 4, 3, True, ("onset", "pitch", "is noun"))


def test_columns_of_words_are_no_features(tmp_path):
    """Those of BIDS and of a run's own words, where there is a row per word; per TR they are features."""
    columns = ["onset", "duration", "word", "offset", "sentence", "surprisal"]
    path = write_lines(tmp_path / "a.tsv", "\t".join(columns), "0.5\t0.2\tOnce\t0.7\t0\t3.5")
    head = read_head(path)
    assert (head.columns, head.left_out) == (("surprisal",), tuple(columns[:-1]))
    path = write_lines(tmp_path / "b.tsv", "onset\tduration", "0.5\t0.2")
    assert read_head(path).columns == ("onset", "duration")


def test_columns_that_pandas_names(tmp_path):
    """Numbers from 0 are names; a quote and an empty last line change nothing."""
    pd.DataFrame(ARRAY).to_csv(tmp_path / "a.csv", index=False)
    assert read_head(tmp_path / "a.csv").columns == ("0", "1")
    write_lines(tmp_path / "b.csv", 'word,"f, 1"', '"a, b",1', "c,2", "")
    assert read_head(tmp_path / "b.csv") == FeatureHead((0,), 2, 1, False, ("f, 1",), ("word",))


@pytest.mark.parametrize(
    ("name", "lines", "parts"),
    [
        ("a.csv", [",a", "0,1", "1,2"], ["column 1: found no name", "index=False"]),
        ("a.csv", ["0.5,1.5", "2,3"], ["numbers in the first row (0.5, 1.5)", "names of columns"]),
        ("a.csv", ["1,2", "2,3"], ["numbers in the first row (1, 2)", "names of columns"]),
        ("a.csv", ["a;b", "0,5;1,5"], ["one column a;b", "columns separated by commas"]),
        ("a.tsv", ["a,b", "1,2"], ["one column a,b", "columns separated by tabs"]),
        ("a.tsv", ["a\tb", "x1\t1\t2"], ["2 names of columns, 3 values", "a name for each column"]),
        ("a.csv", ["a,a", "1,2"], ["column a twice", "names of columns that differ"]),
        ("a.csv", ["Word,a", "Once,1"], ["column Word: found text (Once)", "is it the column word?"]),
        ("a.csv", ["word,speaker", "Once,Ann"], ["column speaker: found text (Ann)", "a number in each row"]),
        ("a.tsv", ["a\tb", "0,5\t1,5"], ["column a: found text (0,5)", "a number"]),
        ("a.csv", ["word,onset", "Once,1"], ["0 columns of features, 1 rows"]),
        ("a.csv", ["a,b"], ["no rows", "a row per TR or word"]),
        ("a.csv", [], ["no rows"]),
    ],
)
def test_tables_that_do_not_fit(tmp_path, name, lines, parts):
    """As pandas, R, a spreadsheet or NumPy write them where nobody looks."""
    with pytest.raises(BadInput) as error:
        read_head(write_lines(tmp_path / name, *lines))
    assert_bad_input(error, tmp_path / name, *parts)


def test_tables_in_parquet_that_do_not_fit(tmp_path):
    for table, parts in (
        (FRAME.assign(vector=[[1.0, 2.0]] * 4), ["column vector: found list", "a number in each row"]),
        (FRAME.assign(speaker="Ann"), ["column speaker: found text"]),
        (FRAME[["word"]], ["0 columns of features"]),
    ):
        in_parquet(tmp_path / "a.parquet", table)
        with pytest.raises(BadInput) as error:
            read_head(tmp_path / "a.parquet")
        assert_bad_input(error, tmp_path / "a.parquet", *parts)


def test_a_table_in_another_encoding(tmp_path):
    (tmp_path / "a.csv").write_bytes("wörd,a\nx,1\n".encode("utf-16"))
    with pytest.raises(BadInput) as error:
        read_head(tmp_path / "a.csv")
    assert_bad_input(error, "no table in UTF-8")


def test_a_file_that_changes_is_read_again(tmp_path):
    """Heads are kept while a file stays as it is."""
    np.save(tmp_path / "a.npy", ARRAY)
    assert read_head(tmp_path / "a.npy").n_rows == 4
    np.save(tmp_path / "a.npy", ARRAY[:3])
    assert read_head(tmp_path / "a.npy").n_rows == 3


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ((7, 5), ["7 x 5", "4 rows, the words of the story", "features per TR are a table"]),
        ((5, 4), ["5 x 4, which looks transposed", "words in rows"]),
        ((2, 7, 5), ["2 x 7 x 5", "4 rows"]),
        ((2, 5, 4), ["2 x 5 x 4, which looks transposed"]),
        ((4, 3, 5), ["4 x 3 x 5, whose first dimension looks like words", "n_layers x 4 x n_features"]),
        ((3,), ["3 x 1"]),
    ],
)
def test_arrays_of_other_words(tmp_path, shape, parts):
    np.save(tmp_path / "a.npy", np.zeros(shape))
    with pytest.raises(BadInput) as error:
        check_rows(tmp_path / "a.npy", read_head(tmp_path / "a.npy"), 4)
    assert_bad_input(error, tmp_path / "a.npy", *parts)


def test_a_table_of_other_words(tmp_path):
    FRAME.to_csv(tmp_path / "a.csv", index=False)
    head = read_head(tmp_path / "a.csv")
    check_rows(tmp_path / "a.csv", head, 4)
    with pytest.raises(BadInput) as error:
        check_rows(tmp_path / "a.csv", head, 5)
    assert_bad_input(error, "4 rows", "5 rows, the words of the story")
