"""Fine-tuning to forecast inside transformers' Trainer, on tiny models."""

import numpy as np
import pandas as pd
import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, Trainer

from brainforecast.finetuning.trainer import last_complete_checkpoint, training_arguments
from brainforecast.pretrained.loading import load_predictor
from helpers.finetuning import TRAINING, trained

pytest_plugins = ["helpers.language_models"]


def test_alpha_0_is_plain_language_modelling_to_the_bit(tiny_gpt2, corpus, tmp_path):
    """Weights after training at alpha 0 are those of transformers' own Trainer, without an objective."""
    model, _, curve = trained(tiny_gpt2, corpus, tmp_path / "ours", alpha=0.0)
    plain = AutoModelForCausalLM.from_pretrained(tiny_gpt2, dtype=torch.float32)
    plain.requires_grad_(False).transformer.h[2].requires_grad_(True)
    collate = lambda rows: {key: torch.tensor([row["input_ids"] for row in rows]) for key in ("input_ids", "labels")}  # noqa: E731
    trainer = Trainer(
        model=plain,
        args=training_arguments(TRAINING, tmp_path / "theirs", seed=0),
        train_dataset=Dataset.load_from_disk(f"{corpus}/train"),
        data_collator=collate,
    )
    trainer.train()
    ours = model.state_dict()
    assert all(torch.equal(weight, ours[name]) for name, weight in plain.state_dict().items())
    assert not torch.equal(
        ours["transformer.h.2.mlp.c_fc.weight"], load_predictor(tiny_gpt2)[1].transformer.h[2].mlp.c_fc.weight
    )
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert [row["loss_lm"] for row in curve] == pytest.approx(losses, abs=1e-6)


def test_accumulated_batches_equal_one_batch(tiny_llama, corpus, tmp_path):
    """Four batches of one block give the weights of one batch of four, at alpha 0 (else negatives differ)."""
    ends = [
        trained(tiny_llama, corpus, tmp_path / str(n), alpha=0.0, batch_size=n, accumulation=4 // n, n_steps=3)
        for n in (4, 1)
    ]
    for (name, one), four in zip(ends[0][0].state_dict().items(), ends[1][0].state_dict().values(), strict=True):
        torch.testing.assert_close(one, four, atol=1e-4, rtol=0, msg=name)
    assert ends[0][2][0]["loss_lm"] == pytest.approx(ends[1][2][0]["loss_lm"], abs=1e-5)


def test_losses_fall_and_the_share_stays(tiny_gpt2, corpus, tmp_path):
    """Where the third token ahead follows from the present one, both losses fall; the share stays within 10 %."""
    *_, curve = trained(tiny_gpt2, corpus, tmp_path, 0.5, n_steps=150, learning_rate=1e-2)
    tenths = pd.DataFrame(curve).groupby(np.arange(150) // 10).mean()
    assert tenths["loss_high"].iloc[-1] < tenths["loss_high"].iloc[0] - 1
    assert tenths["loss_lm"].iloc[-1] < tenths["loss_lm"].iloc[0]
    assert (abs(tenths["share"] / 0.5 - 1) < 0.1).all()


def test_incomplete_checkpoint_is_skipped(tmp_path):
    """The last checkpoint whose last file is complete counts; later ones are removed."""
    for step, text in ((10, '{"global_step": 10}'), (20, '{"global_st'), (30, None)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if text:
            (folder / "trainer_state.json").write_text(text)
    assert last_complete_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-10"]
