"""Simulate listeners: speech, a cortex with planted windows, and the runs it would give.

Imports `results`, `readers`, `storage` and what is below them.
"""
