"""Sampling: tokens follow their probability, words are complete, documents never end."""

import numpy as np
import pytest
import torch

from brainforecast.language.sampling import DecodingSettings, Sampler, sample_tokens

pytest_plugins = ["helpers.language_models"]
pytestmark = pytest.mark.usefixtures("one_thread")

GREEDY = DecodingSettings(n_futures=3, horizon=2, temperature=0, top_p=1.0)


def test_a_word_is_complete_once_a_space_follows(load):
    """The last word counts once a token ends it; that token is not kept."""
    tokenizer, _ = load("tiny_llama")
    sampler = Sampler(tokenizer, GREEDY, seed=(0,))
    sampler.texts = ["s", " fox", "es", " ", " ran", " off"]
    found = [sampler.n_complete(ids) for ids in ([0], [0, 1], [1, 2], [1, 2, 3], [1, 2, 4], [1, 4, 5])]
    assert found == [-1, 0, 0, 1, 1, 2]
    assert sampler.complete_words([0, 1, 2, 4]) == [0, 1, 2]
    assert sampler.complete_words([0, 1, 2, 3, 4, 2, 5]) == [0, 1, 2, 3, 4, 2]
    assert sampler.complete_words([0, 0]) == []


def test_drawn_tokens_follow_their_probability():
    """Against the cumulative probability by hand; the least probable are never drawn below top_p 1."""
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
    """Flat probabilities need more tokens than are sorted first."""
    chosen = sample_tokens(torch.zeros(1, 5000), np.array([0.999]), temperature=1, top_p=0.9)
    falling = torch.zeros(1, 5000).topk(5000).indices[0, :4501]
    assert int(chosen) in falling.tolist()
    assert int(chosen) not in falling[:4000].tolist()


def test_documents_never_end(load):
    """The end of a document is never sampled however probable, nor a token that the tokenizer does not have."""
    tokenizer, _ = load("tiny_llama")
    sampler = Sampler(tokenizer, GREEDY, seed=(0,))
    logits = torch.zeros(1, len(tokenizer) + 8)
    logits[0, tokenizer.eos_token_id], logits[0, len(tokenizer) :], logits[0, 17] = 50, 40, 1
    assert sampler.sample(logits, np.zeros(1)) == [17]
