"""Scores do not depend on the number of threads, nor on which kernels of BLAS a processor has, beyond rounding."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from helpers.datasets import REPOSITORY

ROUNDING = 2e-6  # of a correlation, in float32; a kernel adds in another order
OTHERS = {"one thread": (1, {}), "another kernel": (2, {"OPENBLAS_CORETYPE": "Haswell"})}


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """A function that scores a small study in a new process, with these threads and variables."""

    def score(n_threads: int, variables: dict[str, str]) -> dict[str, np.ndarray]:
        path = tmp_path_factory.mktemp("scores") / "scores.npz"
        folders = os.pathsep.join(str(REPOSITORY / name) for name in ("workflow", "tests"))
        command = [sys.executable, "-m", "helpers.same_scores", str(path), str(n_threads)]
        subprocess.run(command, env={**os.environ, "PYTHONPATH": folders, **variables}, check=True)
        return dict(np.load(Path(path)))

    return score


@pytest.fixture(scope="module")
def usual(scores):
    return scores(2, {})


@pytest.mark.parametrize("other", OTHERS)
def test_scores_are_the_same_but_for_rounding(scores, usual, other):
    """Every penalty is the same; components and scores differ by rounding at most."""
    found = scores(*OTHERS[other])
    np.testing.assert_array_equal(found["alphas"], usual["alphas"])
    np.testing.assert_allclose(found["scores"], usual["scores"], rtol=0, atol=ROUNDING)
    largest = np.abs(usual["components"]).max()
    np.testing.assert_allclose(found["components"], usual["components"], rtol=0, atol=ROUNDING * largest)
