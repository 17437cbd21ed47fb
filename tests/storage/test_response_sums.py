"""The file of summed responses."""

import numpy as np

from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.storage.response_sums import read_sums, write_sums


def test_sums_are_read_back(tmp_path):
    """Bit for bit."""
    rng = np.random.default_rng(0)
    sums = ResponseSums(rng.standard_normal((7, 3)), rng.integers(0, 4, (7, 3)).astype(np.int16))
    write_sums(sums, tmp_path / "new/fable.safetensors")
    read = read_sums(tmp_path / "new/fable.safetensors")
    for name in ("total", "count"):
        np.testing.assert_array_equal(getattr(read, name), getattr(sums, name))
        assert getattr(read, name).dtype == getattr(sums, name).dtype
