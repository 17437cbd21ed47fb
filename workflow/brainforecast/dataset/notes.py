"""Notes of a plan: what of a dataset is present but not used, or is assumed, counted so that each kind is one line."""

from collections import Counter, defaultdict
from collections.abc import Iterable

SHOWN = 6  # counted things in a line


class Notes:
    """Notes in the order in which their kinds came up.

    A line stands for itself. Of a kind that is counted, what is counted takes the place of ``{}`` in its sentence:
    "rows of events.tsv that are not used: music (75), silence (2)".
    """

    def __init__(self, lines: Iterable[str] = ()):
        self._kinds: dict[str, Counter | None] = defaultdict(Counter)
        self.extend(lines)

    def extend(self, lines: Iterable[str]) -> None:
        """Add lines that stand for themselves, each once."""
        for line in lines:
            self._kinds[line] = None

    def count(self, sentence: str, what: str, n: int = 1) -> None:
        """Count something of a kind."""
        self._kinds[sentence][what] += n

    def sentences(self) -> tuple[str, ...]:
        """The notes, one sentence each."""
        return tuple(
            sentence if counts is None else sentence.format(listed(counts)) for sentence, counts in self._kinds.items()
        )


def listed(counts: Counter) -> str:
    """What was counted, the most frequent first, with its number."""
    shown = [f"{what} ({n})" for what, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    more = [f"{len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    return ", ".join([*shown[:SHOWN], *more])
