"""Continuations: against plain passes over the model, never a later word, the same whatever is heard together."""

import logging
from itertools import chain

import numpy as np
import pandas as pd
import pytest
import torch

from brainforecast.encoding.windows import story_seed
from brainforecast.errors import BadInput
from brainforecast.language.branching import find_branch_points
from brainforecast.language.extraction import extract_activations
from brainforecast.language.generation import Extraction, extract_continuations, generate_continuations
from brainforecast.language.pretrained import load_predictor
from brainforecast.language.sampling import Decoding, Sampler, sample_tokens
from brainforecast.language.tokens import (
    NO_WORD,
    Tokens,
    opening_token,
    read_tokens,
    token_texts,
    token_weights,
    words_ahead,
)
from brainforecast.storage.activations import read_layer, read_metadata
from scripts.language import generate_continuations as script

pytest_plugins = ["helpers.language_models"]

TEXT = (
    "Once there was a river , and the letter that somebody had carried across it in the morning was told about the "
    "town ; she said they didn't believe a word of it , and when she'd opened the map there was a fox inside ."
)
STORY = TEXT.split(" ")
GREEDY = Decoding(n_futures=3, horizon=2, temperature=0, top_p=1.0)
DRAWN = Decoding(n_futures=3, horizon=2, temperature=1.0, top_p=0.9)
WHOLE = Extraction(context=512, stride=64, word_vector="last", batch_size=16)
CHUNKS = Extraction(context=40, stride=9, word_vector="last", batch_size=16)
# GPT-2 has 64 positions: its story takes several inputs
WAYS = [("tiny_llama", WHOLE), ("tiny_llama", CHUNKS), ("tiny_gpt2", CHUNKS._replace(context=64))]
CLOSE = {"rtol": 0, "atol": 1e-4}


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
    return lambda name: load_predictor(request.getfixturevalue(name))


def generate(words, loaded, decoding=DRAWN, hearing=WHOLE, layers=(0, 2), seed=(7, 11)):
    """Vectors and texts of a story's continuations."""
    return generate_continuations(words, *loaded, layers=layers, decoding=decoding, hearing=hearing, seed=seed)


def pasts(words, tokenizer, hearing, n_ahead):
    """The tokens that come before the continuation of each word, the opening one first."""
    tokens = read_tokens(words, tokenizer)
    for place in find_branch_points(tokens, room=hearing.context - 1 - n_ahead, stride=hearing.stride):
        yield [opening_token(tokenizer), *tokens.ids[place.span.start : place.span.start + place.position].tolist()]


def plain_states(model, ids, layer):
    """States of one plain input, (n_tokens, n_features)."""
    with torch.no_grad():
        return model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer][0].numpy()


# --- words of a continuation -----------------------------------------------------------------------------------------


def test_words_start_where_a_space_ends():
    """By hand: the end of the true word, a word of two tokens, a line's end, a word without a space of its own."""
    texts = ["'s", " fox", "es", ".", "\n", "The", " ", "end"]
    assert words_ahead(texts).tolist() == [NO_WORD, 0, 0, 0, NO_WORD, 1, NO_WORD, 2]
    assert words_ahead([]).tolist() == []


@pytest.mark.parametrize("name", ["tiny_llama", "tiny_gpt2"])
def test_texts_of_tokens_spell_the_story(load, name):
    """Put together they are the text, spaces included, and words are numbered as the story's own."""
    tokenizer, _ = load(name)
    tokens, texts = read_tokens(STORY, tokenizer), token_texts(tokenizer)
    assert "".join(texts[token] for token in tokens.ids) == " ".join(STORY)
    assert (
        words_ahead([" " if t == 0 else texts[token] for t, token in enumerate([0, *tokens.ids])])[1:] == tokens.word
    ).all()


def test_a_word_is_whole_when_a_space_has_come(load):
    """The last word counts from the token on that ends it, which is not kept."""
    tokenizer, _ = load("tiny_llama")
    chooser = Sampler(tokenizer, GREEDY, seed=(0,))
    chooser.texts = ["s", " fox", "es", " ", " ran", " off"]
    assert [chooser.n_whole(ids) for ids in ([0], [0, 1], [1, 2], [1, 2, 3], [1, 2, 4], [1, 4, 5])] == [
        -1,
        0,
        0,
        1,
        1,
        2,
    ]
    assert chooser.whole([0, 1, 2, 4]) == [0, 1, 2]
    assert chooser.whole([0, 1, 2, 3, 4, 2, 5]) == [0, 1, 2, 3, 4, 2]
    assert chooser.whole([0, 0]) == []


# --- which token -----------------------------------------------------------------------------------------------------


def test_drawn_tokens_follow_their_probability():
    """Against the cumulated probability by hand; the least probable are never drawn below top_p 1."""
    logits = torch.log(torch.tensor([[0.1, 0.5, 0.05, 0.35]]))

    def choose(draw, top_p):
        return int(sample_tokens(logits, np.array([draw]), temperature=1, top_p=top_p))

    assert [choose(draw, 1.0) for draw in (0.0, 0.49, 0.51, 0.84, 0.86, 0.94, 0.96)] == [1, 1, 3, 3, 0, 0, 2]
    assert [choose(draw, 0.8) for draw in (0.0, 0.58, 0.59, 0.99)] == [1, 1, 3, 3]  # .5 and .35 reach .8
    assert choose(0.99, 0.3) == 1


def test_temperature_sharpens_and_zero_is_greedy():
    """At a low temperature every draw is the most probable token."""
    logits = torch.tensor([[1.0, 2.0, 0.0]]).expand(50, -1)
    draws = np.linspace(0, 0.99, 50)
    assert set(sample_tokens(logits, draws, temperature=0.05, top_p=1.0).tolist()) == {1}
    assert set(sample_tokens(logits, draws, temperature=0, top_p=0.1).tolist()) == {1}
    assert set(sample_tokens(logits, draws, temperature=2.0, top_p=1.0).tolist()) == {0, 1, 2}


def test_large_vocabulary_is_searched_until_top_p():
    """Flat probabilities need more than the entries looked at first."""
    chosen = sample_tokens(torch.zeros(1, 5000), np.array([0.999]), temperature=1, top_p=0.9)
    falling = torch.zeros(1, 5000).topk(5000).indices[0, :4501]
    assert int(chosen) in falling.tolist()
    assert int(chosen) not in falling[:4000].tolist()


def test_documents_never_end(load):
    """The end of a document is not chosen however probable it is, nor what the tokenizer does not know."""
    tokenizer, _ = load("tiny_llama")
    chooser = Sampler(tokenizer, GREEDY, seed=(0,))
    logits = torch.zeros(1, len(tokenizer) + 8)
    logits[0, tokenizer.eos_token_id], logits[0, len(tokenizer) :], logits[0, 17] = 50, 40, 1
    assert chooser.choose(logits, np.zeros(1)) == [17]


# --- against plain passes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "hearing"), WAYS)
@pytest.mark.parametrize("word_vector", ["last", "mean"])
def test_given_tokens_equal_one_plain_pass_per_future(load, name, hearing, word_vector):
    """Futures of different lengths, several a word: the mean of their words' states in plain inputs."""
    tokenizer, model = load(name)
    rng = np.random.default_rng(0)
    vocabulary = np.array([tokenizer(f" {word}", add_special_tokens=False)["input_ids"] for word in STORY], object)
    futures = [[list(chain(*rng.choice(vocabulary, 3))) for _ in range(2)] for _ in STORY]
    n_ahead = max(len(ids) for pair in futures for ids in pair)
    hearing = hearing._replace(word_vector=word_vector)
    heard = extract_continuations(STORY, futures, tokenizer, model, layers=[0, 1, 2], horizon=3, hearing=hearing)
    texts = token_texts(tokenizer)
    for word, past in enumerate(pasts(STORY, tokenizer, hearing, n_ahead)):
        for layer, vectors in heard.items():
            expected = np.zeros((3, 16))
            for ids in futures[word]:
                tokens = Tokens(np.array(ids), words_ahead([texts[token] for token in ids]))
                states = plain_states(model, past + ids, layer)[len(past) :]
                np.add.at(expected, tokens.word, states * token_weights(tokens, word_vector)[:, None] / 2)
            np.testing.assert_allclose(vectors[word], expected, **CLOSE)


def test_the_true_words_ahead_are_the_activations(load):
    """Told what really follows, the vectors o words ahead are those of the words there, at every layer."""
    tokenizer, model = load("tiny_llama")
    tokens = read_tokens(STORY, tokenizer)
    ends = np.flatnonzero(token_weights(tokens, "last")) + 1
    true = [[tokens.ids[end : ends[n + 4 : n + 5].max(initial=end)].tolist()] for n, end in enumerate(ends)]
    true[-4:-1] = [[tokens.ids[end:].tolist()] for end in ends[-4:-1]]
    heard = extract_continuations(STORY, true, tokenizer, model, layers=[0, 1, 2], horizon=4, hearing=WHOLE)
    X = extract_activations(STORY, tokenizer, model.base_model, context=512, stride=64)
    for layer in heard:
        for offset in range(1, 5):
            np.testing.assert_allclose(heard[layer][:-offset, offset - 1], X[layer][offset:], **CLOSE)
            assert not heard[layer][-offset:, offset - 1].any()


@pytest.mark.parametrize(("name", "hearing"), WAYS)
@pytest.mark.parametrize("decoding", [GREEDY, DRAWN])
def test_generated_equals_plain_generation(load, name, hearing, decoding):
    """Token after token from plain inputs: the same choices, the same vectors."""
    tokenizer, model = load(name)
    vectors, texts = generate(STORY, (tokenizer, model), decoding, hearing, layers=[1])
    chooser = Sampler(tokenizer, decoding, seed=(7, 11))
    n_words = 0
    for word, past in enumerate(pasts(STORY, tokenizer, hearing, decoding.n_tokens)):
        sums, counts = np.zeros((2, 16)), np.zeros((2, 1))
        for future in range(decoding.n_drawn):
            ids = []
            for draw in chooser.draws(word, future):
                with torch.no_grad():
                    logits = model(torch.tensor([past + ids])).logits[:, -1]
                ids += chooser.choose(logits, np.array([draw]))
                if chooser.n_whole(ids) == decoding.horizon:
                    break
            ids = chooser.whole(ids)
            assert texts[word][future] == tokenizer.decode(ids)
            ahead = words_ahead([chooser.texts[token] for token in ids])
            states = plain_states(model, past + ids, 1)[len(past) :]
            for o in range(ahead.max(initial=-1) + 1):
                sums[o] += states[np.flatnonzero(ahead == o)[-1]]
                counts[o] += 1
        np.testing.assert_allclose(vectors[1][word], sums / np.maximum(counts, 1), **CLOSE)
        n_words += counts.sum()
    assert n_words > 3  # tiny random models seldom say a space


# --- no later word, no neighbour -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "hearing"), WAYS)
def test_no_continuation_changes_with_later_words(load, name, hearing):
    """Later words changed or taken away: what is expected up to there stays."""
    loaded = load(name)
    whole, texts = generate(STORY, loaded, hearing=hearing)
    for n in (1, 15, len(STORY) - 1):
        for story in (STORY[:n], STORY[:n] + STORY[::-1]):
            cut, said = generate(story, loaded, hearing=hearing)
            assert said[:n] == texts[:n]
            for layer in whole:
                np.testing.assert_allclose(cut[layer][:n], whole[layer][:n], **CLOSE)


def test_earlier_words_matter(load):
    """The counterpart: another first word gives other continuations."""
    loaded = load("tiny_llama")
    assert generate(STORY, loaded)[1][5:] != generate(["fox", *STORY[1:]], loaded)[1][5:]


@pytest.mark.parametrize(("name", "hearing"), WAYS)
def test_what_is_heard_together_does_not_matter(load, name, hearing):
    """One branch at a time or all at once: the same words and vectors; twice the same: the same bytes."""
    loaded = load(name)
    (one, said), (many, texts), (again, _) = (
        generate(STORY, loaded, hearing=hearing._replace(batch_size=n)) for n in (1, 64, 64)
    )
    assert said == texts
    for layer in one:
        np.testing.assert_allclose(one[layer], many[layer], **CLOSE)
        np.testing.assert_array_equal(many[layer], again[layer])


def test_draws_follow_their_names(load):
    """Another seed, story or future draws otherwise; fewer futures are the first of more; greedy has one."""
    loaded = load("tiny_llama")
    _, texts = generate(STORY, loaded)
    assert generate(STORY, loaded, seed=story_seed(7, "b"))[1] != texts
    assert [len(set(futures)) > 1 for futures in texts].count(True) > len(STORY) / 2
    fewer = Decoding(n_futures=1, horizon=2, temperature=1.0, top_p=0.9)
    assert [futures[:1] for futures in texts] == generate(STORY, loaded, fewer)[1]
    assert {len(futures) for futures in generate(STORY, loaded, GREEDY)[1]} == {1}


def test_shape_layers_and_cost(load, caplog):
    """(n_words, horizon, n_features) for the layers asked for; the log tells the cost first, then how much is left."""
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        vectors, texts = generate(STORY, load("tiny_llama"), layers=[2])
    assert {layer: (X.shape, X.dtype) for layer, X in vectors.items()} == {2: ((len(STORY), 2, 16), np.float32)}
    assert len(texts) == len(STORY)
    first, *progress, last = [record.message for record in caplog.records]
    assert "tokens to run, at most" in first
    assert "s left" in progress[0] and "(100 %)" in progress[-1]
    assert "were cut" in last


# --- bad input -------------------------------------------------------------------------------------------------------


def test_masked_model_cannot_generate(tiny_bert):
    """One line that says what would do."""
    loaded = load_predictor(tiny_bert)
    with pytest.raises(BadInput, match="sees both sides of a word; expected one that predicts the next word"):
        generate(STORY, loaded)


def test_context_without_room(load):
    """What may follow has to fit beside the story."""
    with pytest.raises(BadInput, match="context: found 9; expected more than 9 tokens"):
        generate(STORY, load("tiny_llama"), hearing=WHOLE._replace(context=9))
    with pytest.raises(BadInput, match="context: found 65"):
        generate(STORY, load("tiny_gpt2"), hearing=WHOLE._replace(context=65))


def test_model_whose_attention_cannot_be_told(load):
    """A model that numbers positions by itself would give other states in branches: measured, and refused."""
    tokenizer, model = load("tiny_llama")
    rotary = model.model.rotary_emb.forward
    model.model.rotary_emb.forward = lambda x, position_ids: rotary(x, torch.arange(x.shape[1])[None])
    with pytest.raises(BadInput, match="does not follow a mask and positions"):
        generate(STORY, (tokenizer, model))


def test_sliding_attention_is_refused(load):
    """A window of attention shorter than the context would be passed over."""
    tokenizer, model = load("tiny_llama")
    model.config.sliding_window = 100
    with pytest.raises(BadInput, match="context: found 512; expected at most 100"):
        generate(STORY, (tokenizer, model))


def test_nan_weights(load):
    """Not a number is told, not written."""
    tokenizer, model = load("tiny_gpt2")
    with torch.no_grad():
        model.transformer.h[1].mlp.c_fc.weight[0, 0] = torch.nan
    with pytest.raises(BadInput, match="NaN"):
        generate(STORY, (tokenizer, model), hearing=CHUNKS)
    with pytest.raises(BadInput, match="NaN"):
        extract_continuations(STORY, [[[5, 6]]] * len(STORY), tokenizer, model, layers=[2], horizon=1, hearing=CHUNKS)


def test_generate_script(tiny_llama, tmp_path):
    """From a table of words to a file of layers that also says what the model said."""
    pd.DataFrame({"word": STORY}).to_parquet(tmp_path / "words.parquet")
    path = tmp_path / "continuations.safetensors"
    script.generate_continuations(
        tmp_path / "words.parquet",
        path,
        source=tiny_llama,
        layers=[1],
        decoding=vars(DRAWN),
        hearing=WHOLE._asdict(),
        seed=(7, 11),
        threads=1,
    )
    vectors, texts = generate(STORY, load_predictor(tiny_llama), layers=[1])
    np.testing.assert_array_equal(read_layer(path, 1), vectors[1])
    assert read_metadata(path)["text"] == texts
