"""Readers of texts: alignments, tables, sidecars, the config."""

from brainforecast.dataset.alignments import read_alignment
from brainforecast.dataset.bids import read_json
from helpers.fuzzing import Reader

TEXTS: list[Reader] = [
    Reader(
        "sidecar",
        "_bold.json",
        read_json,
        lambda: [b'{"RepetitionTime": 1.5, "TaskName": "story", "SliceTiming": [0, 0.5, 1.0]}\n'],
    ),
    Reader(
        "words table",
        ".tsv",
        read_alignment,
        lambda: [b"onset\tduration\tword\n0.1\t0.2\tThe\n0.4\t0.3\tcat\n0.9\t0.4\tsat.\n"],
    ),
]
