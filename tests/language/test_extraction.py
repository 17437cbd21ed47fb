"""Hidden states of a story: against plain loops over the model, and no word sees a later one; perplexity."""

import logging
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file

from brainforecast.errors import BadInput
from brainforecast.language.extraction import (
    ExtractionSettings,
    complete_settings,
    extract_activations,
    is_causal,
    longest_input,
    perplexity,
    provenance,
)
from brainforecast.language.tokens import read_tokens, token_weights
from brainforecast.pretrained.loading import LoadSettings, load_model, load_predictor
from brainforecast.storage.activations import read_layer, read_metadata
from helpers.datasets import assert_bad_input
from helpers.texts import CLOCKMAKER as STORY
from scripts.language import extract_activations as script

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

PIEMAN = Path(__file__).parents[3] / "shared/data/pieman/stimuli/gentle/pieman/align.csv"
LONG = STORY * 3  # longer than any context used on it
CLOSE = {"rtol": 0, "atol": 1e-5}
ONE_PASS = ExtractionSettings(context=2048, stride=1)  # every story here fits
CHUNKS = ExtractionSettings(context=32, stride=9)
MODELS = [("tiny_llama", ONE_PASS), ("tiny_gpt2", CHUNKS), ("tiny_bert", CHUNKS)]


# --- no word sees a later word ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "causal"), [("gpt2", True), ("llama", True), ("bert", False), ("roberta", False)])
def test_causal_models_are_recognised(load, name, causal):
    """Measured on the model, which also recognises masked ones."""
    assert is_causal(load(f"tiny_{name}")[1]) is causal


@pytest.mark.parametrize(("name", "settings"), MODELS)
@pytest.mark.parametrize("word_vector", ["last", "mean"])
def test_no_vector_changes_with_later_words(load, name, settings, word_vector):
    """Later words changed, appended or removed: every vector before them stays the same."""
    tokenizer, model = load(name)
    settings = replace(settings, word_vector=word_vector)
    complete = extract_activations(LONG, tokenizer, model, settings)
    others = list(reversed(STORY))
    for n in (1, 20, 70, len(LONG) - 1):
        for story in (LONG[:n], LONG[:n] + others, LONG[:n] + others[:1]):
            cut = extract_activations(story, tokenizer, model, settings)
            for layer in complete:
                np.testing.assert_allclose(cut[layer][:n], complete[layer][:n], **CLOSE)


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_earlier_words_matter(load, name, settings):
    """The counterpart: the word before does change a vector above the embedding."""
    tokenizer, model = load(name)
    one, other = (extract_activations([first, "fox"], tokenizer, model, settings) for first in ("the", "30"))
    assert all(np.abs(one[layer][1] - other[layer][1]).max() > 1e-3 for layer in one if layer > 0)


# --- against plain loops ---------------------------------------------------------------------------------------------


def extract_word_by_word(words, tokenizer, model, room: int) -> np.ndarray:
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
    """Stride 1, a story that fits, or a masked model: exactly one pass per word and its left context."""
    tokenizer, model = load(name)
    settings = ExtractionSettings(context=context, stride=stride, batch_size=8)
    activations = extract_activations(STORY, tokenizer, model, settings)
    expected = extract_word_by_word(STORY, tokenizer, model, room)
    assert list(activations) == list(range(len(expected)))
    np.testing.assert_allclose(np.stack(list(activations.values())), expected, **CLOSE)


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_batch_size_does_not_matter(load, name, settings):
    """Inputs of one batch do not see each other."""
    tokenizer, model = load(name)
    one, many = (extract_activations(STORY, tokenizer, model, replace(settings, batch_size=n)) for n in (1, 7))
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
            output = model(torch.tensor([[tokenizer.eos_token_id, *ids[max(0, t + 2 - context) : t + 1]]]))
        states[t] = output.last_hidden_state[0, -1].numpy()
    for word_vector, pick in {"last": lambda s: s[-1], "mean": lambda s: s.mean(0), "sum": lambda s: s.sum(0)}.items():
        settings = ExtractionSettings(context=context, stride=1, word_vector=word_vector)
        vectors = extract_activations(STORY, tokenizer, model, settings, layers=[2])[2]
        expected = np.stack([pick(states[tokens.word == i]) for i in range(len(STORY))])
        np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-4)


def test_layer_0_is_the_embedding(load):
    """Llama's layer 0 is the row of the embedding matrix; the opening token's state is not among the words'."""
    tokenizer, model = load("tiny_llama")
    X = extract_activations(STORY, tokenizer, model, ONE_PASS, layers=[0])[0]
    last_tokens = read_tokens(STORY, tokenizer).ids[token_weights(read_tokens(STORY, tokenizer), "last") > 0]
    np.testing.assert_array_equal(X, model.get_input_embeddings().weight.detach().numpy()[last_tokens])
    assert X.dtype == np.float32
    assert len(X) == len(STORY)


def test_requested_layers(load):
    """Only these, in order, and the same as when all are extracted."""
    tokenizer, model = load("tiny_gpt2")
    every = extract_activations(STORY, tokenizer, model, CHUNKS)
    some = extract_activations(STORY, tokenizer, model, CHUNKS, layers=[3, 1])
    assert list(some) == [1, 3]
    assert all(np.array_equal(some[layer], every[layer]) for layer in some)


def test_progress_is_logged(load, caplog):
    """A first line, some at least two seconds apart, at most about 20, and the last one at 100 %."""
    tokenizer, model = load("tiny_gpt2")
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        extract_activations(LONG, tokenizer, model, ExtractionSettings(context=20, stride=1, batch_size=4), layers=[0])
    lines = [record.message for record in caplog.records if "%" in record.message]
    assert 2 <= len(lines) <= 21
    assert "(100 %)" in lines[-1]


def test_perplexity_of_one_window(load, tiny_llama):
    """Against the model's own loss; a story that fits is one input, and its first token is predicted too."""
    tokenizer, model = load_predictor(tiny_llama)
    ids = torch.tensor([[tokenizer.eos_token_id, *read_tokens(STORY, tokenizer).ids]])
    with torch.no_grad():
        expected = float(torch.exp(model(ids, labels=ids).loss))
    assert perplexity(STORY, tokenizer, model, context=512) == pytest.approx(expected, rel=1e-4)


def test_perplexity_of_windows(load, tiny_gpt2):
    """Against one pass per token where the story is longer than the context."""
    tokenizer, model = load_predictor(tiny_gpt2)
    ids = read_tokens(STORY, tokenizer).ids.tolist()
    negative_log_likelihoods = []
    for t in range(len(ids)):
        chunk = 0 if t < 19 else (t - 19) // 10 + 1  # inputs of 19 tokens after the opening one, 10 apart
        context = [tokenizer.eos_token_id, *ids[chunk * 10 : t]]
        with torch.no_grad():
            logits = model(torch.tensor([context])).logits[0, -1]
        negative_log_likelihoods.append(-logits.log_softmax(-1)[ids[t]].item())
    expected = np.exp(np.mean(negative_log_likelihoods))
    assert perplexity(STORY, tokenizer, model, context=20) == pytest.approx(expected, rel=1e-4)


# --- settings left to the model --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "context", "stride"),
    [("tiny_llama", 1024, 256), ("tiny_gpt2", 64, 16), ("tiny_bert", 512, None), ("tiny_roberta", 38, None)],
)
def test_context_left_to_the_model(load, name, context, stride, caplog):
    """1,024, or the model's longest input; a quarter of it as stride if causal; logged, in the metadata, and used."""
    tokenizer, model = load(name)
    with caplog.at_level("INFO", logger="brainforecast"):
        used = complete_settings(ExtractionSettings(), model)
    assert (used.context, used.stride) == (context, stride)
    lines = [record.message for record in caplog.records if record.name == "brainforecast"]
    stated = [f"context: {context} tokens", *([f"stride: {stride} tokens"] if stride else [])]
    assert [text in line for text, line in zip(stated, lines, strict=True)] == [True] * len(stated)
    caplog.clear()
    made = provenance(STORY, tokenizer, model, ExtractionSettings(most_unknown=1.0))
    assert not [record for record in caplog.records if "context" in record.message]  # once a job
    assert (made["context"], made["stride"], made["language"]) == (context, stride, "en")
    given = ExtractionSettings(context=context, stride=stride, most_unknown=1.0)
    one, other = (extract_activations(LONG, tokenizer, model, s) for s in (given, ExtractionSettings(most_unknown=1.0)))
    assert all(np.array_equal(one[layer], other[layer]) for layer in one)


def test_stride_without_effect(load, caplog):
    """Where each word has an input of its own: logged, and not in the metadata."""
    _, model = load("tiny_bert")
    with caplog.at_level("INFO", logger="brainforecast"):
        assert complete_settings(ExtractionSettings(context=40, stride=20), model).stride is None
    assert "stride: not used" in caplog.text


def test_stride_follows_the_context(load):
    """A context that is given; at least one token."""
    _, model = load("tiny_llama")
    strides = [complete_settings(ExtractionSettings(context=n), model).stride for n in (2, 3, 4, 40)]
    assert strides == [1, 1, 1, 10]


@pytest.mark.parametrize(
    ("settings", "longest"),
    [
        ({"max_position_embeddings": 0}, np.inf),
        ({"max_position_embeddings": -1}, np.inf),
        ({"max_position_embeddings": 0, "max_seq_len": 96}, 96),
        ({"max_position_embeddings": 0, "max_encoder_position_embeddings": 80}, 80),
        ({"max_position_embeddings": 200, "sliding_window": 10}, 200),
    ],
)
def test_longest_inputs(load, settings, longest):
    """By the names that families give it; an attention that slides sets none."""
    _, model = load("tiny_llama")
    for name, value in settings.items():
        setattr(model.config, name, value)
    assert longest_input(model) == longest


# --- bad input -------------------------------------------------------------------------------------------------------


def test_nan_weights(load):
    """The message names the layer and the word; layers below are not affected."""
    tokenizer, model = load("tiny_gpt2")
    with torch.no_grad():
        model.h[1].mlp.c_fc.weight[0, 0] = torch.nan
    extract_activations(STORY, tokenizer, model, CHUNKS, layers=[0, 1])
    with pytest.raises(BadInput, match="layer 2, word 'On'"):
        extract_activations(STORY, tokenizer, model, CHUNKS)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("tiny_gpt2", {"context": 65, "stride": 8}, "context: found 65; expected 2 to 64"),
        ("tiny_roberta", {"context": 39, "stride": 8}, "context: found 39; expected 3 to 38"),
        ("tiny_gpt2", {"context": 1, "stride": 1}, "context: found 1"),
        ("tiny_gpt2", {"context": 16, "stride": 0}, "stride: found 0; expected 1 to 15"),
        ("tiny_gpt2", {"context": 16, "stride": 16}, "stride: found 16; expected 1 to 15"),
        ("tiny_gpt2", {"word_vector": "first"}, "word_vector: found first"),
    ],
)
def test_settings_out_of_range(load, name, changes, message):
    """What was found, and what the model allows."""
    with pytest.raises(BadInput, match=message):
        extract_activations(STORY, *load(name), replace(CHUNKS, **changes))


@pytest.mark.parametrize(("layer", "message"), [(4, "layer 4; expected one of its 4 layers"), (-1, "layer -1")])
def test_layer_out_of_range(load, layer, message):
    """What was found, and the layers of the model."""
    with pytest.raises(BadInput, match=message):
        extract_activations(STORY, *load("tiny_gpt2"), CHUNKS, layers=[layer])


def test_tokenizer_of_another_model(load):
    """A token the model does not have is refused before the model is run."""
    tokenizer, model = load("tiny_gpt2")
    model.resize_token_embeddings(100)
    with pytest.raises(BadInput, match="100 tokens"):
        extract_activations(STORY, tokenizer, model, CHUNKS)


# --- the script ------------------------------------------------------------------------------------------------------


def test_words_that_the_tokenizer_does_not_know(load, caplog):
    """Their share is logged; a story of them is refused, as every word would have the same vector."""
    tokenizer, model = load("tiny_bert")
    words = STORY[:20]
    with caplog.at_level("INFO", logger="brainforecast"):
        extract_activations([*words, "☃"], tokenizer, model, CHUNKS)
    assert any(re.search(r"1 of \d+ tokens are unknown to the tokenizer of .*: ☃$", line) for line in caplog.messages)
    with pytest.raises(BadInput) as error:
        extract_activations([*words, *"☃☂☁☀" * 4], tokenizer, model, CHUNKS)
    assert_bad_input(error, "tokenizer of", "of the story's tokens unknown, ☃ the first", "at most 10%")


def test_extract_script(tiny_gpt2, tmp_path):
    """From a table of words to a file of layers, with the settings in its metadata."""
    pd.DataFrame({"word": STORY, "onset": np.arange(len(STORY))}).to_parquet(tmp_path / "words.parquet")
    path = tmp_path / "gpt2" / "story.safetensors"
    settings = replace(CHUNKS, batch_size=2)
    script.extract_activations(
        tmp_path / "words.parquet",
        path,
        source=tiny_gpt2,
        layers=None,
        loading=LoadSettings(),
        settings=settings,
        threads=1,
    )
    expected = extract_activations(STORY, *load_model(tiny_gpt2), settings)
    assert set(load_file(path)) == {f"layer-{layer}" for layer in expected}
    np.testing.assert_array_equal(read_layer(path, 2), expected[2])
    names = {"source", "side_by_side", "context", "stride", "word_vector", "batch_size", "torch", "transformers"}
    assert names <= set(read_metadata(path))
    assert list(path.parent.iterdir()) == [path]


# --- the real SmolLM2 ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_perplexity_of_smollm2_on_pieman(smollm2):
    """63 on the story's words, more than ten times that on some of the same words shuffled."""
    if not PIEMAN.exists():
        pytest.skip(f"the words of Pie Man are not at {PIEMAN}")
    words = pd.read_csv(PIEMAN, header=None, usecols=[0], keep_default_na=False)[0].tolist()
    shuffled = random.Random(0).sample(words, 250)
    model = load_predictor(smollm2)
    assert perplexity(words, *model, context=256) == pytest.approx(63, abs=1)
    assert perplexity(shuffled, *model, context=256) > 630
