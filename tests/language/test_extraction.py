"""Words, tokens and hidden states: against plain loops over the model, and never a word that sees a later one."""

import ast
import logging
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import numpy as np
import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from brainforecast.errors import BadInput
from brainforecast.language.extraction import extract_activations, is_causal, perplexity
from brainforecast.language.pretrained import convert_gguf, load_model, load_predictor
from brainforecast.language.tokens import (
    NO_WORD,
    Span,
    Tokens,
    batches,
    enclosing_tokens,
    left_spans,
    opening_token,
    read_tokens,
    token_weights,
    word_spans,
)
from brainforecast.storage.activations import read_layer, read_layers_kept, read_metadata, write_activations
from helpers.datasets import REPOSITORY
from scripts.language import extract_activations as extract_script

pytest_plugins = ["helpers.language_models"]

PIEMAN = Path(__file__).parents[3] / "shared/data/pieman/stimuli/gentle/pieman/align.csv"
TEXT = (
    "On the last morning of the fair , the clockmaker's niece didn't wait : she carried the naïve little fox "
    "across the half-frozen river , past 1,204 lanterns , and up to the café where somebody — nobody knew who — "
    "had left a letter . “ Don't open it , ” said the fox ; she'd opened it already . Inside , a map of the town "
    "as it would be in 30 years 🦊 and the words we told you so ."
)
STORY = TEXT.split(" ")
LONG = STORY * 3  # longer than any context used on it
CLOSE = {"rtol": 0, "atol": 1e-5}
ONE_PASS = {"context": 2048, "stride": 1}  # every story here fits
CHUNKS = {"context": 32, "stride": 9}
WAYS = [("tiny_llama", ONE_PASS), ("tiny_gpt2", CHUNKS), ("tiny_bert", CHUNKS)]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Tiny models lose more by waiting for a second thread than they gain."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture
def load(request):
    """Load the model of a fixture by the fixture's name."""
    return lambda name: load_model(request.getfixturevalue(name))


# --- words and tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tiny_gpt2", "tiny_bert"])
def test_tokens_of_a_word_spell_it(load, name):
    """Tokens that belong to a word, put together, are the word: punctuation, contractions, unicode, many tokens."""
    tokenizer, _ = load(name)
    tokens = read_tokens(STORY, tokenizer)
    spelled = [tokenizer.decode(tokens.ids[tokens.word == i]) for i in range(len(STORY))]
    spelled = [word.replace("##", "").replace(" ", "") for word in spelled]
    plain = STORY if name == "tiny_gpt2" else [word.lower().replace("ï", "i").replace("é", "e") for word in STORY]
    pairs = [(a, b) for a, b in zip(spelled, plain, strict=True) if "[UNK]" not in a]  # WordPiece gave up on [UNK]
    assert len(pairs) >= len(STORY) - 3
    assert all(a == b for a, b in pairs)
    assert np.bincount(tokens.word[tokens.word != NO_WORD]).max() > 3


def test_every_byte_of_a_sign_belongs_to_its_word(load):
    """A sign of four bytes is four tokens of one word."""
    tokenizer, _ = load("tiny_gpt2")
    tokens = read_tokens(["a", "🦜🦜", "b"], tokenizer)
    assert tokens.word.tolist()[:10] == [0, NO_WORD, *[1] * 8]
    assert tokens.word[-1] == 2


def test_token_of_space_belongs_to_no_word(load):
    """It stays in the text, as context, and has no weight in any vector."""
    tokenizer, _ = load("tiny_gpt2")
    tokens = read_tokens(["so", "   ?", "yes"], tokenizer)
    assert NO_WORD in tokens.word
    for word_vector in ("last", "mean", "sum"):
        assert not token_weights(tokens, word_vector)[tokens.word == NO_WORD].any()


@pytest.mark.parametrize("word", ["", " ", "\x00"])
def test_word_without_token_is_refused(load, word):
    """The message names the word and its row."""
    tokenizer, _ = load("tiny_bert")
    with pytest.raises(BadInput, match=r"row 2 .*without a token"):
        read_tokens(["one", "two", word, "three"], tokenizer)


def test_no_words_are_refused(load):
    """An empty story is an input to mend."""
    with pytest.raises(BadInput, match="no words"):
        read_tokens([], load("tiny_gpt2")[0])


def test_weights_of_tokens():
    """By hand: a word of one token, one of three, a token of space between."""
    tokens = Tokens(np.arange(5), np.array([0, NO_WORD, 1, 1, 1]))
    assert token_weights(tokens, "last").tolist() == [1, 0, 0, 0, 1]
    assert token_weights(tokens, "sum").tolist() == [1, 0, 1, 1, 1]
    np.testing.assert_allclose(token_weights(tokens, "mean"), [1, 0, 1 / 3, 1 / 3, 1 / 3])
    with pytest.raises(BadInput, match="first"):
        token_weights(tokens, "first")


@pytest.mark.parametrize(("n_tokens", "room", "stride"), [(5, 9, 4), (9, 9, 1), (50, 9, 4), (50, 9, 9), (50, 9, 1)])
def test_chunks_keep_each_token_once_with_enough_before_it(n_tokens, room, stride):
    """Every token is kept once, from the first chunk that holds it, behind all tokens or room - stride of them."""
    spans = left_spans(n_tokens, room, stride)
    assert [t for span in spans for t in range(span.keep, span.stop)] == list(range(n_tokens))
    assert all(span.start == i * stride and span.stop - span.start <= room for i, span in enumerate(spans))
    assert all(span.keep - span.start >= room - stride for span in spans[1:])
    longer = left_spans(n_tokens + 1, room, stride)
    assert [span[:2] for span in longer[: len(spans)]] == [span[:2] for span in spans]


def test_batches_hold_inputs_of_one_length():
    """Neighbours of equal length share a batch; nothing is lost or reordered."""
    spans = [Span(0, 0, n) for n in (3, 3, 3, 3, 5, 5, 3)]
    grouped = list(batches(spans, 3))
    assert [len(batch) for batch in grouped] == [3, 1, 2, 1]
    assert [span for batch in grouped for span in batch] == spans


def test_word_longer_than_an_input_is_refused(load):
    """A model that sees both sides must hear the whole word."""
    tokens = read_tokens(STORY, load("tiny_bert")[0])
    with pytest.raises(BadInput, match="tokens"):
        word_spans(tokens, 1)


def test_opening_token(load):
    """The end of a document, not the end of a turn."""
    tokenizer, _ = load("tiny_gpt2")
    tokenizer.bos_token = tokenizer.eos_token = "a"
    assert tokenizer.convert_ids_to_tokens(opening_token(tokenizer)) == "<|endoftext|>"


def test_opening_token_declared_or_absent(load):
    """Without an end of document: the declared begin; without any: refused."""
    tokenizer, _ = load("tiny_bert")
    with pytest.raises(BadInput, match="begin or end"):
        opening_token(tokenizer)
    tokenizer.bos_token = "[CLS]"
    assert opening_token(tokenizer) == tokenizer.cls_token_id


def test_masked_model_needs_tokens_that_enclose(load):
    """A causal tokenizer has none."""
    with pytest.raises(BadInput, match="CLS"):
        enclosing_tokens(load("tiny_gpt2")[0])


# --- no word sees a later word ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "causal"), [("gpt2", True), ("llama", True), ("bert", False), ("roberta", False)])
def test_causal_models_are_told_from_masked_ones(load, name, causal):
    """Measured on the model itself."""
    assert is_causal(load(f"tiny_{name}")[1]) is causal


@pytest.mark.parametrize(("name", "hearing"), WAYS)
@pytest.mark.parametrize("word_vector", ["last", "mean"])
def test_no_vector_changes_with_later_words(load, name, hearing, word_vector):
    """Later words changed, appended or removed: every vector up to there stays."""
    tokenizer, model = load(name)
    hearing = {**hearing, "word_vector": word_vector}
    whole = extract_activations(LONG, tokenizer, model, **hearing)
    others = list(reversed(STORY))
    for n in (1, 20, 70, len(LONG) - 1):
        for story in (LONG[:n], LONG[:n] + others, LONG[:n] + others[:1]):
            cut = extract_activations(story, tokenizer, model, **hearing)
            for layer in whole:
                np.testing.assert_allclose(cut[layer][:n], whole[layer][:n], **CLOSE)


@pytest.mark.parametrize(("name", "hearing"), WAYS)
def test_earlier_words_matter(load, name, hearing):
    """The counterpart: the word before does change a vector above the embedding."""
    tokenizer, model = load(name)
    one, other = (extract_activations([first, "fox"], tokenizer, model, **hearing) for first in ("the", "30"))
    assert all(np.abs(one[layer][1] - other[layer][1]).max() > 1e-3 for layer in one if layer > 0)


# --- against plain loops ---------------------------------------------------------------------------------------------


def hear_word_by_word(words, tokenizer, model, room: int) -> np.ndarray:
    """One pass per word over its last tokens, `room` at most, as in the paper: (n_layers, n_words, n_features)."""
    text = " ".join(words)
    vectors, end = [], 0
    for word in words:
        end += len(word) + 1
        ids = tokenizer(text[: end - 1], add_special_tokens=False)["input_ids"][-room:]
        if tokenizer.cls_token_id is None:
            ids, position = [tokenizer.eos_token_id, *ids], -1
        else:
            ids, position = [tokenizer.cls_token_id, *ids, tokenizer.sep_token_id], -2
        with torch.no_grad():
            states = model(torch.tensor([ids]), output_hidden_states=True).hidden_states
        vectors.append(np.stack([layer[0, position].numpy() for layer in states]))
    return np.stack(vectors, axis=1)


@pytest.mark.parametrize(
    ("name", "context", "stride", "room"),
    [
        ("tiny_gpt2", 20, 1, 19),
        ("tiny_llama", 20, 1, 19),
        ("tiny_llama", 2048, 100, 2047),
        ("tiny_bert", 20, 18, 18),
        ("tiny_roberta", 38, 5, 36),
    ],
)
def test_equals_one_pass_per_word(load, name, context, stride, room):
    """Stride 1, a story that fits, a model that sees both sides: exactly one pass per word and its left context."""
    tokenizer, model = load(name)
    heard = extract_activations(STORY, tokenizer, model, context=context, stride=stride, batch_size=8)
    expected = hear_word_by_word(STORY, tokenizer, model, room)
    assert list(heard) == list(range(len(expected)))
    np.testing.assert_allclose(np.stack(list(heard.values())), expected, **CLOSE)


@pytest.mark.parametrize(("name", "hearing"), WAYS)
def test_batch_size_does_not_matter(load, name, hearing):
    """Inputs heard together do not meet."""
    tokenizer, model = load(name)
    one, many = (extract_activations(STORY, tokenizer, model, **hearing, batch_size=n) for n in (1, 7))
    for layer in one:
        np.testing.assert_allclose(one[layer], many[layer], **CLOSE)


@pytest.mark.parametrize("context", [2048, 24])
def test_word_vectors_by_hand(load, context):
    """Last, mean and sum of the states of a word's tokens, also where a word lies on the edge of two chunks."""
    tokenizer, model = load("tiny_llama")
    tokens = read_tokens(STORY, tokenizer)
    ids = tokens.ids.tolist()
    states = np.zeros((len(ids), 16))
    for t in range(len(ids)):
        with torch.no_grad():
            heard = model(torch.tensor([[tokenizer.eos_token_id, *ids[max(0, t + 2 - context) : t + 1]]]))
        states[t] = heard.last_hidden_state[0, -1].numpy()
    for word_vector, pick in {"last": lambda s: s[-1], "mean": lambda s: s.mean(0), "sum": lambda s: s.sum(0)}.items():
        hearing = {"layers": [2], "context": context, "stride": 1, "word_vector": word_vector}
        heard = extract_activations(STORY, tokenizer, model, **hearing)[2]
        expected = np.stack([pick(states[tokens.word == i]) for i in range(len(STORY))])
        np.testing.assert_allclose(heard, expected, rtol=0, atol=1e-4)


def test_layer_0_is_the_embedding(load):
    """Llama's layer 0 is the row of the embedding matrix; the opening token's state is not among the words'."""
    tokenizer, model = load("tiny_llama")
    X = extract_activations(STORY, tokenizer, model, layers=[0], **ONE_PASS)[0]
    last_tokens = read_tokens(STORY, tokenizer).ids[token_weights(read_tokens(STORY, tokenizer), "last") > 0]
    np.testing.assert_array_equal(X, model.get_input_embeddings().weight.detach().numpy()[last_tokens])
    assert X.dtype == np.float32
    assert len(X) == len(STORY)


def test_layers_asked_for(load):
    """Only these, in order, the same as among all."""
    tokenizer, model = load("tiny_gpt2")
    every = extract_activations(STORY, tokenizer, model, **CHUNKS)
    some = extract_activations(STORY, tokenizer, model, layers=[3, 1], **CHUNKS)
    assert list(some) == [1, 3]
    assert all(np.array_equal(some[layer], every[layer]) for layer in some)


def test_progress_is_counted(load, caplog):
    """At most about 20 lines, the last one at 100 %."""
    tokenizer, model = load("tiny_gpt2")
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        extract_activations(LONG, tokenizer, model, layers=[0], context=20, stride=1, batch_size=4)
    lines = [record.message for record in caplog.records]
    assert 10 <= len(lines) <= 21
    assert "(100 %)" in lines[-1]


def test_perplexity_of_one_window(load, tiny_llama):
    """Against the model's own loss; a story that fits is heard whole, its first token predicted too."""
    tokenizer, model = load_predictor(tiny_llama)
    ids = torch.tensor([[tokenizer.eos_token_id, *read_tokens(STORY, tokenizer).ids]])
    with torch.no_grad():
        expected = float(torch.exp(model(ids, labels=ids).loss))
    assert perplexity(STORY, tokenizer, model, context=512) == pytest.approx(expected, rel=1e-4)


def test_perplexity_of_windows(load, tiny_gpt2):
    """Against one pass per token where the story is longer than the context."""
    tokenizer, model = load_predictor(tiny_gpt2)
    ids = read_tokens(STORY, tokenizer).ids.tolist()
    surprise = []
    for t in range(len(ids)):
        chunk = 0 if t < 19 else (t - 19) // 10 + 1  # inputs of 19 tokens behind the opening one, 10 apart
        heard = [tokenizer.eos_token_id, *ids[chunk * 10 : t]]
        with torch.no_grad():
            surprise.append(-model(torch.tensor([heard])).logits[0, -1].log_softmax(-1)[ids[t]].item())
    assert perplexity(STORY, tokenizer, model, context=20) == pytest.approx(np.exp(np.mean(surprise)), rel=1e-4)


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["nobody/no-such-model", "no/such/folder", "package:no_such_package/model"])
def test_model_that_does_not_load(source, monkeypatch):
    """One line that names the model and what would do; HF_HUB_OFFLINE, as read at import, is respected."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BadInput, match=source) as error:
        load_model(source)
    assert "\n" not in str(error.value)


def test_model_with_absent_or_truncated_weights(tiny_gpt2, tmp_path):
    """Weights that are not in the file are not drawn at random; a cut file is refused."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_gpt2)
    model = AutoModelForCausalLM.from_pretrained(tiny_gpt2)
    weights = {name: w for name, w in model.state_dict().items() if "h.1.mlp" not in name and "lm_head" not in name}
    model.save_pretrained(tmp_path, state_dict=weights)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="weights absent"):
        load_model(tmp_path)
    whole = tmp_path / "model.safetensors"
    whole.write_bytes(whole.read_bytes()[:-100])
    with pytest.raises(BadInput, match=str(tmp_path)):
        load_model(tmp_path)


def test_nan_weights(load):
    """The message names the layer and the word; layers below are still sound."""
    tokenizer, model = load("tiny_gpt2")
    with torch.no_grad():
        model.h[1].mlp.c_fc.weight[0, 0] = torch.nan
    extract_activations(STORY, tokenizer, model, layers=[0, 1], **CHUNKS)
    with pytest.raises(BadInput, match="layer 2, word 'On'"):
        extract_activations(STORY, tokenizer, model, **CHUNKS)


@pytest.mark.parametrize(
    ("name", "hearing", "message"),
    [
        ("tiny_gpt2", {"context": 65, "stride": 8}, "context: found 65; expected 2 to 64"),
        ("tiny_roberta", {"context": 39, "stride": 8}, "context: found 39; expected 3 to 38"),
        ("tiny_gpt2", {"context": 1, "stride": 1}, "context: found 1"),
        ("tiny_gpt2", {"context": 16, "stride": 0}, "stride: found 0; expected 1 to 15"),
        ("tiny_gpt2", {"context": 16, "stride": 16}, "stride: found 16; expected 1 to 15"),
        ("tiny_gpt2", {**CHUNKS, "layers": [4]}, "layer 4; expected one of its 4 layers"),
        ("tiny_gpt2", {**CHUNKS, "layers": [-1]}, "layer -1"),
        ("tiny_gpt2", {**CHUNKS, "word_vector": "first"}, "word_vector: found first"),
    ],
)
def test_settings_out_of_range(load, name, hearing, message):
    """What was found, and what the model allows."""
    with pytest.raises(BadInput, match=message):
        extract_activations(STORY, *load(name), **hearing)


def test_tokenizer_of_another_model(load):
    """A token the model does not have is refused before the model is run."""
    tokenizer, model = load("tiny_gpt2")
    model.resize_token_embeddings(100)
    with pytest.raises(BadInput, match="100 tokens"):
        extract_activations(STORY, tokenizer, model, **CHUNKS)


def test_file_that_is_no_gguf(tmp_path):
    """Nothing is written."""
    (tmp_path / "model.gguf").write_text("not a model")
    with pytest.raises(BadInput, match="GGUF"):
        convert_gguf(tmp_path / "model.gguf", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["model.gguf"]


# --- the file of activations -----------------------------------------------------------------------------------------


def test_activations_are_read_back(tmp_path):
    """Layer by layer, float32, with what is known of them; no other file is left."""
    rng = np.random.default_rng(0)
    activations = {layer: rng.standard_normal((7, 3)).astype(np.float32) for layer in (0, 2, 10)}
    path = tmp_path / "model" / "story.safetensors"
    write_activations(activations, path, metadata={"source": "tiny", "context": 20})
    for layer, X in activations.items():
        np.testing.assert_array_equal(read_layer(path, layer), X)
        assert read_layer(path, layer).dtype == np.float32
    assert read_layers_kept(path) == [0, 2, 10]
    assert read_metadata(path) == {"source": "tiny", "context": 20}
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(BadInput, match=r"no layer 1; expected one of the layers \[0, 2, 10\]"):
        read_layer(path, 1)


def test_activations_that_do_not_open(tmp_path):
    """A missing file and a cut one."""
    path = tmp_path / "story.safetensors"
    with pytest.raises(BadInput, match=str(path)):
        read_layer(path, 0)
    write_activations({0: np.zeros((7, 3), np.float32)}, path, metadata={})
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(BadInput, match=str(path)):
        read_layer(path, 0)


def test_reading_activations_does_not_import_torch():
    """Jobs that fit must start fast."""
    code = "import sys, brainforecast.activations; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=True)


def test_extract_script(tiny_gpt2, tmp_path):
    """From a table of words to a file of layers."""
    pd.DataFrame({"word": STORY, "onset": np.arange(len(STORY))}).to_parquet(tmp_path / "words.parquet")
    path = tmp_path / "gpt2" / "story.safetensors"
    hearing = {**CHUNKS, "word_vector": "last", "batch_size": 2}
    extract_script.extract_activations(
        tmp_path / "words.parquet", path, source=tiny_gpt2, layers=None, threads=torch.get_num_threads(), **hearing
    )
    expected = extract_activations(STORY, *load_model(tiny_gpt2), **hearing)
    assert read_layers_kept(path) == list(expected)
    np.testing.assert_array_equal(read_layer(path, 2), expected[2])
    assert {"source", "context", "stride", "word_vector", "torch", "transformers"} <= set(read_metadata(path))
    assert list(path.parent.iterdir()) == [path]


# --- the real SmolLM2 ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_smollm2_is_converted_whole(smollm2):
    """31 layers of 576 features, one token per plain word, nothing beside the folder."""
    tokenizer, model = load_model(smollm2)
    X = extract_activations(STORY[:20], tokenizer, model, context=1024, stride=256)
    assert list(X) == list(range(31))
    assert X[30].shape == (20, 576)
    assert is_causal(model)
    assert model.dtype == torch.float32
    assert [path.name for path in Path(smollm2).parent.iterdir()] == ["model"]
    assert tokenizer.convert_ids_to_tokens(opening_token(tokenizer)) == "<|endoftext|>"


@pytest.mark.slow
def test_perplexity_of_smollm2_on_pieman(smollm2):
    """It knows English: 63 on the story's words, more than ten times that on some of the same words shuffled."""
    if not PIEMAN.exists():
        pytest.skip(f"the words of Pie Man are not at {PIEMAN}")
    words = pd.read_csv(PIEMAN, header=None, usecols=[0], keep_default_na=False)[0].tolist()
    shuffled = random.Random(0).sample(words, 250)
    model = load_predictor(smollm2)
    assert perplexity(words, *model, context=256) == pytest.approx(63, abs=1)
    assert perplexity(shuffled, *model, context=256) > 630


# --- the hub ---------------------------------------------------------------------------------------------------------


def fetch_offline(home: Path, source: str) -> subprocess.CompletedProcess:
    """`fetch_from_hub` in a process of its own, with the hub's cache under `home` and no network."""
    code = f"from brainforecast.pretrained import fetch_from_hub; print(fetch_from_hub({source!r}))"
    env = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(REPOSITORY / "workflow")}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)


def test_a_model_in_the_hubs_cache_needs_no_network(tiny_gpt2, tmp_path):
    """A cache in the hub's shape gives revision and files; a model that is not in it is told in one line."""
    folder, revision = tmp_path / "hub/models--nobody--tiny", "c0ffee" + "0" * 34
    shutil.copytree(tiny_gpt2, folder / "snapshots" / revision)
    (folder / "refs").mkdir()
    (folder / "refs/main").write_text(revision)
    done = fetch_offline(tmp_path, "nobody/tiny")
    assert done.returncode == 0, done.stderr
    about = ast.literal_eval(done.stdout)
    assert (about["source"], about["revision"]) == ("nobody/tiny", revision)
    assert about["files"]["model.safetensors"] == (Path(tiny_gpt2) / "model.safetensors").stat().st_size
    absent = fetch_offline(tmp_path, "nobody/other")
    assert absent.returncode == 1
    told = [line for line in absent.stderr.splitlines() if "BadInput" in line and "; expected " in line]
    assert len(told) == 1 and "nobody/other" in told[0]
