"""The files a run writes and reads back, one module per kind, free of torch and of readers of images.

Imports `encoding`, `dataset` and what is below them.
"""
