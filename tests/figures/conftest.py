"""Tables of a cortex and of region time series; once for all tests of figures, which do not change them."""

import numpy as np
import pytest

from helpers.drawn_figures import special_figures, study_figures
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


@pytest.fixture(scope="session")
def one_subject() -> dict:
    """Every analysis of one subject on a surface: no intervals, no tests."""
    tables = all_tables(surface_targets(40), n_subjects=1)
    empty = ("sem", "ci_low", "ci_high", "p_value", "q_value")
    return {
        name: table.assign(**{column: np.nan for column in empty if column in table}) for name, table in tables.items()
    }


@pytest.fixture(scope="session")
def all_figures(cortex_analyses, region_analyses, one_subject, tmp_path_factory) -> dict:
    """Every figure of a study on a surface, of one of region time series, and of one of a single subject, by name."""
    figures = {
        "cortex": study_figures(cortex_analyses, lobes=True) | special_figures(tmp_path_factory.mktemp("several")),
        "regions": study_figures(region_analyses, lobes=False),
        "one subject": study_figures(one_subject, lobes=True)
        | special_figures(tmp_path_factory.mktemp("one"), n_subjects=1),
    }
    return {f"{study}: {name}": figure for study, named in figures.items() for name, figure in named.items()}
