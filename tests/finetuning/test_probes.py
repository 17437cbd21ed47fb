"""What a fine-tuned model has learned: words found by chance and by knowledge, a fair probe, held-out perplexity."""

import math

import numpy as np
import pytest
import torch

from brainforecast.finetuning.probes import aligned, fit_probe, hidden_states, perplexity, retrieval
from brainforecast.language.pretrained import load_predictor

pytest_plugins = ["helpers.language_models"]

FITTING = {"temperature": 0.1, "negatives": 200, "n_steps": 300}


def states(n: int, width: int, seed: int) -> torch.Tensor:
    """Random states, (n, width)."""
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def found(predicted: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, n_distractors: int = 20) -> np.ndarray:
    """Positions that are found again."""
    return retrieval(predicted, target, tokens, n_distractors=n_distractors, seed=4)


def test_retrieval_of_what_is_known_and_of_what_is_not():
    """All of it where the prediction is the target, of any length; as often as chance where it is another thing."""
    target, tokens = states(2000, 8, 1), torch.arange(2000)
    assert found(3.0 * target, target, tokens).all()
    chance, spread = 1 / 21, math.sqrt(1 / 21 * 20 / 21 / 2000)
    assert abs(found(states(2000, 8, 2), target, tokens).mean() - chance) < 4 * spread
    assert not found(-target, target, tokens).any()


def test_a_word_is_no_distractor_of_itself():
    """Positions of one token are never told from each other: states that are the same do no harm."""
    tokens = torch.arange(60).repeat(10)
    target = states(60, 8, 3).repeat(10, 1)
    assert found(target, target, tokens).all()


def test_retrieval_is_the_same_for_the_same_seed():
    predicted, target = states(300, 4, 5), states(300, 4, 6)
    assert (found(predicted, target, torch.arange(300)) == found(predicted, target, torch.arange(300))).all()


@pytest.fixture(scope="module")
def linear() -> tuple:
    """Features, targets that are a linear map of them with noise, and tokens: to fit on, and new ones."""
    X, A = states(3000, 12, 7), states(12, 10, 8)
    Y = X @ A + 2.0 * states(3000, 10, 9)
    tokens = torch.arange(3000)
    return (X[:2000], Y[:2000], tokens[:2000]), (X[2000:], Y[2000:], tokens[:1000])


def test_a_probe_finds_what_is_linear(linear):
    """Near what the true map finds; nothing where targets belong to other features."""
    (X, Y, tokens), (new, answer, those) = linear
    right = found(fit_probe(X, Y, tokens, **FITTING, seed=0)(new), answer, those).mean()
    best = found(new @ states(12, 10, 8), answer, those).mean()
    assert 0.3 < 0.85 * best < right
    mixed = torch.randperm(2000, generator=torch.Generator().manual_seed(1))
    unrelated = fit_probe(X, Y[mixed], tokens, **FITTING, seed=0)
    assert found(unrelated(new), answer, those).mean() < 2 / 21


def test_a_probe_does_not_care_for_the_scale_of_features(linear):
    """A model gains nothing by turning up what the training looked at, nor by moving it."""
    (X, Y, tokens), (new, *_) = linear
    scale, shift = torch.logspace(-3, 3, 12), states(1, 12, 11)
    plain = fit_probe(X, Y, tokens, **FITTING, seed=0)(new)
    scaled = fit_probe(X * scale + shift, Y, tokens, **FITTING, seed=0)(new * scale + shift)
    torch.testing.assert_close(scaled, plain, rtol=1e-2, atol=1e-2)


def test_a_probe_is_the_same_for_the_same_seed(linear):
    (X, Y, tokens), (new, *_) = linear
    torch.manual_seed(1)
    first = fit_probe(X, Y, tokens, **FITTING, seed=3)(new)
    torch.manual_seed(2)
    assert torch.equal(first, fit_probe(X, Y, tokens, **FITTING, seed=3)(new))


def test_states_meet_the_word_ahead_in_their_own_block():
    last, target = (torch.arange(24.0).reshape(2, 4, 3) + shift for shift in (0, 100))
    X, Y = aligned(last, target, 2)
    assert X[:, 0].tolist() == [0, 3, 12, 15]
    assert Y[:, 0].tolist() == [106, 109, 118, 121]


def test_perplexity_is_that_of_the_model(tiny_llama):
    """As transformers' own loss says, block by block."""
    _, model = load_predictor(tiny_llama)
    blocks = torch.randint(0, 300, (5, 12), generator=torch.Generator().manual_seed(0))
    last = hidden_states(model, blocks, {"last": model.config.num_hidden_layers})["last"]
    with torch.inference_mode():
        losses = [model(block[None], labels=block[None]).loss.item() for block in blocks]
    assert perplexity(model, last, blocks) == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)
