"""Whatever bytes a file has, a reader gives a right value or one BadInput: no traceback, no hang, bounded memory."""

import pytest

from fuzz.readers import READERS
from helpers.fuzzing import Process, Reader, fuzz


@pytest.fixture
def process():
    """Make a process that reads; it is ended after the test."""
    started = []

    def start(reader: Reader) -> Process:
        started.append(Process(reader))
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one.folder.cleanup()


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_valid_files_are_read(reader, process):
    """The seeds are valid: each gives a value, so what is tried is near to what labs have."""
    opened = process(reader)
    assert [opened.read(content) for content in reader.valid] == ["value"] * len(reader.valid)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_broken_files_give_a_value_or_one_line(reader):
    """Random changes of valid files."""
    fuzz(reader, reader.n_in_suite, seed=2023)  # `run.py` tries thousands


FOUND = [(reader, name) for reader in READERS for name in reader.found]


@pytest.mark.parametrize(("reader", "name"), FOUND, ids=[f"{reader.name}: {name}" for reader, name in FOUND])
def test_what_was_once_read_wrongly(reader, name, process):
    """Files found by random changes, which once ended in a traceback, a hang or a wrong value."""
    assert process(reader).read(reader.found[name]) in ("value", "BadInput")
