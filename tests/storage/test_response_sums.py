"""The file of the summed responses to a story."""

import numpy as np
import pytest

from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.storage.response_sums import read_sums, write_sums


@pytest.mark.parametrize("missing", [False, True], ids=["the same subjects everywhere", "a target of fewer subjects"])
def test_what_is_written_is_read(tmp_path, missing):
    rng = np.random.default_rng(0)
    sums = ResponseSums.zeros(5, 40)
    for n_targets in (40, 39 if missing else 40):
        sums.add(rng.standard_normal((5, n_targets)).astype(np.float32), np.arange(n_targets))
    path = tmp_path / "new/fable.safetensors"
    write_sums(sums, path)
    read = read_sums(path)
    np.testing.assert_array_equal(read.total, sums.total)
    np.testing.assert_array_equal(read.count, sums.count)
    read.add(np.ones((5, 40), np.float32), np.arange(40), sign=-1)  # a subject is taken off what was read
    # eight bytes a volume and target, and a count a volume where all targets have the same
    assert (path.stat().st_size < 5 * 40 * 9) is not missing
