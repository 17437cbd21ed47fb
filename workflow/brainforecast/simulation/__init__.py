"""Simulate subjects who listen to stories: speech, a cortex with planted windows, and its runs.

Imports `language.orthography`, `storage`, `encoding` and what is below them.
"""
