"""Tiny speech models in folders, each saved once for all tests that use it.

A pytest plugin: a test module lists it in ``pytest_plugins`` and uses its fixtures by name.
"""

import pytest

from helpers.speech_models import save_speech_model


@pytest.fixture(scope="session")
def speech_model(tmp_path_factory):
    """A function that saves one of `MODELS` the first time it is needed: name -> folder."""
    folders = {}

    def folder_of(name: str) -> str:
        if name not in folders:
            folders[name] = save_speech_model(name, tmp_path_factory.mktemp(name))
        return folders[name]

    return folder_of
