"""Fine-tuning to forecast: the objective, what stays frozen, what a killed training gives, on tiny models."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from datasets import Dataset
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, Trainer

from brainforecast.checkpoints import snapshot_steps
from brainforecast.finetuning.contrastive import Balance, Queue, balanced_weight, contrastive_loss, share_of
from brainforecast.finetuning.frozen_layers import HEAD, FrozenTarget, add_head, freeze_lower
from brainforecast.finetuning.launch import finetune, prepare
from brainforecast.finetuning.snapshots import FROZEN, most_bytes, read_head
from brainforecast.finetuning.trainer import Progress, arguments, last_whole_checkpoint, train
from brainforecast.language.pretrained import load_model, load_predictor
from helpers.datasets import REPOSITORY

pytest_plugins = ["helpers.language_models"]

OBJECTIVE = {"layer": 1, "distance": 3, "temperature": 0.1, "queue": 100, "negatives": 80, "rebalance": 5, "seed": 0}
TRAINING = {
    "n_steps": 12,
    "learning_rate": 1e-3,
    "head_learning_rate": None,
    "batch_size": 4,
    "processes": 1,
    "accumulation": 1,
    "context": 16,
    "precision": "float32",
    "trained": 1 / 3,
    "save_every": 4,
    "snapshots": {"first": 3, "n": 3},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> str:
    """A prepared corpus: blocks of tokens in which the one three ahead follows from the present one."""
    folder = tmp_path_factory.mktemp("corpus") / "corpus"
    rng = np.random.default_rng(0)
    for part, n in (("train", 64), ("held_out", 16)):
        rows = rng.integers(1, 300, (n, 16))
        for t in range(3, 16):
            rows[:, t] = (rows[:, t - 3] * 7 + 1) % 300
        Dataset.from_dict({"input_ids": rows.tolist()}).save_to_disk(str(folder / part))
    return str(folder)


# ---- The objective -------------------------------------------------------------------------------------------------


def explicit_loss(predicted, target, negatives, allowed, temperature) -> float:
    """The contrastive loss, one position and one negative after the other."""

    def nearness(a, b) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))

    losses = []
    for t in range(len(predicted)):
        right = math.exp(nearness(predicted[t], target[t]) / temperature)
        wrong = [math.exp(nearness(predicted[t], n) / temperature) for j, n in enumerate(negatives) if allowed[t][j]]
        losses.append(-math.log(right / (right + sum(wrong))))
    return sum(losses) / len(losses)


def test_contrastive_loss_agrees_with_explicit_loops():
    """The loss of arrays is that of loops over positions and negatives, to 1e-6."""
    rng = np.random.default_rng(0)
    predicted, target, negatives = rng.normal(size=(5, 7)), rng.normal(size=(5, 7)), rng.normal(size=(11, 7))
    allowed = rng.random((5, 11)) < 0.7
    found = contrastive_loss(*map(torch.tensor, (predicted, target, negatives, allowed)), 0.1)
    expected = explicit_loss(predicted.tolist(), target.tolist(), negatives.tolist(), allowed.tolist(), 0.1)
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_contrastive_loss_of_a_right_and_of_a_blind_prediction():
    """A prediction that is its target costs nearly nothing; one that nears all alike costs log(n + 1)."""
    eye = torch.eye(6)
    all_allowed = torch.ones(1, 5, dtype=torch.bool)
    assert contrastive_loss(eye[:1], eye[:1], eye[1:], all_allowed, 0.05).item() < 1e-6
    blind = contrastive_loss(torch.ones(1, 6), eye[:1], eye[1:], all_allowed, 0.1)
    assert blind.item() == pytest.approx(math.log(6), abs=1e-6)


def test_queue_keeps_the_newest_and_draws_each_once():
    """A queue of 5 after batches of 3 holds the last five; a draw has no state twice and follows the seed."""
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
def test_the_weight_gives_the_share_that_is_asked_for(alpha):
    """a' L_high is the share alpha of the loss, however far apart the two terms are."""
    for high, language in ((7.6, 3.2), (0.1, 5.0)):
        assert share_of(balanced_weight(alpha, high, language), high, language) == pytest.approx(alpha)


def test_balance_holds_between_rebalancings():
    """The weight is set at the first batch and then every 5 steps, once per step."""
    balance, weights = Balance(0.5, every=5), []
    for step in range(11):
        for _ in range(2):  # two batches per step
            balance.update(7.0 - 0.5 * step, 3.0, step)
            weights.append(balance.weight)
    changes = [i for i in range(1, len(weights)) if weights[i] != weights[i - 1]]
    assert changes == [10, 20]


def test_no_target_is_among_its_negatives(tiny_gpt2):
    """Negatives of the target's own token weigh nothing: the loss is the same without them."""
    objective, model = prepared(tiny_gpt2)
    ids = torch.randint(1, 6, (4, 16), generator=torch.Generator().manual_seed(0))  # few tokens: most come again
    states = model(ids, output_hidden_states=True).hidden_states
    found = objective.high_loss(getattr(model, HEAD), ids, states)
    target, tokens = states[1][:, 3:].flatten(0, 1), ids[:, 3:].flatten()
    predicted = getattr(model, HEAD)(states[-1][:, :-3]).flatten(0, 1)
    chosen = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(0))[:80]
    losses = [
        contrastive_loss(predicted[[t]], target[[t]], target[others], torch.ones(1, len(others), dtype=torch.bool), 0.1)
        for t in range(len(tokens))
        if len(others := chosen[tokens[chosen] != tokens[t]])
    ]
    assert found.item() == pytest.approx(torch.stack(losses).mean().item(), abs=1e-6)


# ---- What stays and what moves -------------------------------------------------------------------------------------


def prepared(source: str, alpha: float = 0.5, **objective: object) -> tuple:
    """Objective and model as they are trained."""
    _, model = load_predictor(source)
    return prepare(model, alpha, OBJECTIVE | objective, 1 / 3, 0), model


def trained(source: str, corpus: str, folder: Path, alpha: float = 0.5, **training: object) -> tuple:
    """A model after training, its weights before, and the curve of losses."""
    args = arguments(TRAINING | training, folder, seed=0)
    objective, model = prepared(source, alpha)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    blocks = Dataset.load_from_disk(f"{corpus}/train")
    return model, before, train(model, blocks, objective, args, Progress([], None))


def test_upper_third_is_trained_and_the_rest_is_the_same_to_the_bit(tiny_gpt2, corpus, tmp_path):
    """Of three layers the last one moves, and the head; embedding, lower layers, last norm and LM head do not."""
    model, before, _ = trained(tiny_gpt2, corpus, tmp_path)
    moved = {name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])}
    assert moved
    assert {name.split(".")[2] if "h." in name else name for name in moved} == {"2", f"{HEAD}.weight"}


def test_the_target_never_gets_a_gradient(tiny_gpt2):
    """After a backward pass nothing of the frozen copy has a gradient; layers that move are copies."""
    objective, model = prepared(tiny_gpt2, layer=3)
    ids = torch.randint(0, 300, (2, 16), generator=torch.Generator().manual_seed(0))
    states = model(ids, output_hidden_states=True).hidden_states
    objective.high_loss(getattr(model, HEAD), ids, states).backward()
    frozen = dict(objective.target.copy.named_parameters())
    assert not [name for name, p in frozen.items() if p.requires_grad or p.grad is not None]
    assert [p for p in model.transformer.h[2].parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert frozen["h.2.mlp.c_fc.weight"] is not model.transformer.h[2].mlp.c_fc.weight
    assert frozen["h.1.mlp.c_fc.weight"] is model.transformer.h[1].mlp.c_fc.weight


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_the_target_is_the_pretrained_layer(tiny_gpt2, tiny_llama, layer):
    """The copy's state at a layer is hidden_states[layer] of the whole pretrained model."""
    ids = torch.arange(20)[None] + 40
    for source in (tiny_gpt2, tiny_llama):
        _, whole = load_model(source)
        if layer > whole.config.num_hidden_layers:
            continue
        with torch.no_grad():
            expected = whole(ids, output_hidden_states=True).hidden_states[layer]
        _, model = load_predictor(source)
        target = FrozenTarget(model, layer, freeze_lower(model, 1 / 3))
        assert torch.equal(target.copy(ids, output_hidden_states=True).hidden_states[layer], expected)
        shares = source == tiny_llama and layer <= 1  # GPT-2 drops out
        assert target.shared == shares
        given = model.train()(ids, output_hidden_states=True).hidden_states
        assert torch.equal(target.states(ids, given), expected)


def test_alpha_0_is_plain_language_modelling_to_the_bit(tiny_gpt2, corpus, tmp_path):
    """Weights after training at alpha 0 are those of transformers' own Trainer, which knows nothing of an objective."""
    model, _, curve = trained(tiny_gpt2, corpus, tmp_path / "ours", alpha=0.0)
    plain = AutoModelForCausalLM.from_pretrained(tiny_gpt2, dtype=torch.float32)
    plain.requires_grad_(False).transformer.h[2].requires_grad_(True)
    collate = lambda rows: {key: torch.tensor([row["input_ids"] for row in rows]) for key in ("input_ids", "labels")}  # noqa: E731
    trainer = Trainer(
        model=plain,
        args=arguments(TRAINING, tmp_path / "theirs", seed=0),
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


def test_accumulated_batches_are_one_batch(tiny_llama, corpus, tmp_path):
    """Four batches of one block give the weights of one batch of four, at alpha 0 (negatives differ otherwise)."""
    ends = [
        trained(tiny_llama, corpus, tmp_path / str(n), alpha=0.0, batch_size=n, accumulation=4 // n, n_steps=3)
        for n in (4, 1)
    ]
    for (name, one), four in zip(ends[0][0].state_dict().items(), ends[1][0].state_dict().values(), strict=True):
        torch.testing.assert_close(one, four, atol=1e-4, rtol=0, msg=name)
    assert ends[0][2][0]["loss_lm"] == pytest.approx(ends[1][2][0]["loss_lm"], abs=1e-5)


def test_losses_fall_and_the_share_stays(tiny_gpt2, corpus, tmp_path):
    """On text whose third token ahead follows from the present one both losses fall; the share stays within 10 %."""
    *_, curve = trained(tiny_gpt2, corpus, tmp_path, 0.5, n_steps=150, learning_rate=1e-2)
    tenths = pd.DataFrame(curve).groupby(np.arange(150) // 10).mean()
    assert tenths["loss_high"].iloc[-1] < tenths["loss_high"].iloc[0] - 1
    assert tenths["loss_lm"].iloc[-1] < tenths["loss_lm"].iloc[0]
    assert (abs(tenths["share"] / 0.5 - 1) < 0.1).all()


# ---- In processes of their own -------------------------------------------------------------------------------------

SCRIPT = """
import sys
sys.path[:0] = [{workflow!r}]
from brainforecast.forecast_training import finetune
about = {{"objective": {objective!r}, "training": {training!r}, "seed": 0, "threads": 1}}
finetune({source!r}, {corpus!r}, {out!r}, alpha={alpha}, **about)
"""


def start(source: str, corpus: str, out: Path, training: dict, alpha: float = 0.5) -> subprocess.Popen:
    """A training in a process of its own."""
    told = {"workflow": str(REPOSITORY / "workflow"), "source": source, "corpus": corpus, "out": str(out)}
    code = SCRIPT.format(**told, alpha=alpha, objective=OBJECTIVE, training=training)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen) -> None:
    """Wait for a training to end well."""
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


def test_two_processes_are_one_of_twice_the_batch(tiny_llama, corpus, tmp_path):
    """Two processes of two blocks each give the weights of one of four at alpha 0; with a forecast they end as well."""
    ends = {}
    for n, alpha in ((1, 0.0), (2, 0.0), (2, 0.5)):
        training = TRAINING | {"processes": n, "batch_size": 4 // n, "n_steps": 4, "snapshots": {"first": 4, "n": 1}}
        out = tmp_path / f"{n}-{alpha}"
        finish(start(tiny_llama, corpus, out, training, alpha))
        ends[n, alpha] = load_file(out / "step-4/trained.safetensors")
        assert pd.read_parquet(out / "losses.parquet")["step"].tolist() == [1, 2, 3, 4]
    for name, weight in ends[1, 0.0].items():
        torch.testing.assert_close(ends[2, 0.0][name], weight, atol=1e-4, rtol=0, msg=name)
        assert not torch.equal(ends[2, 0.5][name], weight)


def test_killed_and_resumed_is_never_killed(tiny_gpt2, corpus, tmp_path):
    """Killed with SIGKILL twice, a training ends with the same curve and the same weights, to the bit."""
    training = TRAINING | {"n_steps": 60, "save_every": 7, "snapshots": {"first": 5, "n": 4}}
    whole = tmp_path / "whole"
    finish(start(tiny_gpt2, corpus, whole, training))
    broken = tmp_path / "broken"
    unfinished = Path(f"{broken}.unfinished")
    for n_saved in (2, 5):
        process = start(tiny_gpt2, corpus, broken, training)
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            last = last_saved(unfinished)
            if last >= 7 * n_saved:
                break
            time.sleep(0.005)
        assert process.poll() is None, "the training ended before it was killed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not broken.exists()
    finish(start(tiny_gpt2, corpus, broken, training))
    assert not unfinished.exists()
    pd.testing.assert_frame_equal(*(pd.read_parquet(folder / "losses.parquet") for folder in (whole, broken)))
    files = sorted(path.relative_to(whole) for path in whole.rglob("*.safetensors"))
    assert files == sorted(path.relative_to(broken) for path in broken.rglob("*.safetensors"))
    assert len(files) == 1 + 3 * 4
    assert all((whole / file).read_bytes() == (broken / file).read_bytes() for file in files)


def last_saved(folder: Path) -> int:
    """Step of the last checkpoint the Trainer has written to its end."""
    whole = [int(path.parent.name.split("-")[1]) for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(whole, default=0)


def test_a_checkpoint_that_was_cut_is_passed_over(tmp_path):
    """The last checkpoint whose last file is whole counts; those behind it are removed."""
    for step, text in ((10, '{"global_step": 10}'), (20, '{"global_st'), (30, None)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if text:
            (folder / "trainer_state.json").write_text(text)
    assert last_whole_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-10"]


# ---- Snapshots -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def snapshots(tiny_llama, corpus, tmp_path_factory) -> Path:
    """A finished training."""
    out = tmp_path_factory.mktemp("trained") / "alpha-0.5"
    finetune(tiny_llama, corpus, str(out), alpha=0.5, objective=OBJECTIVE, training=TRAINING, seed=0, threads=1)
    return out


def test_a_snapshot_is_a_model_like_any_other(snapshots, tiny_llama):
    """Each step's folder loads by itself; trained layers differ from step to step, the rest are the pretrained ones."""
    _, base = load_predictor(tiny_llama)
    loaded = {step: load_predictor(snapshots / f"step-{step}")[1].state_dict() for step in (3, 6, 12)}
    for name, weight in base.state_dict().items():
        same = all(torch.equal(weight, found[name]) for found in loaded.values())
        assert same == ("layers.1." not in name), name
    assert not torch.equal(*(read_head(snapshots / f"step-{step}") for step in (3, 12)))


def test_frozen_weights_are_on_disk_once(snapshots, tiny_llama):
    """Every snapshot links to one file; all that is written stays below what was announced."""
    links = list(snapshots.glob(f"step-*/{FROZEN}"))
    assert len(links) == 3
    assert all(link.is_symlink() and link.resolve() == snapshots / FROZEN for link in links)
    _, model = load_predictor(tiny_llama)
    freeze_lower(model, 1 / 3)
    add_head(model, 0)
    written = sum(path.stat().st_size for path in snapshots.rglob("*.safetensors") if not path.is_symlink())
    assert written < most_bytes(model, 3) + 20_000  # headers


def test_snapshots_grow_by_a_constant_factor():
    """15 snapshots of a million steps; few steps give fewer."""
    steps = snapshot_steps(1_000_000, first=1, n=15)
    assert (len(steps), steps[0], steps[-1]) == (15, 1, 1_000_000)
    assert np.ptp(np.diff(np.log(steps[4:]))) < 0.01
    assert snapshot_steps(4, first=1, n=15) == [1, 2, 3, 4]
