"""The user's own features: which file of a folder is a story's, and what its head says, without reading its numbers.

    <story>.npy            (n_words,), (n_words, n_features) or (n_layers, n_words, n_features)
    <story>.safetensors    tensors ``layer-<k>`` of (n_words, n_features), or one tensor as above
    <story>.tsv, .csv, .parquet    a row per TR; with a column `word`, a row per word

Features without layers are layer 0.
"""

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from brainforecast.dataset.array_headers import npy_header, safetensors_headers
from brainforecast.dataset.bids import parse_json, require_names_once
from brainforecast.dataset.parquet_footer import parquet_shape
from brainforecast.dataset.pointers import pointer_of
from brainforecast.errors import BadInput, nearest

SEPARATORS = {".tsv": "\t", ".csv": ","}
TABLES = (*SEPARATORS, ".parquet")
SUFFIXES = (".npy", ".safetensors", *TABLES)
WORD = "word"  # the column of a table that has a row per word
# of a table per word: as in BIDS, and in the tables of words of a run
NOT_FEATURES = (WORD, "onset", "offset", "duration", "sentence")
LAYER = re.compile(r"layer-(\d+)")
NUMBERS = re.compile(r"[<>=|]?[biuf]\d+|BOOL|[FIU]\d+(_\w+)?|BF16", re.ASCII)  # types, as in NumPy and safetensors
NO_NUMBER = ("", "n/a", "na", "nan", "null", "none", "true", "false")  # what a column of numbers may hold besides
MOST_ROWS, MOST_COLUMNS, MOST_VALUES = 10**6, 10**5, 2**28  # of a table: a column of one value takes no room in Parquet
HELD = 1024  # heads: the stories of several folders

ARRAY = "n_words x n_features, or n_layers x n_words x n_features"


@dataclass(frozen=True)
class FeatureHead:
    """What the head of a file of features says.

    layers : their numbers, increasing; n_rows, n_features : of each layer; per_tr : whether rows are TRs, not words.
    columns : names of a table's features; left_out : its other columns; words : of each row, where a header has them.
    dtype : as the file spells it, "" for tables.
    """

    layers: tuple[int, ...]
    n_rows: int
    n_features: int
    per_tr: bool = False
    columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    words: tuple[str, ...] | None = None
    dtype: str = ""


def find_features(folder: str | Path, story: str, where: str | None = None) -> str:
    """The file of one story.

    Parameters
    ----------
    where : the config key, for messages; None: the folder.

    Raises
    ------
    BadInput : no such folder, an empty one, no file of the story, with the nearest name, or several.
    """
    folder, where = Path(folder), where or str(folder)
    wanted = f"{story}{SUFFIXES[0]}, {', '.join(SUFFIXES[1:-1])} or {SUFFIXES[-1]}"
    if not folder.is_dir():
        found = f"{folder}, which is a file" if folder.exists() else f"no folder {folder}"
        near = "" if folder.exists() else _nearest(folder.name, folder.parent)
        raise BadInput(where, found, f"a folder with a file for each story, {wanted}{near}")
    found = [name for name in _names(folder) if name in {f"{story}{suffix}" for suffix in SUFFIXES}]
    if len(found) > 1:
        raise BadInput(where, f"{' and '.join(found)} in {folder}", f"one file of features of story {story}")
    if not found:
        empty = "" if _names(folder) else ", which is empty"
        near = _nearest(f"{story}{SUFFIXES[0]}", folder)
        raise BadInput(where, f"no file of story {story} in {folder}{empty}", f"{wanted}{near}")
    return str(folder / found[0])


def read_head(path: str | Path) -> FeatureHead:
    """Read what the head of a file says, by its extension.

    Raises
    ------
    BadInput : a pointer, a truncated file or one of another format, an array of another shape, a column that is no
        number, a table without names of columns.
    """
    path = Path(path)
    if pointer := pointer_of(path):
        raise BadInput(path, pointer, "the features of a story")
    try:
        stat = path.stat()
        return _read_head(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise BadInput(path, f"a file that does not open ({error.strerror})", "the features of a story") from error


def check_rows(path: str | Path, head: FeatureHead, n_words: int) -> None:
    """Check that a file of features per word has a row for each word of its story.

    Raises
    ------
    BadInput : another number of rows; an array that looks transposed is described as such.
    """
    if head.n_rows == n_words:
        return
    suffix, layers, rows, columns = Path(path).suffix, len(head.layers), head.n_rows, head.n_features
    shape = f"{rows} rows" if suffix in TABLES else f"{layers} x {rows} x {columns}" if layers > 1 else _two(head)
    expected = f"{n_words} rows, the words of the story"
    if columns == n_words and suffix not in TABLES:
        raise BadInput(path, f"{shape}, which looks transposed", f"{expected}: the array's .T, words in rows")
    if layers == n_words:
        raise BadInput(path, f"{shape}, whose first dimension looks like words", f"n_layers x {n_words} x n_features")
    hint = "" if suffix in TABLES else f"; features per TR are a table, {', '.join(TABLES)}"
    raise BadInput(path, shape, f"{expected}{hint}")


def _two(head: FeatureHead) -> str:
    return f"{head.n_rows} x {head.n_features}"


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if not name.startswith("."))


def _nearest(name: str, folder: Path) -> str:
    """The name of a folder that is nearest to one it lacks, as the end of a sentence."""
    names = _names(folder) if folder.is_dir() else []
    return f"; nearest is {nearest(name, names)}" if names else ""


@lru_cache(HELD)
def _read_head(path: Path, changed: int, size: int) -> FeatureHead:
    """The head of a file of this size, last changed at this time."""
    try:
        if path.suffix == ".npy":
            header = npy_header(path)
            return _head_of_array(path, header.shape, header.dtype)
        if path.suffix == ".safetensors":
            return _head_of_tensors(path)
        if path.suffix == ".parquet":
            n_rows, kinds = parquet_shape(path)
            return _head_of_table(path, n_rows, list(kinds), [(name, kind) for name, kind in kinds.items()])
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(path, error, f"a complete {path.suffix} file") from error
    return _head_of_text(path)


def _head_of_array(path: Path, shape: Sequence[int], dtype: str) -> FeatureHead:
    if not NUMBERS.fullmatch(dtype):
        objects = ": pickled objects are not read" if "O" in dtype else ""
        raise BadInput(path, f"values of type {dtype}{objects}", "numbers, such as float32")
    if not 1 <= len(shape) <= 3 or 0 in shape:
        raise BadInput(path, f"an array of shape {' x '.join(map(str, shape)) or 'no dimensions'}", ARRAY)
    n_layers, n_rows, n_features = {1: (1, *shape, 1), 2: (1, *shape), 3: tuple(shape)}[len(shape)]
    return FeatureHead(tuple(range(n_layers)), n_rows, n_features, dtype=dtype)


def _head_of_tensors(path: Path) -> FeatureHead:
    found = safetensors_headers(path)
    numbers = {name: int(match[1]) for name in found.arrays if (match := LAYER.fullmatch(name))}
    if not found.arrays or (len(found.arrays) > 1 and len(numbers) < len(found.arrays)):
        listed = ", ".join(sorted(found.arrays)[:8]) or "none"
        raise BadInput(path, f"tensors {listed}", "layer-0, layer-1, ..., or one tensor of any name")
    heads = {name: _head_of_array(path, array.shape, array.dtype) for name, array in found.arrays.items()}
    shapes = {(head.n_rows, head.n_features) for head in heads.values()}
    if len(shapes) > 1 or (numbers and any(len(array.shape) > 2 for array in found.arrays.values())):
        of_each = ", ".join(f"{name} {' x '.join(map(str, found.arrays[name].shape))}" for name in sorted(numbers)[:8])
        raise BadInput(path, of_each, "n_words x n_features, the same for every layer")
    (head, *_), layers = heads.values(), tuple(sorted(numbers.values()))
    words = _listed_words(path, found.metadata)
    return FeatureHead(layers or head.layers, head.n_rows, head.n_features, words=words, dtype=head.dtype)


def _listed_words(path: Path, metadata: dict[str, str]) -> tuple[str, ...] | None:
    """The words in a header's metadata: a JSON list."""
    if "words" not in metadata:
        return None
    words = parse_json(f"{path} metadata words", metadata["words"], "a JSON list")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BadInput(f"{path} metadata words", "no list of words", 'a JSON list, ["Once", "upon", ...]')
    return tuple(words)


def _head_of_text(path: Path) -> FeatureHead:
    """The head of a table in text, its columns judged by its first row."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=SEPARATORS[path.suffix])
            names, first = next(reader, []), next(reader, [])
            n_rows = bool(first) + sum(1 for line in file if line.strip("\r\n"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(path, f"no table in UTF-8 ({error})", "a header and a row per TR or word") from error
    _check_names(path, names, first)
    kinds = [
        (name, "number" if _is_number(cell) else f"text ({cell})") for name, cell in zip(names, first, strict=True)
    ]
    return _head_of_table(path, n_rows, names, kinds)


def _check_names(path: Path, names: Sequence[str], first: Sequence[str]) -> None:
    separator = "tabs" if path.suffix == ".tsv" else "commas"
    if not first:
        raise BadInput(path, "no rows", f"names of columns and a row per TR or word, separated by {separator}")
    if len(names) == 1 and re.search(r"[\t;,]", names[0]):
        raise BadInput(path, f"one column {names[0][:60]}", f"columns separated by {separator}")
    if len(first) != len(names):
        found = f"{len(names)} names of columns, {len(first)} values in the first row"
        raise BadInput(path, found, "a name for each column; names of rows are left out when it is written")
    numbered = [str(number) for number in range(len(names))]  # as pandas names columns by itself
    if names != numbered and all(_is_number(name) and name for name in names):
        raise BadInput(path, f"numbers in the first row ({', '.join(names[:4])})", "names of columns in the first row")


def _head_of_table(path: Path, n_rows: int, names: Sequence[str], kinds: Sequence[tuple[str, str]]) -> FeatureHead:
    """The head of a table with these columns, each a number, text or a list."""
    per_tr = WORD not in names
    left_out = () if per_tr else tuple(name for name in names if name in NOT_FEATURES)
    columns = tuple(name for name in names if name not in left_out)
    require_names_once(path, names)
    for number, (name, kind) in enumerate(kinds, start=1):
        if name == "" or name.startswith("Unnamed: "):
            raise BadInput(f"{path} column {number}", "no name", "only features: to_csv(..., index=False)")
        if kind != "number" and name not in left_out:
            near = f"; is it the column {WORD}?" if per_tr and kind.startswith("text") else ""
            raise BadInput(f"{path} column {name}", kind, f"a number in each row{near}")
    if n_rows > MOST_ROWS or len(names) > MOST_COLUMNS or n_rows * len(names) > MOST_VALUES:
        found = f"{n_rows:,} rows, {len(names):,} columns"
        most = f"{MOST_ROWS:,} words or TRs of a story, {MOST_COLUMNS:,} columns and {MOST_VALUES:,} values"
        raise BadInput(path, found, f"at most {most}")
    if not columns or not n_rows:
        raise BadInput(path, f"{len(columns)} columns of features, {n_rows} rows", "one or more of each")
    return FeatureHead((0,), n_rows, len(columns), per_tr, columns, left_out)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text.strip().lower() in NO_NUMBER
    return True
