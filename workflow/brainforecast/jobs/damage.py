"""Which input of a job is damaged, once the job has failed: files that jobs wrote, by their heads and their ends."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from brainforecast.dataset.array_headers import safetensors_headers
from brainforecast.dataset.parquet_footer import parquet_shape
from brainforecast.errors import BadInput, first_line

EXPECTED = "the whole file, as its job wrote it: delete it, and the next run makes it again"


def find_damaged(paths: Iterable[str | Path]) -> BadInput | None:
    """The first file that is truncated or damaged, as the line that reports it; None where all can be read.

    A file is complete or absent when a job ends: a disk that is full or fails, or a hand, damages it later.
    """
    for path in map(Path, paths):
        read = READERS.get(path.suffix)
        try:
            if read and path.is_file():
                read(path)
        except (OSError, ValueError, RecursionError) as error:  # pyarrow raises kinds of these
            return BadInput(path, f"a damaged file ({first_line(error)})", EXPECTED)
    return None


def _read_parquet(path: Path) -> None:
    """Read all columns, some rows at a time."""
    import pyarrow.parquet as pq

    parquet_shape(path)
    with pq.ParquetFile(path) as file:
        for _ in file.iter_batches():
            pass


READERS: dict[str, Callable[[Path], object]] = {
    ".safetensors": safetensors_headers,
    ".parquet": _read_parquet,
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8")),
}
