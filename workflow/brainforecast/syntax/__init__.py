"""Futures with the grammar of the true words: the syntactic and the semantic part of activations.

Imports `language`, `storage`, `encoding` and what is below them. The only package that loads spaCy; of its modules only
`diagnostics` loads scikit-learn.
"""
