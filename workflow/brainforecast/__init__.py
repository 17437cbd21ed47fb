"""How far ahead, and at which level, does a brain predict speech? One package for each part of the answer.

The packages and what each may import stand in `pyproject.toml` (import-linter); README has the map. `errors`, `files`,
`sources`, `cells` and `checkpoints` are the words that all of them share.
"""

__version__ = "0.1.0"  # also in pyproject.toml and CITATION.cff
