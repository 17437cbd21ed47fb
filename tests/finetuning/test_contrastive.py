"""The forecasting objective: the contrastive loss, its negatives, and its share of the total loss."""

import math

import numpy as np
import pytest
import torch

from brainforecast.finetuning.contrastive import (
    Balance,
    Queue,
    balanced_weight,
    contrastive_loss,
    forecast_share,
)


def explicit_loss(predicted, target, negatives, allowed, temperature) -> float:
    """The contrastive loss, one position and one negative at a time."""

    def cosine(a, b) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))

    losses = []
    for t in range(len(predicted)):
        positive = math.exp(cosine(predicted[t], target[t]) / temperature)
        negative = [math.exp(cosine(predicted[t], n) / temperature) for j, n in enumerate(negatives) if allowed[t][j]]
        losses.append(-math.log(positive / (positive + sum(negative))))
    return sum(losses) / len(losses)


def test_contrastive_loss_agrees_with_explicit_loops():
    """The loss of arrays is that of loops over positions and negatives, to 1e-6."""
    rng = np.random.default_rng(0)
    predicted, target, negatives = rng.normal(size=(5, 7)), rng.normal(size=(5, 7)), rng.normal(size=(11, 7))
    allowed = rng.random((5, 11)) < 0.7
    found = contrastive_loss(*map(torch.tensor, (predicted, target, negatives, allowed)), 0.1)
    expected = explicit_loss(predicted.tolist(), target.tolist(), negatives.tolist(), allowed.tolist(), 0.1)
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_contrastive_loss_of_a_perfect_and_of_an_uninformed_prediction():
    """A prediction equal to its target has a loss near 0; one equally near to all has log(n + 1)."""
    eye = torch.eye(6)
    all_allowed = torch.ones(1, 5, dtype=torch.bool)
    assert contrastive_loss(eye[:1], eye[:1], eye[1:], all_allowed, 0.05).item() < 1e-6
    uninformed = contrastive_loss(torch.ones(1, 6), eye[:1], eye[1:], all_allowed, 0.1)
    assert uninformed.item() == pytest.approx(math.log(6), abs=1e-6)


def test_queue_keeps_the_newest_and_draws_each_once():
    """A queue of 5 after batches of 3 holds the last five; draws are without replacement and follow the seed."""
    queue = Queue(5)
    for start in (0, 3, 6):
        tokens = torch.arange(start, start + 3)
        queue.refresh(tokens[:, None].float(), tokens)
    assert queue.tokens.tolist() == [4, 5, 6, 7, 8]
    draws = [queue.draw(4, torch.Generator().manual_seed(1)) for _ in range(2)]
    assert draws[0][1].tolist() == draws[1][1].tolist()
    assert len(set(draws[0][1].tolist())) == 4
    assert torch.equal(draws[0][0][:, 0], draws[0][1].float())
    assert len(queue.draw(100, torch.Generator())[1]) == 5


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9, 1.0])
def test_weight_gives_the_requested_share(alpha):
    """a' L_high is the share alpha of the loss, however different the two terms are."""
    for high, language in ((7.6, 3.2), (0.1, 5.0)):
        assert forecast_share(balanced_weight(alpha, high, language), high, language) == pytest.approx(alpha)


def test_weight_is_constant_between_rebalancings():
    """The weight is updated at the first batch and then every 5 steps, once per step."""
    balance, weights = Balance(0.5, every=5), []
    for step in range(11):
        for _ in range(2):  # two batches per step
            balance.update(7.0 - 0.5 * step, 3.0, step)
            weights.append(balance.weight)
    changes = [i for i in range(1, len(weights)) if weights[i] != weights[i - 1]]
    assert changes == [10, 20]
