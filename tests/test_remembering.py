"""What Snakemake is answered from memory is what it would have been told."""

import inspect
from functools import partial

import pytest
import smart_open

from brainforecast.remembering import remember, remembering_signature


class Holder:
    def method(self, wildcards, *, attempt=1):
        return wildcards, attempt


def function(wildcards, input, threads=2, **more):
    return wildcards, input, threads, more


@pytest.mark.parametrize(
    "called", [function, lambda wildcards: wildcards, Holder().method, Holder, partial(function, threads=3), len]
)
def test_signatures_are_the_same(called):
    """The first time and from memory."""
    remembered = remembering_signature(inspect.signature)
    for _ in range(2):
        assert remembered(called) == inspect.signature(called)


def test_functions_of_the_same_code_are_told_apart():
    """Memory goes by function, not by name or code."""
    remembered = remembering_signature(inspect.signature)
    given = [eval(f"lambda wildcards, n={n}: n") for n in (1, 2)]
    assert [remembered(one).parameters["n"].default for one in given] == [1, 2]


def test_each_function_is_looked_at_once():
    """As often as it is asked for, and a method for whatever object it is bound to."""
    asked = []
    remembered = remembering_signature(lambda called: asked.append(called) or inspect.signature(called))
    for _ in range(5):
        remembered(function)
        remembered(Holder().method)
    assert len(asked) == 2


def test_addresses_and_signatures_stay_what_they_are(monkeypatch):
    """Asked for a second time it changes nothing more."""
    plain = inspect.signature, smart_open.parse_uri
    monkeypatch.setattr(inspect, "signature", plain[0])
    monkeypatch.setattr(smart_open, "parse_uri", plain[1])
    remember()
    once = inspect.signature, smart_open.parse_uri
    remember()
    assert (inspect.signature, smart_open.parse_uri) == once != plain
    for address in ("workflow/scripts/score_cells.py", "file:///a/b.py", "https://example.org/c.py"):
        assert tuple(smart_open.parse_uri(address)) == tuple(plain[1](address))
