"""What the benchmarks of the ridge engine share: how time and memory are taken, and simulated listeners."""

import argparse
import json
import resource
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.signal import lfilter
from threadpoolctl import threadpool_limits

from brainforecast.jobs.context import keep_freed_memory

ALPHAS = tuple(10.0**power for power in range(-1, 9))
DELAYS = tuple(range(6))
AUTOCORRELATION = 0.4  # of the noise, from volume to volume


def read_sizes(about: str, **sizes: tuple[int, str]) -> argparse.Namespace:
    """Sizes from the command line, and as many threads for every peer as for ours."""
    parser = argparse.ArgumentParser(description=about)
    for name, (default, told) in sizes.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"{told} ({default})")
    parser.add_argument("--threads", type=int, default=2, help="threads of linear algebra, ours and the peers' (2)")
    parser.add_argument("--no-peer", action="store_true", help="ours alone, to measure memory")
    parser.add_argument("--no-slopes", action="store_true", help="do not measure how time grows")
    read = parser.parse_args()
    threadpool_limits(read.threads)
    keep_freed_memory()  # as in every job of the workflow; the peers have it too
    return read


def peer_parts(sizes: argparse.Namespace) -> list[int]:
    """The two numbers of targets a peer is measured at; `extrapolate` draws the line through both."""
    most = min(sizes.peer_targets, sizes.targets)
    return [most // 4, most]


def timed(call: Callable) -> tuple[np.ndarray, object]:
    """Seconds a call takes, by the clock and of processor time, and its result.

    On a busy machine processor time tells more, with --threads 1: threads that wait for one another count as busy.
    """
    clock, processor = time.perf_counter(), time.process_time()
    result = call()
    return np.array([time.perf_counter() - clock, time.process_time() - processor]), result


def medians(calls: Mapping[str, Callable], repeats: int) -> dict[str, np.ndarray]:
    """Median seconds of each call; they take turns, so that a slow minute of the machine is everybody's."""
    taken = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            taken[name].append(timed(call)[0])
    for name, seconds in taken.items():
        print(f"{name}:", "; ".join(map(in_words, seconds)), flush=True)
    return {name: np.median(seconds, axis=0) for name, seconds in taken.items()}


def in_words(seconds: np.ndarray) -> str:
    return f"{seconds[0]:.2f} s ({seconds[1]:.2f} s of processor)"


def extrapolate(sizes: Sequence[int], seconds: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Seconds at `size`, on the line through two measured sizes: what does not grow with them is counted once."""
    per_one = np.maximum(seconds[1] - seconds[0], 0) / (sizes[1] - sizes[0])
    return seconds[1] + per_one * (size - sizes[1])


def ratios(ours: np.ndarray, peers: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """Each peer's seconds over ours: by the clock, and of processor time."""
    return [{name: round(float(seconds[i] / ours[i]), 1) for name, seconds in peers.items()} for i in (0, 1)]


def slope(sizes: Sequence[int], call: Callable[[int], object]) -> float:
    """Slope of log(seconds) on log(size): 1 is linear. The least processor time of two runs of each."""
    seconds = [min(timed(lambda size=size: call(size))[0][1] for _ in range(2)) for size in sizes]
    return round(float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0]), 2)


def peak_rss_mb() -> int:
    """Most memory this process has held so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def report(ratio: list[Mapping], agreement: Mapping, peak: int, sizes: argparse.Namespace, **more: object) -> None:
    """Print the last line, one JSON object."""
    result = {"ratio": ratio[0], "agreement": agreement, "peak_rss_mb": peak, "ratio_of_processor_time": ratio[1]}
    print(json.dumps({**result, **more, "sizes": vars(sizes)}, default=lambda value: np.round(value, 9).tolist()))


def simulate_responses(X: np.ndarray, n_targets: int, seed: int = 0) -> np.ndarray:
    """Responses to a design, (n_trs, n_targets) float32: half the targets noise alone, half with a signal.

    The signal's standard deviation is .05 to .8 of the noise's; the noise is autocorrelated.
    """
    rng = np.random.default_rng(seed)
    X = ((X - X.mean(axis=0)) / X.std(axis=0) / np.sqrt(X.shape[1])).astype(np.float32)
    Y = np.empty((len(X), n_targets), np.float32)
    for start in range(0, n_targets, 2048):
        block = Y[:, start : start + 2048]
        strength = np.where(np.arange(block.shape[1]) % 2, 0, rng.uniform(0.05, 0.8, block.shape[1]))
        noise = rng.standard_normal(block.shape, np.float32) * np.float32(np.sqrt(1 - AUTOCORRELATION**2))
        block[:] = lfilter([1], [1, -AUTOCORRELATION], noise, axis=0)
        block += X @ (rng.standard_normal((X.shape[1], block.shape[1])) * strength).astype(np.float32)
    return Y
