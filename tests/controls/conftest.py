"""A study small enough to score by hand: two stories, listeners of different sets of them."""

from collections.abc import Callable

import numpy as np
import pytest

from brainforecast.controls.scoring import ControlCell
from brainforecast.encoding.common_shift import common_rows
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.scoring import Encoding

ENCODING = Encoding((0, 1, 2), (0.1, 10.0, 1000.0))


@pytest.fixture
def new_design() -> Callable[..., tuple[Design, np.ndarray]]:
    """A function that makes random components of the present and of two windows, for runs of these lengths."""

    def make(n_trs: list[int], n_folds: int = 3) -> tuple[Design, np.ndarray]:
        rng = np.random.default_rng(sum(n_trs))
        folds = make_folds(n_trs, FoldSettings("paper", n_folds, 0))
        shape = (3, n_folds, sum(n_trs), 4)
        present, *windows = rng.standard_normal(shape).astype(np.float32)
        return Design(present[None], [0], n_trs, folds), np.stack(windows)

    return make


@pytest.fixture
def new_cell(new_design) -> Callable[..., ControlCell]:
    """A function that makes the cell of some runs: story, volumes, volumes that all listeners have."""

    def make(runs: list[tuple[str, int, int]], n_folds: int = 3) -> ControlCell:
        present, windows = new_design([n for _, n, _ in runs], n_folds)
        return ControlCell.masked(present, windows, ENCODING, common_rows([(n, common) for _, n, common in runs]))

    return make
