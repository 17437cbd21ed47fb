"""Designs and scores of a small simulated study, written to a file: run as a program, on so many threads.

python -m helpers.same_scores scores.npz 2
"""

import sys

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from brainforecast.encoding.designs import WindowSettings
from brainforecast.encoding.scoring import Encoding, score_windows
from helpers.simulated_encoding import ALPHAS, build_design, delayed_noise, make_stories, volumes

N_TARGETS, DISTANCES = 2000, (-2, 0, 4, 8)


def main(path: str, n_threads: int) -> None:
    """Write components of the designs, scores and penalties, and the kernels of BLAS that were used."""
    with threadpool_limits(limits=n_threads):
        stories = make_stories(np.random.default_rng(0), n_features=64)
        present = build_design(stories, WindowSettings("present", 1, (0,), 10))
        window = build_design(stories, WindowSettings("true", 5, DISTANCES, 10))
        responses = simulate(stories)
        alone, alphas = score_windows(responses, present, None, ENCODING)
        ahead, more = score_windows(responses, present, window.components, ENCODING)
    found = {"components": window.components, "scores": np.vstack([alone, ahead]), "alphas": np.vstack([alphas, more])}
    np.savez(path, **found, kernels=sorted({library.get("architecture", "") for library in threadpool_info()}))


ENCODING = Encoding(tuple(range(4)), tuple(ALPHAS))


def simulate(stories: list) -> np.ndarray:
    """Responses to smooth columns, some of them to noise alone, (n_trs_total, N_TARGETS) float32."""
    rng, n = np.random.default_rng(1), sum(volumes(stories))
    signal = delayed_noise(rng, n, 12) @ rng.standard_normal((12, N_TARGETS))
    return (signal * rng.uniform(0, 0.3, N_TARGETS) + rng.standard_normal((n, N_TARGETS))).astype(np.float32)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
