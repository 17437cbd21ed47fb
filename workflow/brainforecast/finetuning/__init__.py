"""A language model fine-tuned to forecast: its corpus, objective, training, snapshots and probes.

Imports `language`, `storage` and what is below them.
"""
