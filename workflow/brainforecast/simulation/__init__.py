"""Simulated listeners: speech, a cortex with planted windows, and the runs they are written to.

Imports `results`, `readers`, `storage` and what is below them.
"""
