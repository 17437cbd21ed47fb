"""Names of rules, as a module changes them."""

import pytest

from brainforecast.jobs.workflow_rules import affixes


@pytest.mark.parametrize("pattern", ["{}", "study_{}", "{}_small", "all_{}", "{}_of_all", "small_{}_wall"])
def test_what_a_module_adds_to_names_is_found(pattern):
    """From its `all` and the names of its rules, also where the added text has an `all` in it."""
    names = {pattern.format(rule) for rule in ("all", "score_cells", "cost")}
    assert pattern.format("x") == "x".join(affixes(pattern.format("all"), names))
