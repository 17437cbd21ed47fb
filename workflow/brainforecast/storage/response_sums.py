"""The file of the summed responses to one story over subjects, from which the mean of all others is computed.

Where every target has the same subjects, the count is stored once a volume.
"""

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.files import atomic


def write_sums(sums: ResponseSums, path: str | Path) -> None:
    """Write the sums and counts of one story as safetensors."""
    same = (sums.count == sums.count[:, :1]).all()
    count = np.ascontiguousarray(sums.count[:, :1]) if same else sums.count
    with atomic(path) as temporary:
        save_file({"total": sums.total, "count": count}, temporary)


def read_sums(path: str | Path) -> ResponseSums:
    """Read what `write_sums` wrote."""
    with safe_open(path, framework="numpy") as file:
        total, count = file.get_tensor("total"), file.get_tensor("count")
        return ResponseSums(total, np.broadcast_to(count, total.shape).copy())
