"""What each model is, in the methods and in a table: from group/models.parquet."""

from collections.abc import Iterator, Mapping

import pandas as pd

from brainforecast.report.formatting import Table, number
from brainforecast.report.lookup import Row, row_list
from brainforecast.results.selection import model_label

SOURCE = "group/models.parquet"
KINDS = {
    "pretrained": "pretrained",
    "untrained": "untrained: random weights",
    "static": "static vectors of a dictionary",
    "features": "own features",
}
FEW = 12  # rows that are shown unfolded


def kinds_of(models: pd.DataFrame) -> dict[str, str]:
    """What each model is, in the order of the table."""
    return dict(models[["model", "model_kind"]].drop_duplicates().itertuples(index=False))


def model_texts(models: pd.DataFrame, config: Mapping) -> list[str]:
    """A sentence per model for the methods: what gives a word its vector."""
    return [f"{_label(row)}: {'; '.join(_parts(row, config))}." for row in _one_per_model(models)]


def model_table(models: pd.DataFrame) -> Table:
    """A row per model: what it is, as it was used."""
    text = [
        [_label(row), KINDS[row.model_kind], _text(row.modality), row.model_source, _text(row.revision),
         ", ".join(part for part in (_text(row.dtype), _text(row.quantization)) if part != "–") or "–",
         _context(row), _layers(row), f"{row.n_features:,}"]
        for row in _one_per_model(models)
    ]  # fmt: skip
    columns = ["model", "what it is", "reads", "source", "revision", "precision", "left context", "layers", "features"]
    note = (
        "As used: the context after the model's own limit, the layers of which activations are kept (0 is the "
        "embedding), and the length of a word's vector. Activations are float32."
    )
    return Table("models", "Models", columns, text, SOURCE, note)


def token_table(models: pd.DataFrame) -> Table | None:
    """Tokens of each story that a tokenizer does not know; None where no model has a tokenizer."""
    with_tokens = models[models["n_tokens"].notna()]
    if with_tokens.empty:
        return None
    text = [
        [
            _label(row),
            row.story,
            f"{row.n_rows:,}",
            f"{int(row.n_tokens):,}",
            number(row.n_unknown),
            _percent(row.unknown),
        ]
        for row in row_list(with_tokens)
    ]
    columns = ["model", "story", "words", "tokens", "unknown", "share of unknown"]
    note = "Unknown tokens all look alike to the model: a tokenizer of another language, or of another model, has many."
    opened = len(text) <= FEW or bool((with_tokens["n_unknown"] > 0).any())
    return Table("tokens", "Tokens that a model's tokenizer does not know", columns, text, SOURCE, note, opened=opened)


def _one_per_model(models: pd.DataFrame) -> list[Row]:
    return row_list(models.drop_duplicates("model"))


def _parts(row: Row, config: Mapping) -> Iterator[str]:
    yield row.model_source
    if row.model_kind == "features":
        yield "your own features, one vector per " + row.rows + ", as given"
        return
    if row.model_kind == "static":
        yield "one vector per word of a dictionary, independent of context (layer 0)"
        return
    if row.model_kind == "untrained":
        yield f"its architecture and tokenizer, with weights drawn anew (seed {config['seed']})"
    if pd.notna(row.quantization):
        yield f"quantised ({row.quantization})"
    if pd.notna(row.dtype) and row.dtype != "float32":
        yield f"weights and forward pass in {row.dtype}"
    if row.modality == "speech":
        seconds = config["models"][row.model].get("audio_context")
        yield (
            f"at most {number(seconds)} s of audio up to the word's end, and none after it; a word's vector is the "
            "mean of the frames from its onset to its offset"
        )
        return
    yield f"at most {_context(row)}"
    if pd.notna(row.stride):
        yield f"chunks every {int(row.stride):,} tokens where a story is longer"
    if pd.notna(row.word_vector):
        yield f"a word's vector is the {row.word_vector} of its tokens'"


def _label(row: Row) -> str:
    return model_label(row.model, row.model_kind)


def _context(row: Row) -> str:
    """The left context as used."""
    if pd.notna(row.context):
        return f"{int(row.context):,} tokens of left context"
    return f"{number(row.audio_context)} s of audio" if pd.notna(row.audio_context) else "–"


def _layers(row: Row) -> str:
    if pd.isna(row.n_layers):
        return f"one ({row.layers})"
    return f"{int(row.n_layers)}; kept: {row.layers}"


def _text(value: object) -> str:
    return "–" if pd.isna(value) else str(value)


def _percent(share: object) -> str:
    return "–" if pd.isna(share) else f"{number(100 * share, 2)} %"
