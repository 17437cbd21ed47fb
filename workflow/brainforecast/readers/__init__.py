"""From the files of a dataset to arrays and tables: words, responses, surfaces, atlases.

Imports `writing.orthography`, `storage`, `dataset` and what is below them.
"""
