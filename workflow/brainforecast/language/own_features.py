"""The user's own features of a story, from a file per story: as vectors per word and layer, or per TR.

Whatever gives a word, or a volume, numbers: `dataset.feature_files` has the formats. They are read as they are, in
float32, and checked against the words of the story.
"""

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from brainforecast.dataset.feature_files import (
    SEPARATORS,
    TABLES,
    WORD,
    FeatureHead,
    check_rows,
    read_head,
)
from brainforecast.errors import BadInput
from brainforecast.language.parquet_tables import read_parquet

MISSING = ("", "n/a", "N/A", "NA", "nan", "NaN", "null", "None")  # a cell without a number

logger = logging.getLogger("brainforecast")


def read_own_features(
    path_to_features: str | Path, words: Sequence[str], layers: Sequence[int] | None = None
) -> tuple[dict[int, np.ndarray], dict]:
    """Read the features of one story.

    Parameters
    ----------
    words : (n_words,) of the story
    layers : to read; None for all

    Returns
    -------
    features : layer -> (n_words, n_features) float32, C order; (n_trs, n_features) of a table per TR
    metadata : ``rows``, word or TR; ``columns``, the names of a table's features

    Raises
    ------
    BadInput : what `read_head` and `check_rows` refuse; words that are not the story's; a layer that is missing; a
        value that is no finite number in float32
    """
    path = Path(path_to_features)
    head = read_head(path)
    wanted = head.layers if layers is None else layers
    for layer in wanted:
        if layer not in head.layers:
            raise BadInput(path, f"no layer {layer}", f"one of the layers {', '.join(map(str, head.layers))}")
    table = _read_table(path, head) if path.suffix in TABLES else None
    if not head.per_tr:
        own_words = head.words if table is None else _words_of(path, table)
        _check_words(path, own_words, words)
        check_rows(path, head, len(words))
    arrays = _read_arrays(path, head, wanted) if table is None else [(0, _numbers(path, table[list(head.columns)]))]
    features = {layer: _as_float32(path, layer, array, head) for layer, array in arrays}
    logger.info("%s: %s", path, _described(head, features))
    return features, {"rows": "TR" if head.per_tr else "word", "columns": list(head.columns)}


def _read_table(path: Path, head: FeatureHead) -> pd.DataFrame:
    """All columns of a table; words as they are spelled, also null and NA."""
    try:
        if path.suffix == ".parquet":
            table = read_parquet(path)
        else:
            table = pd.read_csv(
                path,
                sep=SEPARATORS[path.suffix],
                encoding="utf-8-sig",
                dtype={WORD: str},
                keep_default_na=False,  # null and NA are words
                na_values={name: MISSING for name in head.columns},
            )
    except (OSError, ValueError) as error:  # pandas and pyarrow raise kinds of ValueError
        raise BadInput(path, f"a table that does not open ({error})", "a row per TR or word") from error
    if len(table) != head.n_rows:
        found = f"{len(table)} rows in a table of {head.n_rows} lines below its header"
        raise BadInput(path, found, "a line for each row, without line breaks in cells and blank lines")
    if not isinstance(table.index, pd.RangeIndex):
        found = f"an index of the rows, {table.index.name or 'without a name'}"
        raise BadInput(path, found, "columns only: write the table with index=False")
    return table


def _words_of(path: Path, table: pd.DataFrame) -> list[str]:
    missing = table[WORD].isna().to_numpy()
    if missing.any():
        raise BadInput(f"{path} row {missing.argmax() + 1}", "no word", "a word in each row")
    return table[WORD].astype(str).tolist()


def _check_words(path: Path, own: Sequence[str] | None, words: Sequence[str]) -> None:
    """Words in the file are the story's, one by one: letters and digits are compared, not case or punctuation."""
    if own is None:
        return
    pairs = enumerate(zip(own, words, strict=False), start=1)
    row, pair = next(((row, pair) for row, pair in pairs if _letters(pair[0]) != _letters(pair[1])), (None, None))
    if len(own) != len(words):
        first = f"; they differ first in row {row}, {pair[0]} instead of {pair[1]}" if row else ""
        raise BadInput(path, f"{len(own)} words{first}", f"the {len(words)} words of the story")
    if row:
        raise BadInput(f"{path} row {row}", f"the word {pair[0]}", f"{pair[1]}, word {row} of the story")


def _letters(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(character for character in plain if character.isalnum())


def _read_arrays(path: Path, head: FeatureHead, layers: Sequence[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the array of each layer, (n_rows, n_features), in the type of its file."""
    if path.suffix == ".npy":
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)  # only the layers that are wanted are read
        except (OSError, ValueError) as error:
            raise BadInput(path, f"an array that does not open ({error})", "a complete .npy file") from error
        yield from ((layer, _layer_of(array, head, layer)) for layer in layers)
        return
    try:
        # NumPy has no bfloat16 and no type of 8 bits; torch takes seconds to load
        framework = "np" if head.dtype not in ("BF16", "F8_E4M3", "F8_E5M2") else "pt"
        with safe_open(path, framework=framework) as file:
            names = list(file.keys())
            for layer in layers:
                name = f"layer-{layer}" if f"layer-{layer}" in names else names[0]
                tensor = file.get_tensor(name)
                array = tensor if framework == "np" else tensor.float().numpy()
                yield layer, _layer_of(array, head, layer)
    except (OSError, SafetensorError) as error:
        raise BadInput(path, f"a file that does not open ({error})", "a complete safetensors file") from error


def _layer_of(array: np.ndarray, head: FeatureHead, layer: int) -> np.ndarray:
    of_layer = array[layer] if array.ndim == 3 else array
    return of_layer.reshape(head.n_rows, head.n_features)


def _numbers(path: Path, table: pd.DataFrame) -> np.ndarray:
    for name in table:
        if not pd.api.types.is_numeric_dtype(table[name]):  # bool is numeric
            texts = ((i, v) for i, v in enumerate(table[name], start=1) if pd.notna(v) and not _is_number(v))
            row, found = next(texts, (None, table[name].dtype))
            raise BadInput(f"{path} column {name}" + f", row {row}" * bool(row), f"{found}", "a number in each row")
    return table.to_numpy(dtype=np.float64, na_value=np.nan)


def _is_number(value: object) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _as_float32(path: Path, layer: int, array: np.ndarray, head: FeatureHead) -> np.ndarray:
    """The array in float32, if each value is a finite number in it; the log states a loss of precision."""
    with np.errstate(over="ignore"):
        kept = np.asarray(array, np.float32, order="C")
    bad = np.argwhere(~np.isfinite(kept))
    if len(bad):
        row, column = bad[0]
        feature = head.columns[column] if head.columns else column
        where = f"{path} row {row + 1}, feature {feature}" + (f", layer {layer}" if len(head.layers) > 1 else "")
        value = array[row, column]
        found = f"{value}" if not np.isfinite(value) else f"{value}, too large for float32"
        more = f" ({len(bad):,} such values)" if len(bad) > 1 else ""
        raise BadInput(where, f"{found}{more}", "a finite number for every feature of every row")
    if array.dtype not in (np.float32, np.float16, bool) and not np.array_equal(kept, array):
        logger.info("%s: values of type %s are rounded to float32", path, array.dtype)
    return kept


def _described(head: FeatureHead, features: dict[int, np.ndarray]) -> str:
    """What was read: its sizes, the columns left out, and features that never change."""
    rows = "TRs" if head.per_tr else "words"
    sizes = f"{len(features)} layers of {head.n_rows} {rows} x {head.n_features} features"
    constant = sum(int((X[0] == X).all(axis=0).sum()) for X in features.values())
    more = [f"not features: {', '.join(head.left_out)}"] if head.left_out else []
    return "; ".join([sizes, *more, *([f"{constant} features are constant"] if constant else [])])
