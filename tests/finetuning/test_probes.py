"""What a fine-tuned model has learned: retrieval and its chance level, the linear probe, held-out perplexity."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from brainforecast.finetuning.probes import ProbeFit, align_states, fit_probe, hidden_states, perplexity, retrieval
from brainforecast.pretrained.loading import load_predictor

pytest_plugins = ["helpers.language_models"]

FIT = ProbeFit(temperature=0.1, negatives=200, n_steps=300, seed=0)


def states(n: int, width: int, seed: int) -> torch.Tensor:
    """Random states, (n, width)."""
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def retrieved(
    predicted: torch.Tensor, target: torch.Tensor, tokens: torch.Tensor, n_distractors: int = 20
) -> np.ndarray:
    """Positions that are retrieved."""
    return retrieval(predicted, target, tokens, n_distractors=n_distractors, seed=4)


def test_retrieval_of_perfect_and_of_unrelated_predictions():
    """All positions where the prediction is the target, of any length; chance level where it is unrelated."""
    target, tokens = states(2000, 8, 1), torch.arange(2000)
    assert retrieved(3.0 * target, target, tokens).all()
    chance, spread = 1 / 21, math.sqrt(1 / 21 * 20 / 21 / 2000)
    assert abs(retrieved(states(2000, 8, 2), target, tokens).mean() - chance) < 4 * spread
    assert not retrieved(-target, target, tokens).any()


def test_a_token_is_not_its_own_distractor():
    """Positions of one token are never compared with each other: equal states do no harm."""
    tokens = torch.arange(60).repeat(10)
    target = states(60, 8, 3).repeat(10, 1)
    assert retrieved(target, target, tokens).all()


def test_retrieval_is_the_same_for_the_same_seed():
    predicted, target = states(300, 4, 5), states(300, 4, 6)
    assert (retrieved(predicted, target, torch.arange(300)) == retrieved(predicted, target, torch.arange(300))).all()


@pytest.fixture(scope="module")
def linear() -> tuple:
    """Features, targets that are a noisy linear map of them, and tokens: to fit on, and new ones."""
    X, A = states(3000, 12, 7), states(12, 10, 8)
    Y = X @ A + 2.0 * states(3000, 10, 9)
    tokens = torch.arange(3000)
    return (X[:2000], Y[:2000], tokens[:2000]), (X[2000:], Y[2000:], tokens[:1000])


def test_probe_finds_a_linear_map(linear):
    """Near the retrieval of the true map; chance level where targets belong to other features."""
    (X, Y, tokens), (new, target, new_tokens) = linear
    right = retrieved(fit_probe(X, Y, tokens, FIT)(new), target, new_tokens).mean()
    best = retrieved(new @ states(12, 10, 8), target, new_tokens).mean()
    assert 0.3 < 0.85 * best < right
    mixed = torch.randperm(2000, generator=torch.Generator().manual_seed(1))
    unrelated = fit_probe(X, Y[mixed], tokens, FIT)
    assert retrieved(unrelated(new), target, new_tokens).mean() < 2 / 21


def test_probe_does_not_depend_on_the_scale_of_features(linear):
    """A model gains nothing by scaling or shifting features."""
    (X, Y, tokens), (new, *_) = linear
    scale, shift = torch.logspace(-3, 3, 12), states(1, 12, 11)
    plain = fit_probe(X, Y, tokens, FIT)(new)
    scaled = fit_probe(X * scale + shift, Y, tokens, FIT)(new * scale + shift)
    torch.testing.assert_close(scaled, plain, rtol=1e-2, atol=1e-2)


def test_probe_is_the_same_for_the_same_seed(linear):
    (X, Y, tokens), (new, *_) = linear
    torch.manual_seed(1)
    first = fit_probe(X, Y, tokens, replace(FIT, seed=3))(new)
    torch.manual_seed(2)
    assert torch.equal(first, fit_probe(X, Y, tokens, replace(FIT, seed=3))(new))


def test_states_are_paired_within_blocks():
    last, target = (torch.arange(24.0).reshape(2, 4, 3) + shift for shift in (0, 100))
    X, Y = align_states(last, target, 2)
    assert X[:, 0].tolist() == [0, 3, 12, 15]
    assert Y[:, 0].tolist() == [106, 109, 118, 121]


def test_perplexity_is_that_of_the_model(tiny_llama):
    """As computed from transformers' own loss, block by block."""
    _, model = load_predictor(tiny_llama)
    blocks = torch.randint(0, 300, (5, 12), generator=torch.Generator().manual_seed(0))
    last = hidden_states(model, blocks, {"last": model.config.num_hidden_layers})["last"]
    with torch.inference_mode():
        losses = [model(block[None], labels=block[None]).loss.item() for block in blocks]
    assert perplexity(model, last, blocks) == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)
