"""The files a run writes and reads back, one module per kind of file; no torch, no image library.

Imports `encoding`, `dataset` and what is below them.
"""
