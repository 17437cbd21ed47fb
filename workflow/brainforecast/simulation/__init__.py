"""Simulate subjects who listen to stories: speech, a cortex with planted windows, and its runs.

Imports `writing.orthography`, `storage`, `encoding` and what is below them.
"""
