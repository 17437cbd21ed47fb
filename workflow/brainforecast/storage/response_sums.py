"""The file of the summed responses to one story over subjects, from which the mean of all others is computed."""

from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.files import atomic


def write_sums(sums: ResponseSums, path: str | Path) -> None:
    """Write the sums and counts of one story as safetensors."""
    with atomic(path) as temporary:
        save_file({"total": sums.total, "count": sums.count}, temporary)


def read_sums(path: str | Path) -> ResponseSums:
    """Read what `write_sums` wrote."""
    with safe_open(path, framework="numpy") as file:
        return ResponseSums(file.get_tensor("total"), file.get_tensor("count"))
