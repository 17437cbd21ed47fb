"""The autocorrelation of the region series of a study, from which the gap of strict folds is measured."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from brainforecast.results.frames import cast
from brainforecast.statistics.autocorrelation import autocorrelation

LONGEST = 60.0  # s, the largest lag: drift beyond it is for filters, not for gaps


def autocorrelation_rows(subjects: Iterable[tuple[np.ndarray, Sequence[int]]], tr: float) -> pd.DataFrame:
    """Mean over subjects of the mean over regions and runs, for each lag; one subject at a time.

    Parameters
    ----------
    subjects : region series (n_trs_total, n_regions) and volumes of each run; tr : s.

    Returns
    -------
    lag, autocorrelation, n_subjects.
    """
    n_lags = math.ceil(LONGEST / tr)
    sums, counts = np.zeros(n_lags + 1), np.zeros(n_lags + 1, int)
    for series, n_trs in subjects:
        found = autocorrelation(series, n_trs, n_lags)
        sums += np.nan_to_num(found)
        counts += np.isfinite(found)
    means = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return cast(pd.DataFrame({"lag": np.arange(n_lags + 1), "autocorrelation": means, "n_subjects": counts}))
