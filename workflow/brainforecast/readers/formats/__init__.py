"""Readers of the formats of responses, a module each, found by its name; they may use all of readers and below.

A module has two functions: `read_run` reads one run, (n_volumes, n_targets) float32, and `describe` makes the table of
targets (readers.target_files) and their geometry (storage.geometry).
"""

from brainforecast.readers.formats import dtseries, matrix, ptseries, region, surface, volume

FORMAT_MODULES = {module.__name__.rpartition(".")[2]: module for module in (
    surface, region, dtseries, ptseries, volume, matrix,
)}  # fmt: skip
