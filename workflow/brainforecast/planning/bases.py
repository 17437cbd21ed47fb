"""What each base (`cells.Grid.base`) has beside the window, the delays of both, and the grid of ridge penalties."""

import math
from collections.abc import Mapping

from brainforecast.cells import PAPER, VERDICT

MEMORY = 12.0  # s that a response lasts: with shorter delays past windows win, because they carry its end


def delays_of(base: str, encoding: Mapping, tr: float) -> list[int]:
    """Delays of the finite impulse response, TRs: the configured ones; for VERDICT, all up to MEMORY s.

    Parameters
    ----------
    encoding : config section; tr : repetition time, s.
    """
    delays = list(encoding["delays"])
    if base != VERDICT:
        return delays
    first = min(delays)
    last = math.floor(MEMORY / tr + 1e-9)  # 12 s are 8 TRs of 1.5 s however the division rounds
    return list(range(first, max(first, last) + 1))


def lexical_of(base: str, encoding: Mapping) -> list[str]:
    """Columns of a base that know no language model, by name (`encoding.lexical.COLUMNS`)."""
    return [] if base == PAPER else list(encoding["lexical"])


def n_columns(base: str, encoding: Mapping) -> int:
    """Columns of a base before the delays."""
    return encoding["n_components"] * (2 if base == VERDICT else 1) + len(lexical_of(base, encoding))


def powers_of_ten(first: float, last: float, n: int) -> list[float]:
    """n powers of ten from 10**first to 10**last: the grid of ridge penalties."""
    return [10 ** (first + (last - first) * step / max(n - 1, 1)) for step in range(n)]
