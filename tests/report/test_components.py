"""The report's table of checks of the syntactic and semantic components."""

import numpy as np
import pandas as pd

from brainforecast.report.components import check_table
from brainforecast.syntax.diagnostics import check_convergence, check_futures


def test_every_check_has_a_row():
    """Each check has its own text, its value and what it is taken over."""
    changes = {"change": [np.nan, 0.5], "reliability": [0.4, 0.6], "n": 90}
    counts = {"n_words": [4], "n_drawn": [3], "n_matched": [4], "n_drawn_matched": [3]}
    future = {"story": [0], "word": [0], "future": [0], "tree_agreement": [1.0], "passed": [True]}
    rows = [
        *check_convergence([pd.DataFrame({"layer": 8, "n_futures": [1, 2], **changes})]),
        *check_futures(pd.DataFrame(future | counts), pd.DataFrame({"origin": ["own"]})),
    ]
    table = check_table(pd.DataFrame(rows))
    assert len(table.rows) == len({row[0] for row in table.rows}) == len(rows)
    assert not any("{" in row[0] for row in table.rows)
    assert check_table(pd.DataFrame(columns=["check"])) is None
