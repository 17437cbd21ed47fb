"""Futures that share the grammar of the words to come, and what they say of syntax and semantics.

Imports `language`, `storage`, `encoding` and what is below them; spaCy is loaded here and nowhere else.
"""
