"""Readers of models: the files of a model's folder, features, word vectors, parsers, and what jobs keep of them."""

import io
import json
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

from hypothesis import strategies as st

from helpers import fuzz_models
from helpers.fuzz_documents import changed_json, changed_msgpack, changed_safetensors
from helpers.fuzzing import WHERE, Reader

WORDS = ["Once,", "upon", "a", "time", "null"]
KEY = "config key models.x.source"
SIZES = (  # keys of config.json
    "model_type", "architectures", "auto_map", "dtype", "n_embd", "n_head", "n_inner", "n_layer", "n_positions",
    "vocab_size", "d_model", "d_ff", "d_kv", "num_layers", "num_heads", "num_decoder_layers", "hidden_size",
    "num_hidden_layers", "num_attention_heads", "conv_dim", "conv_kernel", "conv_stride", "encoder_layers",
    "max_source_positions", "num_mel_bins", "quantization_config", "tie_word_embeddings", "is_encoder_decoder",
)  # fmt: skip
ENTRY = {"batch_size": 8, "dtype": "float32", "context": None, "weights": "pretrained", "audio_context": 1.0}


# --- as the plan and the jobs read a model ----------------------------------------------------------------------------


def plan(folder: Path, *, pickled: bool = False) -> dict[str, float]:
    """The sizes of a model's jobs, by its files alone."""
    from brainforecast.planning.models.files import check_source, check_weights
    from brainforecast.planning.models.sizes import ModelSizes

    check_source(KEY, str(folder))
    check_weights(KEY, str(folder), pickled)
    models = SimpleNamespace(
        entries={"x": {**ENTRY, "source": str(folder)}}, is_on_hub=lambda name: False, layers=lambda name: [0],
        dictionaries=[], features=[],
    )  # fmt: skip
    config = {"gpu_memory": 40, "threads": {"activations": 2}, "models": {"x": ENTRY}}
    sizes = ModelSizes(config, models)
    sizes.describe()
    return {**sizes.of_model("x", n_words=1000), "is_known": sizes.facts("x") is not None}


def check_sizes(sizes: Mapping[str, float]) -> None:
    """What a job requests is a finite number, and not below zero."""
    from brainforecast.planning.models.needs import host_memory, run_minutes

    for number in (*sizes.values(), host_memory("extract", sizes), run_minutes("extract", sizes)):
        assert 0 <= number < math.inf, sizes


def extract(folder: Path, **loading: object) -> dict:
    """Activations of a few words, as the job makes them."""
    import torch

    from brainforecast.language.extraction import ExtractionSettings, extract_activations
    from brainforecast.pretrained.loading import LoadSettings, load_model

    torch.set_num_threads(1)
    tokenizer, model = load_model(folder, settings=LoadSettings(**loading))
    return extract_activations(WORDS, tokenizer, model, ExtractionSettings(most_unknown=1.0))


def check_activations(activations: Mapping) -> None:
    """A finite vector for each word."""
    import numpy as np

    assert activations and len({found.shape for found in activations.values()}) == 1
    assert all(len(found) == len(WORDS) and np.isfinite(found).all() for found in activations.values())


def plan_and_extract(folder: Path, **loading: object) -> tuple:
    """What the plan and the job read of the same files."""
    return plan(folder, pickled=loading.get("weights") == "pickled"), extract(folder, **loading)


def check_both(found: tuple) -> None:
    """What both read is right, and each gives the model the same size."""
    sizes, activations = found
    check_sizes(sizes)
    check_activations(activations)
    if sizes["is_known"]:  # the plan does not have transformers' defaults of keys that are absent
        assert sizes["depth"] == len(activations) and sizes["width"] == activations[0].shape[1], sizes


def tokenized(folder: Path) -> object:
    """The tokens of the words, as the job makes them; the plan looks at the folder too."""
    from brainforecast.language.tokens import read_tokens
    from brainforecast.planning.models.files import check_source
    from brainforecast.pretrained.vocabulary import read_tokenizer

    check_source(KEY, str(folder))
    return read_tokens(WORDS, read_tokenizer(str(folder), folder))


def speak(folder: Path) -> tuple:
    """What the plan and the job read of a speech model."""
    import numpy as np
    import torch

    from brainforecast.planning.models.files import read_settings
    from brainforecast.readers.audio import Audio
    from brainforecast.speech.extraction import SpeechSettings, extract_speech
    from brainforecast.speech.frames import longest_seconds, require_family
    from brainforecast.speech.loading import load_speech_model

    torch.set_num_threads(1)
    sizes, settings = plan(folder), read_settings(str(folder), on_hub=False)
    require_family(KEY, settings.get("model_type"))
    longest = longest_seconds(settings)
    assert longest is None or longest >= 0
    extractor, model = load_speech_model(folder)
    sound = np.random.default_rng(0).normal(scale=0.1, size=(16_000 * 2, 1)).astype(np.float32)
    times = np.stack([np.arange(len(WORDS)) * 0.3, np.arange(1, len(WORDS) + 1) * 0.3], axis=1)
    audio = Audio("sound.wav", sound, 16_000)
    return sizes, extract_speech(WORDS, times, audio, extractor, model, SpeechSettings(audio_context=1.0))[0]


def parse(folder: Path) -> object:
    """The parse of a few words, by a pipeline that the plan has checked."""
    from brainforecast.language.pipelines import check_pipeline, read_pipeline
    from brainforecast.syntax.parser import load_parser, parse_words, split_words

    check_pipeline(KEY, read_pipeline(KEY, str(folder)), "en")
    nlp = load_parser(str(folder), "en")
    return next(parse_words([split_words(WORDS, nlp)], nlp))


def check_parse(found) -> None:
    """A label for each word, a head for each token."""
    assert len(found.labels) == len(found.sentence) == len(WORDS)
    assert found.head.min() >= 0 and found.head.max() < len(found.head)


def check_tokens(tokens) -> None:
    """Entries from 0 on, in the order of the words, at least one for each."""
    import numpy as np

    assert (tokens.ids >= 0).all() and len(tokens.ids) == len(tokens.word)
    assert set(range(len(WORDS))) <= set(tokens.word.tolist()) and (np.diff(tokens.word) >= -len(WORDS)).all()


# --- features and word vectors ----------------------------------------------------------------------------------------


def features(path: Path) -> tuple:
    """Features of a story, by the head that the plan reads and the numbers that the job reads."""
    from brainforecast.dataset.feature_files import read_head
    from brainforecast.language.own_features import read_own_features

    return read_head(path), *read_own_features(path, WORDS), path


def check_features(found: tuple) -> None:
    """Finite numbers of the shape that the head has, those that the library of the format reads."""
    import numpy as np
    import pandas as pd
    from safetensors.numpy import load_file

    head, arrays, metadata, path = found
    assert set(arrays) == set(head.layers) and metadata["columns"] == list(head.columns)
    for array in arrays.values():
        assert array.shape == (head.n_rows, head.n_features) and np.isfinite(array).all() and array.dtype == np.float32
    assert head.per_tr or head.n_rows == len(WORDS)
    if path.suffix == ".npy":
        whole = np.load(path, allow_pickle=False)
        expected = whole.reshape(len(arrays), head.n_rows, head.n_features).astype(np.float32)
    elif path.suffix == ".safetensors" and head.dtype[0] != "B" and not head.dtype.startswith("F8"):
        tensors = load_file(path)
        expected = np.stack([tensors.get(f"layer-{k}", next(iter(tensors.values()))) for k in arrays])
        expected = expected.reshape(len(arrays), -1, head.n_rows, head.n_features)[:, 0] if len(tensors) > 1 else None
    elif path.suffix == ".parquet":
        expected = pd.read_parquet(path, columns=list(head.columns)).to_numpy(np.float32)[None]
    else:
        expected = None
    if expected is not None:
        np.testing.assert_array_equal(np.stack([*arrays.values()]), expected)


def vectors(folder: Path) -> tuple:
    """The vectors of a few words in a dictionary."""
    from brainforecast.language.static_vectors import look_up_words

    return look_up_words(WORDS, folder / "vectors.npy"), folder


def check_vectors(found: tuple) -> None:
    """Finite; each is a row of the array, or zero."""
    import numpy as np

    vectors, folder = found
    rows = np.load(folder / "vectors.npy").astype(np.float32)
    assert vectors.shape == (len(WORDS), rows.shape[1]) and np.isfinite(vectors).all()
    assert all((vector == 0).all() or (rows == vector).all(axis=1).any() for vector in vectors)


def ranks() -> st.SearchStrategy[bytes]:
    """Ranked pieces, one of them another."""
    pieces = st.sampled_from(["YQ==", "!!!!", "", "YQ== YQ==", "//8=", "Y", "dGhl"])
    values = st.sampled_from(["0", "-1", "256", "300", "4294967296", "1" * 30, "٣", "1.5", "x", "1_0"])

    def write(at: int, piece: str, rank: str) -> bytes:
        lines = (fuzz_models.tiktoken() / "own.tiktoken").read_text().splitlines()
        lines[at * len(lines) >> 16] = f"{piece} {rank}"
        return "\n".join(lines).encode()

    return st.builds(write, WHERE, pieces, values)


def feature_arrays() -> list[bytes]:
    """Arrays of one, two and three dimensions."""
    import numpy as np

    arrays = np.arange(5.0), np.arange(10, dtype="<f4").reshape(5, 2), np.arange(20, dtype=">i2").reshape(2, 5, 2)
    return [_written(np.save, array) for array in arrays]


def feature_tensors() -> list[bytes]:
    """Layers by name; one tensor of all."""
    import numpy as np
    from safetensors.numpy import save

    layers = np.arange(20, dtype=np.float32).reshape(2, 5, 2)
    named = {f"layer-{k}": np.ascontiguousarray(layer) for k, layer in zip((0, 4), layers, strict=True)}
    return [save(named, {"words": json.dumps(WORDS)}), save({"states": layers})]


def feature_texts(separator: str) -> list[bytes]:
    """A row per word, and a row per TR."""
    words = [f'"{word}"{separator}{i}{separator}-{i}.5e-1' for i, word in enumerate(WORDS)]
    volumes = [f"{i}{separator}{i}.25" for i in range(7)]
    tables = [[f"word{separator}pitch{separator}surprisal", *words], [f"pitch{separator}rate", *volumes]]
    return ["\n".join([*table, ""]).encode() for table in tables]


def feature_tables() -> list[bytes]:
    """A row per word, and a row per TR."""
    import pandas as pd

    words = pd.DataFrame({"word": WORDS, "pitch": [1.5, 2, 3, 4, 5], "n": range(5)})
    volumes = pd.DataFrame({"pitch": [0.5] * 9, "rate": range(9)})
    return [_written(lambda file, table: table.to_parquet(file), table) for table in (words, volumes)]


def not_utf8(content: bytes, where: int) -> bytes:
    """A table with a byte of a word that starts no character."""
    places = [i for i in range(len(content)) if content[i : i + 3] in (b"nce", b"ull", b"pon", b"ime")]
    at = places[where * len(places) >> 16]
    return content[:at] + b"\x80" + content[at + 1 :]


def _written(write: Callable, value: object) -> bytes:
    file = io.BytesIO()
    write(file, value)
    return file.getvalue()


# --- GGUF -------------------------------------------------------------------------------------------------------------


def gguf(path: Path) -> tuple:
    """The settings in the head of a file, which are bounded as those of config.json are."""
    from brainforecast.planning.models.gguf import read_gguf_settings
    from brainforecast.planning.models.settings import count_layers_of, estimate_parameters, vocabulary_of, width_of

    settings = read_gguf_settings(path)
    return settings, [read(settings) for read in (count_layers_of, width_of, vocabulary_of, estimate_parameters)]


def check_gguf(found: tuple) -> None:
    """Numbers that a job can be planned by."""
    assert all(number is None or 0 <= number < 1e20 for number in found[1]), found


def gguf_files() -> list[bytes]:
    """The head of a file: settings, one of them a list, and the start of a vocabulary."""
    import gguf as library

    path = Path(tempfile.mkdtemp(prefix="fuzz-gguf-")) / "a.gguf"
    writer = library.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_embedding_length(16)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_context_length(64)
    writer.add_array("general.tags", ["a", "text"])
    writer.add_vocab_size(300)
    writer.add_token_list(["a"] * 1200)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return [path.read_bytes()[:700]]


# --- the list ---------------------------------------------------------------------------------------------------------


def file_reader(
    name: str, make: Callable[[], Path], file: str, read: Callable[[Path], object], check: Callable, **options: object
) -> Reader:
    """A reader of one file of a model's folder."""
    place = fuzz_models.in_folder(make, file)

    def seeds() -> list[bytes]:
        folder = make()
        read(folder)  # here once, so that what it imports is there for every file
        return [(folder / file).read_bytes()]

    return Reader(name, Path(file).suffix, lambda path: read(place(path)), seeds, check, **options)


def content(make: Callable[[], Path], file: str) -> Callable[[], bytes]:
    """What is in a file of a folder."""
    return lambda: (make() / file).read_bytes()


def document(make: Callable[[], Path], file: str) -> Callable[[], object]:
    """The JSON in a file of a folder."""
    return lambda: json.loads((make() / file).read_text())


def whole_model(name: str, make: Callable[[], Path], file: str, **options: object) -> Reader:
    """A reader of one file of a language model, as the plan and the job read it."""
    return file_reader(name, make, file, plan_and_extract, check_both, **options)


QUICK, SLOW = {"n_in_suite": 10}, {"n_in_suite": 5}
DEEP = b"[" * 100_000
GGUF_HEAD = b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (1).to_bytes(8, "little")
LIST_AS_KEY = b"\x81\x91\x01\x02"  # of msgpack


def npy(header: str) -> bytes:
    """A .npy file with this header."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(48)


MODELS: list[Reader] = [
    whole_model(
        "settings of a model", fuzz_models.gpt2, "config.json", **QUICK,
        others=changed_json(document(fuzz_models.gpt2, "config.json"), SIZES),
        found={"10^12 layers": b'{"model_type": "gpt2", "n_layer": 1000000000000}', "nested": DEEP},
    ),
    whole_model(
        "settings of an encoder", fuzz_models.t5, "config.json", **QUICK,
        others=changed_json(document(fuzz_models.t5, "config.json"), SIZES),
        found={"no end of text": b'{"model_type": "t5", "d_model": 8, "num_layers": 1, "eos_token_id": -1}'},
    ),
    whole_model(
        "weights", fuzz_models.gpt2, "model.safetensors", **QUICK,
        others=changed_safetensors(content(fuzz_models.gpt2, "model.safetensors")),
    ),
    whole_model(
        "index of weights", fuzz_models.gpt2_shards, "model.safetensors.index.json", **QUICK,
        others=changed_json(document(fuzz_models.gpt2_shards, "model.safetensors.index.json")),
    ),
    file_reader(
        "pickled weights", fuzz_models.gpt2_pickled, "pytorch_model.bin",
        lambda folder: plan_and_extract(folder, weights="pickled"), check_both, **QUICK,
    ),
    whole_model(
        "tokenizer.json", fuzz_models.gpt2, "tokenizer.json", **QUICK,
        others=changed_json(document(fuzz_models.gpt2, "tokenizer.json")),
    ),
    file_reader(
        "tokenizer_config.json", fuzz_models.gpt2, "tokenizer_config.json", tokenized, check_tokens, **QUICK,
        others=changed_json(document(fuzz_models.gpt2, "tokenizer_config.json")),
    ),
    whole_model(
        "generation_config.json", fuzz_models.gpt2, "generation_config.json", **SLOW,
        others=changed_json(document(fuzz_models.gpt2, "generation_config.json")),
    ),
    whole_model(
        "vocab.json", fuzz_models.gpt2_pairs, "vocab.json", **QUICK,
        others=changed_json(document(fuzz_models.gpt2_pairs, "vocab.json")),
    ),
    file_reader("merges.txt", fuzz_models.gpt2_pairs, "merges.txt", tokenized, check_tokens, **QUICK),
    file_reader("vocab.txt", fuzz_models.bert, "vocab.txt", tokenized, check_tokens, **QUICK),
    file_reader("sentencepiece", fuzz_models.t5, "spiece.model", tokenized, check_tokens, **QUICK),
    file_reader(
        "tiktoken", fuzz_models.tiktoken, "own.tiktoken", tokenized, check_tokens, others=ranks(), **QUICK,
        found={"the number 10^9": b"YQ== 1000000000\n"},
    ),
    file_reader(
        "settings of tiktoken", fuzz_models.tiktoken, "tokenizer_config.json", tokenized, check_tokens, **QUICK,
        others=changed_json(document(fuzz_models.tiktoken, "tokenizer_config.json")),
        found={"nothing": b'{"added_tokens_decoder": null}', "half": b'{"added_tokens_decoder": {"259": "\\ud800"}}'},
    ),
    file_reader(
        "settings of a speech model", fuzz_models.wav2vec2, "config.json", speak, check_both, **SLOW,
        others=changed_json(document(fuzz_models.wav2vec2, "config.json"), SIZES),
    ),
    file_reader(
        "settings of Whisper", fuzz_models.whisper, "config.json", speak, check_both, **SLOW,
        others=changed_json(document(fuzz_models.whisper, "config.json"), SIZES),
    ),
    file_reader(
        "preprocessor_config.json", fuzz_models.whisper, "preprocessor_config.json", speak, check_both, **SLOW,
        others=changed_json(document(fuzz_models.whisper, "preprocessor_config.json")),
        found={"no rate": b'{"feature_extractor_type": "WhisperFeatureExtractor", "sampling_rate": 0.0}'},
    ),
    file_reader(
        "meta.json of a parser", fuzz_models.pipeline, "meta.json", parse, check_parse, **SLOW,
        others=changed_json(document(fuzz_models.pipeline, "meta.json"), ["lang", "pipeline", "components", "vectors"]),
        found={"no version": b'{"lang": "en", "spacy_version": null}'},
    ),
    file_reader(
        "config.cfg of a parser", fuzz_models.pipeline, "config.cfg", parse, check_parse, **SLOW,
        found={"a section twice": b"[nlp]\n[nlp]\n"},
    ),
    file_reader(
        "weights of a parser", fuzz_models.pipeline, "parser/model", parse, check_parse, **SLOW,
        others=changed_msgpack(lambda: (fuzz_models.pipeline() / "parser/model").read_bytes()),
        found={"a list as a key": LIST_AS_KEY},
    ),
    file_reader("tokenizer of a parser", fuzz_models.pipeline, "tokenizer", parse, check_parse, **SLOW),
    Reader(
        "GGUF", ".gguf", gguf, gguf_files, check_gguf, **QUICK,
        found={"a text of 2^60 bytes": GGUF_HEAD + (2**60).to_bytes(8, "little")},
    ),
    Reader(
        "features .npy", ".npy", features, feature_arrays, check_features, **QUICK,
        found={
            "digits without an end": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1" * 99 + "x), }"),
            "another bracket": npy("{{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }"),
        },
    ),
    Reader(
        "features .safetensors", ".safetensors", features, feature_tensors, check_features, **QUICK,
        others=changed_safetensors(lambda: feature_tensors()[0]),
    ),
    Reader("features .tsv", ".tsv", features, lambda: feature_texts("\t"), check_features, **QUICK),
    Reader("features .csv", ".csv", features, lambda: feature_texts(","), check_features, **QUICK),
    Reader(
        "features .parquet", ".parquet", features, feature_tables, check_features, **QUICK,
        others=st.integers(0, 2**16 - 1).map(lambda where: not_utf8(feature_tables()[0], where)),
    ),
    file_reader(
        "word vectors", fuzz_models.dictionary, "vectors.npy", vectors, check_vectors, **QUICK, found={"empty": b""},
    ),
    file_reader(
        "words of vectors", fuzz_models.dictionary, "words.parquet", vectors, check_vectors, **QUICK,
        others=st.integers(0, 2**16 - 1).map(
            lambda where: not_utf8((fuzz_models.dictionary() / "words.parquet").read_bytes(), where)
        ),
    ),
]  # fmt: skip
