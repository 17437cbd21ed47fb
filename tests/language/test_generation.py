"""Continuations: against plain passes over the model, never a later word, the same in any batch."""

import logging
from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd
import pytest
import torch

from brainforecast.encoding.windows import story_seed
from brainforecast.errors import BadInput
from brainforecast.language.branching import find_branch_points
from brainforecast.language.extraction import ExtractionSettings, extract_activations
from brainforecast.language.frames import opening_token
from brainforecast.language.generation import extract_continuations, generate_continuations
from brainforecast.language.sampling import DecodingSettings, Sampler
from brainforecast.language.segmentation import words_ahead
from brainforecast.language.tokens import Tokens, read_tokens, token_texts, token_weights
from brainforecast.pretrained.loading import LoadSettings, load_predictor
from brainforecast.storage.activations import read_layer, read_metadata
from helpers.texts import RIVER as STORY
from scripts.language import generate_continuations as script

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

GREEDY = DecodingSettings(n_futures=3, horizon=2, temperature=0, top_p=1.0)
DRAWN = DecodingSettings(n_futures=3, horizon=2, temperature=1.0, top_p=0.9)
ONE_INPUT = ExtractionSettings(context=512, stride=64, word_vector="last", batch_size=16)
CHUNKS = ExtractionSettings(context=40, stride=9, word_vector="last", batch_size=16)
# GPT-2 has 64 positions: its story takes several inputs
MODELS = [("tiny_llama", ONE_INPUT), ("tiny_llama", CHUNKS), ("tiny_gpt2", replace(CHUNKS, context=64))]
CLOSE = {"rtol": 0, "atol": 1e-4}


def generate(words, loaded, decoding=DRAWN, settings=ONE_INPUT, layers=(0, 2), seed=(7, 11)):
    """Vectors and texts of a story's continuations."""
    return generate_continuations(words, *loaded, layers=layers, decoding=decoding, extraction=settings, seed=seed)


def pasts(words, tokenizer, settings, n_ahead):
    """The tokens before the continuation of each word, the opening one first."""
    tokens = read_tokens(words, tokenizer)
    for point in find_branch_points(tokens, room=settings.context - 1 - n_ahead, stride=settings.stride):
        yield [opening_token(tokenizer), *tokens.ids[point.span.start : point.span.start + point.position].tolist()]


def as_future(ids, texts):
    """Given tokens and their words."""
    return Tokens(np.array(ids, dtype=np.int64), words_ahead([texts[token] for token in ids]))


def plain_states(model, ids, layer):
    """States of one plain input, (n_tokens, n_features)."""
    with torch.no_grad():
        return model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer][0].numpy()


# --- against plain passes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "settings"), MODELS)
@pytest.mark.parametrize("word_vector", ["last", "mean"])
def test_given_tokens_equal_one_plain_pass_per_future(load_predicting, name, settings, word_vector):
    """Futures of different lengths, several per word: the mean of their words' states in plain inputs."""
    tokenizer, model = load_predicting(name)
    rng = np.random.default_rng(0)
    vocabulary = np.array([tokenizer(f" {word}", add_special_tokens=False)["input_ids"] for word in STORY], object)
    futures = [[list(chain(*rng.choice(vocabulary, 3))) for _ in range(2)] for _ in STORY]
    n_ahead = max(len(ids) for pair in futures for ids in pair)
    settings = replace(settings, word_vector=word_vector)
    texts = token_texts(tokenizer)
    given = [[as_future(ids, texts) for ids in pair] for pair in futures]
    found = extract_continuations(STORY, given, tokenizer, model, layers=[0, 1, 2], horizon=3, extraction=settings)
    for word, past in enumerate(pasts(STORY, tokenizer, settings, n_ahead)):
        for layer, vectors in found.items():
            expected = np.zeros((3, 16))
            for ids in futures[word]:
                tokens = as_future(ids, texts)
                states = plain_states(model, past + ids, layer)[len(past) :]
                np.add.at(expected, tokens.word, states * token_weights(tokens, word_vector)[:, None] / 2)
            np.testing.assert_allclose(vectors[word], expected, **CLOSE)


def test_the_true_words_ahead_are_the_activations(load_predicting):
    """With the true words as futures, the vectors o words ahead are those of the words there, at every layer."""
    tokenizer, model = load_predicting("tiny_llama")
    tokens = read_tokens(STORY, tokenizer)
    ends = np.flatnonzero(token_weights(tokens, "last")) + 1
    true = [[tokens.ids[end : ends[n + 4 : n + 5].max(initial=end)].tolist()] for n, end in enumerate(ends)]
    true[-4:-1] = [[tokens.ids[end:].tolist()] for end in ends[-4:-1]]
    texts = token_texts(tokenizer)
    true = [[as_future(ids, texts) for ids in one] for one in true]
    found = extract_continuations(STORY, true, tokenizer, model, layers=[0, 1, 2], horizon=4, extraction=ONE_INPUT)
    X = extract_activations(STORY, tokenizer, model.base_model, ONE_INPUT)
    for layer in found:
        for offset in range(1, 5):
            np.testing.assert_allclose(found[layer][:-offset, offset - 1], X[layer][offset:], **CLOSE)
            assert not found[layer][-offset:, offset - 1].any()


@pytest.mark.parametrize(("name", "settings"), MODELS)
@pytest.mark.parametrize("decoding", [GREEDY, DRAWN])
def test_generated_equals_plain_generation(load_predicting, name, settings, decoding):
    """Token after token from plain inputs: the same choices, the same vectors."""
    tokenizer, model = load_predicting(name)
    vectors, texts = generate(STORY, (tokenizer, model), decoding, settings, layers=[1])
    sampler = Sampler(tokenizer, decoding, seed=(7, 11))
    n_words = 0
    for word, past in enumerate(pasts(STORY, tokenizer, settings, decoding.n_tokens)):
        sums, counts = np.zeros((2, 16)), np.zeros((2, 1))
        for future in range(decoding.n_drawn):
            ids = []
            for draw in sampler.draws(word, future):
                with torch.no_grad():
                    logits = model(torch.tensor([past + ids])).logits[:, -1]
                ids += sampler.sample(logits, np.array([draw]))
                if sampler.n_complete(ids) == decoding.horizon:
                    break
            ids = sampler.complete_words(ids)
            assert texts[word][future] == tokenizer.decode(ids)
            ahead = words_ahead([sampler.texts[token] for token in ids])
            states = plain_states(model, past + ids, 1)[len(past) :]
            for o in range(ahead.max(initial=-1) + 1):
                sums[o] += states[np.flatnonzero(ahead == o)[-1]]
                counts[o] += 1
        np.testing.assert_allclose(vectors[1][word], sums / np.maximum(counts, 1), **CLOSE)
        n_words += counts.sum()
    assert n_words > 3  # tiny random models seldom generate a space


# --- no later word, no neighbour -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_no_continuation_changes_with_later_words(load_predicting, name, settings):
    """Later words changed or removed: continuations of the words before them stay the same."""
    loaded = load_predicting(name)
    complete, texts = generate(STORY, loaded, settings=settings)
    for n in (1, 15, len(STORY) - 1):
        for story in (STORY[:n], STORY[:n] + STORY[::-1]):
            cut, cut_texts = generate(story, loaded, settings=settings)
            assert cut_texts[:n] == texts[:n]
            for layer in complete:
                np.testing.assert_allclose(cut[layer][:n], complete[layer][:n], **CLOSE)


def test_a_later_row_cuts_no_elided_word(load_predicting, caplog):
    """In French, l'arbre in one row, or in two, changes nothing after the l' of an earlier word; the log names it."""
    caplog.set_level(logging.INFO, logger="brainforecast")
    words, settings = ["Alors", "l'", "enfant", "voit", "qu'", "il", "pleut"], replace(ONE_INPUT, language="fr")
    loaded = load_predicting("tiny_llama")
    divided, joined = (
        generate([*words, *later], loaded, settings=settings)[0][2] for later in (["l'", "arbre."], ["l'arbre."])
    )
    assert divided[1, 0].any()
    np.testing.assert_allclose(divided[: len(words)], joined[: len(words)], **CLOSE)
    assert "1 of 8 words hold an elided one and the next; generated text has two words there: l'arbre." in caplog.text


def test_earlier_words_matter(load_predicting):
    """The counterpart: another first word gives other continuations."""
    loaded = load_predicting("tiny_llama")
    assert generate(STORY, loaded)[1][5:] != generate(["fox", *STORY[1:]], loaded)[1][5:]


@pytest.mark.parametrize(("name", "settings"), MODELS)
def test_batch_size_does_not_matter(load_predicting, name, settings):
    """One branch at a time or all at once: the same words and vectors; twice the same: the same bytes."""
    loaded = load_predicting(name)
    (one, one_texts), (many, texts), (again, _) = (
        generate(STORY, loaded, settings=replace(settings, batch_size=n)) for n in (1, 64, 64)
    )
    assert one_texts == texts
    for layer in one:
        np.testing.assert_allclose(one[layer], many[layer], **CLOSE)
        np.testing.assert_array_equal(many[layer], again[layer])


def test_draws_depend_on_seed_and_future(load_predicting):
    """Another seed, story or future has other draws; fewer futures are the first of more; greedy has one."""
    loaded = load_predicting("tiny_llama")
    _, texts = generate(STORY, loaded)
    assert generate(STORY, loaded, seed=story_seed(7, "b"))[1] != texts
    assert [len(set(futures)) > 1 for futures in texts].count(True) > len(STORY) / 2
    fewer = replace(DRAWN, n_futures=1)
    assert [futures[:1] for futures in texts] == generate(STORY, loaded, fewer)[1]
    assert {len(futures) for futures in generate(STORY, loaded, GREEDY)[1]} == {1}


def test_shape_layers_and_cost(load_predicting, caplog):
    """(n_words, horizon, n_features) for the requested layers; the log has unknown tokens, cost, time left."""
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        vectors, texts = generate(STORY, load_predicting("tiny_llama"), layers=[2])
    assert {layer: (X.shape, X.dtype) for layer, X in vectors.items()} == {2: ((len(STORY), 2, 16), np.float32)}
    assert len(texts) == len(STORY)
    unknown, first, *progress, last = [record.message for record in caplog.records]
    assert unknown.startswith("0 of ")
    assert "tokens to run, at most" in first
    assert "s left" in progress[0] and "(100 %)" in progress[-1]
    assert "were cut" in last


# --- bad input -------------------------------------------------------------------------------------------------------


def test_masked_model_cannot_generate(tiny_bert):
    """One line that names what is expected."""
    loaded = load_predictor(tiny_bert)
    with pytest.raises(BadInput, match="sees both sides of a word; expected one that predicts the next word"):
        generate(STORY, loaded)


def test_context_without_room(load_predicting):
    """The tokens of a branch have to fit with the story."""
    with pytest.raises(BadInput, match="context: found 9; expected more than 9 tokens"):
        generate(STORY, load_predicting("tiny_llama"), settings=replace(ONE_INPUT, context=9))
    with pytest.raises(BadInput, match="context: found 65"):
        generate(STORY, load_predicting("tiny_gpt2"), settings=replace(ONE_INPUT, context=65))


def test_model_whose_attention_ignores_positions(load_predicting):
    """A model that numbers positions itself would give other states in branches: measured, and refused."""
    tokenizer, model = load_predicting("tiny_llama")
    rotary = model.model.rotary_emb.forward
    model.model.rotary_emb.forward = lambda x, position_ids: rotary(x, torch.arange(x.shape[1])[None])
    with pytest.raises(BadInput, match="does not follow a mask and positions"):
        generate(STORY, (tokenizer, model))


def test_sliding_attention_is_refused(load_predicting):
    """An attention window shorter than the context would be ignored."""
    tokenizer, model = load_predicting("tiny_llama")
    model.config.sliding_window = 100
    with pytest.raises(BadInput, match="context: found 512; expected at most 100"):
        generate(STORY, (tokenizer, model))


def test_nan_weights(load_predicting):
    """NaN is reported, not written."""
    tokenizer, model = load_predicting("tiny_gpt2")
    with torch.no_grad():
        model.transformer.h[1].mlp.c_fc.weight[0, 0] = torch.nan
    with pytest.raises(BadInput, match="NaN"):
        generate(STORY, (tokenizer, model), settings=CHUNKS)
    with pytest.raises(BadInput, match="NaN"):
        extract_continuations(
            STORY,
            [[Tokens(np.array([5, 6]), np.array([0, 0]))]] * len(STORY),
            tokenizer,
            model,
            layers=[2],
            horizon=1,
            extraction=CHUNKS,
        )


def test_generate_script(tiny_llama, tmp_path):
    """From a table of words to a file of layers, with settings and generated text in its metadata."""
    pd.DataFrame({"word": STORY}).to_parquet(tmp_path / "words.parquet")
    path = tmp_path / "continuations.safetensors"
    script.generate_continuations(
        tmp_path / "words.parquet",
        path,
        source=tiny_llama,
        layers=[1],
        loading=LoadSettings(),
        decoding=DRAWN,
        extraction=ONE_INPUT,
        seed=(7, 11),
        threads=1,
    )
    vectors, texts = generate(STORY, load_predictor(tiny_llama), layers=[1])
    np.testing.assert_array_equal(read_layer(path, 1), vectors[1])
    metadata = read_metadata(path)
    assert metadata["text"] == texts
    assert metadata | vars(DRAWN) | vars(ONE_INPUT) == metadata
