"""How long responses remember: their autocorrelation inside runs, and the lag at which it has faded."""

from collections.abc import Sequence

import numpy as np

FADED = 0.1  # an autocorrelation below this counts as none: a gap of that many volumes parts training from test rows


def autocorrelation(series: np.ndarray, n_trs: Sequence[int], n_lags: int) -> np.ndarray:
    """Mean over columns and runs of the correlation of a series with itself, k volumes later in the same run.

        r(k) = mean over t of z(t) z(t + k)        z is standardised over its run

    Parameters
    ----------
    series : (n_trs_total, n_columns); columns that are not finite are left out.
    n_trs : volumes of each run.
    n_lags : largest lag.

    Returns
    -------
    (n_lags + 1,) float64; NaN at lags beyond half of every run: too few pairs of volumes.
    """
    kept = series[:, np.isfinite(series).all(axis=0)].astype(np.float64)
    sums, counts = np.zeros(n_lags + 1), np.zeros(n_lags + 1)
    for run in np.split(kept, np.cumsum(n_trs)[:-1]):
        z = run - run.mean(axis=0)
        sd = z.std(axis=0)
        z = z[:, sd > 0] / sd[sd > 0]
        if z.shape[1]:
            for lag in range(min(n_lags, len(z) // 2) + 1):
                sums[lag] += (z[: len(z) - lag] * z[lag:]).mean()
                counts[lag] += 1
    return np.divide(sums, counts, out=np.full(n_lags + 1, np.nan), where=counts > 0)


def memory(autocorrelations: np.ndarray) -> int:
    """The first lag at which an autocorrelation, (n_lags + 1,), is below FADED; without any, the lag after the last."""
    known = autocorrelations[np.isfinite(autocorrelations)]
    faded = np.flatnonzero(known < FADED)
    return int(faded[0]) if len(faded) else len(known)
