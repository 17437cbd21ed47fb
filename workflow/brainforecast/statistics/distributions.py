"""Tails and quantiles of the distributions that tests and intervals need.

By scipy.special: scipy.stats takes longer to load than most jobs on tables take to run.
"""

from functools import cache

import numpy as np
from scipy import special


def t_quantile(p: float, degrees: np.ndarray | float) -> np.ndarray | float:
    """Quantile p of Student's t with `degrees` degrees of freedom."""
    return special.stdtrit(degrees, p)


def normal_survival(z: np.ndarray) -> np.ndarray:
    """P(Z >= z) of a standard normal Z."""
    return special.ndtr(-z)


def binomial_survival(k: int, n: int, p: float) -> float:
    """P(K >= k) of a binomial K of n trials with probability p each."""
    return float(special.bdtrc(k - 1, n, p)) if k > 0 else 1.0


def signed_rank_cdf(n: int) -> np.ndarray:
    """P(W <= w), w = 0 ... n (n + 1) / 2, of the sum W of the ranks 1 ... n that have a minus sign, each with p .5."""
    return np.cumsum(_signed_rank_counts(n)) / 2.0**n


@cache
def _signed_rank_counts(n: int) -> np.ndarray:
    """How many of the 2^n choices of signs have each sum of ranks: exact up to 53 ranks."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1
    for rank in range(1, n + 1):
        counts[rank:] = counts[rank:] + counts[:-rank]
    return counts
