"""Readers of models."""

from helpers.fuzzing import Reader

MODELS: list[Reader] = []
