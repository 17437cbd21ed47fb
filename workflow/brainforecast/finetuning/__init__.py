"""Fine-tune a language model to forecast: corpus, objective, training, snapshots and their evaluation.

Imports `language`, `storage` and what is below them.
"""
