"""Tables of a cortex and of region time series; once for all tests of figures, which do not change them."""

import pytest

from helpers.synthetic_analyses import all_tables
from helpers.synthetic_tables import region_targets, run_tables, surface_targets


@pytest.fixture(scope="session")
def cortex() -> dict:
    """A curve over distances on a surface."""
    return run_tables(surface_targets(40))


@pytest.fixture(scope="session")
def regions() -> dict:
    """A curve over distances of region time series, of nine subjects."""
    return run_tables(region_targets(12), n_subjects=9)


@pytest.fixture(scope="session")
def cortex_analyses() -> dict:
    """Every analysis on a surface."""
    return all_tables(surface_targets(40))


@pytest.fixture(scope="session")
def region_analyses() -> dict:
    """Every analysis of region time series."""
    return all_tables(region_targets(12))
