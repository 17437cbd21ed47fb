"""Syntactic and semantic windows in a config: their baselines, defaults and limits."""

import pytest

from brainforecast.cells import grids
from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config
from helpers.datasets import REPOSITORY, assert_bad_input

SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
COMPONENTS = {"models": ["gpt2"], "layers": [8], "sources": ["syntactic", "semantic"], "widths": 7, "distances": [1, 2]}


def test_the_baseline_is_a_setting():
    """paper: the present is the baseline of both; component: each component has its own."""
    assert {(g.source, g.width) for g in grids({"syntax": COMPONENTS})} == {
        ("present", 0), ("syntactic", 7), ("semantic", 7)}  # fmt: skip
    more = {**COMPONENTS, "sources": ["syntactic", "semantic", "true"]}
    assert {(g.source, g.width) for g in grids({"syntax": more}, "component")} == {
        ("present", 0), ("syntactic", 0), ("semantic", 0), ("syntactic", 7), ("semantic", 7), ("true", 7)}  # fmt: skip


def config(**syntactic):
    """A small config with syntactic and semantic windows."""
    return {
        "dataset": {"name": "one", "root": "data", "response": "region", "desc": "hubs"},
        "models": {"gpt2": {"source": "gpt2"}, "glove": {"source": "vectors.npy"}},
        "analyses": {"syntax": COMPONENTS, "all": {**COMPONENTS, "sources": ["true"], "distances": [0, 8]}},
        "sources": {"syntactic": syntactic},
        "maps": {"model": "gpt2", "layer": 8},
    }


def test_defaults_are_the_papers():
    """Ten futures, threshold .8, function words too, base `paper`."""
    found = check_config(config(), SCHEMA)["sources"]["syntactic"]
    wanted = {"n_futures": 10, "threshold": 0.8, "function_words": True, "base": "paper", "too_few": "best"}
    assert found | wanted == found


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"horizon": 1}, "analyses.syntax.distances"),
        ({"n_candidates": 3}, "sources.syntactic.n_candidates"),
        ({"base": "both"}, "sources.syntactic.base"),
        ({"corpus": []}, "sources.syntactic.corpus"),
    ],
)
def test_impossible_settings_are_refused(changes, where):
    """One line names the key."""
    with pytest.raises(BadInput) as error:
        check_config(config(**changes), SCHEMA)
    assert_bad_input(error, f"config key {where}")


def test_word_vectors_have_no_components():
    """Static word vectors do not depend on the sentence."""
    changed = config()
    changed["analyses"]["syntax"] = {**COMPONENTS, "models": ["glove"], "layers": [0]}
    with pytest.raises(BadInput) as error:
        check_config(changed, SCHEMA)
    assert_bad_input(error, "analyses.syntax", "syntactic", "word vectors")
