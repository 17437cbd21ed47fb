"""Checkpoints of a fine-tuning: their steps, names and models."""

import numpy as np

from brainforecast.checkpoints import (
    Checkpoint,
    checkpoint_models,
    layers_at,
    read_name,
    snapshot_steps,
    with_checkpoints,
)

FINETUNING = {
    "base": "tiny",
    "corpus": {"source": "*.txt"},
    "objective": {"alphas": [0, 0.5]},
    "training": {"n_steps": 8, "context": 16, "save_every": 5, "snapshots": {"first": 2, "n": 3}},
    "evaluation": {"layers": [0, 2]},
}
MODEL = {
    "source": "tiny",
    "context": 64,
    "stride": 16,
    "word_vector": "last",
    "most_unknown": 0.1,
    "dtype": "float32",
    "device_map": None,
    "batch_size": 4,
    "side_by_side": None,
}


def test_snapshots_grow_by_a_constant_factor():
    """15 snapshots of a million steps; few steps give fewer."""
    steps = snapshot_steps(1_000_000, first=1, n=15)
    assert (len(steps), steps[0], steps[-1]) == (15, 1, 1_000_000)
    assert np.ptp(np.diff(np.log(steps[4:]))) < 0.01
    assert snapshot_steps(4, first=1, n=15) == [1, 2, 3, 4]


def test_a_snapshot_is_named_by_its_training_and_step():
    """The name is read back; another model is not a snapshot."""
    for checkpoint in (Checkpoint("forecast", 0.25, 1000), Checkpoint("a-b", 0.0, 7)):
        assert read_name(checkpoint.model) == checkpoint
    assert Checkpoint("forecast", 1.0, 5).model == "forecast-alpha1-step5"
    assert read_name("gpt2") is None


def test_a_fine_tuning_is_replaced_by_its_snapshots():
    """In analyses its name is replaced by those of all snapshots; each is a model with its own folder."""
    config = {"finetuning": {"tuned": FINETUNING}, "models": {"tiny": MODEL}, "seed": 1}
    names = [f"tuned-alpha{alpha}-step{step}" for alpha in ("0", "0.5") for step in (2, 4, 8)]
    found = with_checkpoints({"gains": {"models": ["tiny", "tuned"], "layers": [0]}}, config["finetuning"])
    assert found == {"gains": {"models": ["tiny", *names], "layers": [0]}}
    models = checkpoint_models(config)
    assert list(models) == names
    assert len({model["source"] for model in models.values()}) == 6
    assert all(model["side_by_side"] == [0, 2] and model["stride"] == 16 for model in models.values())
    other = config | {"seed": 2}
    assert not {m["source"] for m in checkpoint_models(other).values()} & {m["source"] for m in models.values()}


def test_layers_as_numbers_and_as_depths():
    """The paper's layers of 12, and the same depths of 30."""
    assert layers_at([0, 4, 8, 12], 12) == layers_at({"depths": [0, 1 / 3, 2 / 3, 1]}, 12) == [0, 4, 8, 12]
    assert layers_at({"depths": [0, 0.3333, 0.6667, 1]}, 30) == [0, 10, 20, 30]
    assert layers_at({"depths": [0, 0.5, 1]}, 1) == [0, 1]  # no layer twice
