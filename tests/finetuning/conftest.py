"""A corpus whose tokens can be forecast, for all tests of fine-tuning."""

import numpy as np
import pytest
from datasets import Dataset


@pytest.fixture(scope="session")
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
