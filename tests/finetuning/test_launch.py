"""Complete trainings in separate processes: several at once, and killed ones that are resumed."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from safetensors.torch import load_file

from brainforecast.finetuning.trainer import TrainingSettings
from helpers.datasets import REPOSITORY
from helpers.finetuning import TRAINING, finetuning

pytest_plugins = ["helpers.language_models"]

SCRIPT = """
import sys
sys.path[:0] = [{workflow!r}]
from brainforecast.finetuning.launch import Finetuning, finetune
from brainforecast.finetuning.objective import ObjectiveSettings
from brainforecast.finetuning.trainer import TrainingSettings
from brainforecast.pretrained.loading import LoadSettings
finetune({settings!r}, {corpus!r}, {out!r})
"""


def start(source: str, corpus: str, out: Path, training: TrainingSettings, alpha: float = 0.5) -> subprocess.Popen:
    """Start a training in a separate process."""
    settings = finetuning(source, alpha, training=training)
    code = SCRIPT.format(workflow=str(REPOSITORY / "workflow"), settings=settings, corpus=corpus, out=str(out))
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen) -> None:
    """Wait for a training to end without error."""
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


def test_two_processes_equal_one_of_twice_the_batch(tiny_llama, corpus, tmp_path):
    """Two processes of two blocks each give the weights of one of four at alpha 0; with a forecast they finish too."""
    ends = {}
    for n, alpha in ((1, 0.0), (2, 0.0), (2, 0.5)):
        training = replace(TRAINING, processes=n, batch_size=4 // n, n_steps=4, snapshots={"first": 4, "n": 1})
        out = tmp_path / f"{n}-{alpha}"
        finish(start(tiny_llama, corpus, out, training, alpha))
        ends[n, alpha] = load_file(out / "step-4/trained.safetensors")
        assert pd.read_parquet(out / "losses.parquet")["step"].tolist() == [1, 2, 3, 4]
    for name, weight in ends[1, 0.0].items():
        torch.testing.assert_close(ends[2, 0.0][name], weight, atol=1e-4, rtol=0, msg=name)
        assert not torch.equal(ends[2, 0.5][name], weight)


def test_killed_and_resumed_equals_uninterrupted(tiny_gpt2, corpus, tmp_path):
    """Killed with SIGKILL twice, a training gives the same curve and the same weights, to the bit."""
    training = replace(TRAINING, n_steps=60, save_every=7, snapshots={"first": 5, "n": 4})
    uninterrupted = tmp_path / "uninterrupted"
    finish(start(tiny_gpt2, corpus, uninterrupted, training))
    killed = tmp_path / "killed"
    unfinished = Path(f"{killed}.unfinished")
    for n_saved in (2, 5):
        process = start(tiny_gpt2, corpus, killed, training)
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            last = last_saved(unfinished)
            if last >= 7 * n_saved:
                break
            time.sleep(0.005)
        assert process.poll() is None, "the training ended before it was killed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not killed.exists()
    finish(start(tiny_gpt2, corpus, killed, training))
    assert not unfinished.exists()
    pd.testing.assert_frame_equal(*(pd.read_parquet(folder / "losses.parquet") for folder in (uninterrupted, killed)))
    files = sorted(path.relative_to(uninterrupted) for path in uninterrupted.rglob("*.safetensors"))
    assert files == sorted(path.relative_to(killed) for path in killed.rglob("*.safetensors"))
    assert len(files) == 1 + 3 * 4
    assert all((uninterrupted / file).read_bytes() == (killed / file).read_bytes() for file in files)


def last_saved(folder: Path) -> int:
    """Step of the last checkpoint the Trainer has completed."""
    complete = [int(path.parent.name.split("-")[1]) for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(complete, default=0)
