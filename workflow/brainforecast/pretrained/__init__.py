"""Pretrained models: their files on disk and on the hub, tokenizers that fit, and the part of each that reads.

Imports `dataset` and below. `hub` and `checkpoint_files` load no tensor library: fetching a model never loads it.
"""
