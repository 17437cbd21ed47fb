"""Notes on what a config leaves open."""

import pytest

from brainforecast.dataset.plan import Plan, Run
from brainforecast.planning.notes import unit_notes


def planned(n_runs: int) -> Plan:
    """Two subjects with this number of runs each."""
    runs = {subject: tuple(Run(subject, f"story{i}", None, (), 0, 50) for i in range(n_runs)) for subject in "12"}
    return Plan(runs, {}, 2.0)


@pytest.mark.parametrize(
    ("response", "standardize", "simulation", "n_runs", "noted"),
    [
        ("surface", None, None, 2, True),
        ("volume", None, None, 3, True),
        ("volume", None, None, 1, False),
        ("dtseries", "zscore_sample", None, 2, False),
        ("region", None, None, 2, False),
        ("surface", None, {"model": "tiny"}, 2, False),
    ],
)
def test_runs_in_units_of_their_own_are_noted(response, standardize, simulation, n_runs, noted):
    """Several runs of an image that are left in their units are a note; one run, tables and simulations are not."""
    config = {"dataset": {"response": response, "standardize": standardize}, "simulation": simulation}
    notes = unit_notes(config, planned(n_runs))
    assert bool(notes) == noted
    assert all("the runs of 2 subjects" in note and "dataset.standardize" in note for note in notes)
