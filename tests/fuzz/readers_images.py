"""Readers of images."""

from helpers.fuzzing import Reader

IMAGES: list[Reader] = []
