"""Lines in a job's log on how much is done, and about how long the rest will take."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

logger = logging.getLogger("brainforecast")

STEP = 0.05  # of all, between two lines
SOONEST, LATEST = 2.0, 60.0  # s between two lines: never sooner, and after the latest with the next item in any case
SECONDS_PER_LOOK = 5.0  # at how many bytes are there

Item = TypeVar("Item")


class Progress:
    """Counts what is done and logs it: the first time, then every `STEP` of all, and at the end.

    Each line has the number done, its share, and the time that the rest takes at the mean rate so far. What comes first
    often takes longer, by what it loads: it does not count for the rate of the others, and where it is a small part of
    all, its line has no time left. Several threads may use it.

    Parameters
    ----------
    total : number of items; None where it is not known: no share and no time left.
    what : an item, in the singular.
    """

    def __init__(self, total: int | None, what: str):
        self.total, self.what, self.done = total, what, 0
        self._started = self._last = time.monotonic()
        self._first, self._logged, self._lock = (0.0, 0), 0, threading.Lock()  # s and items of the first line

    def add(self, n: int = 1) -> None:
        """Count `n` more items as done."""
        with self._lock:
            first, self.done = self.done == 0, self.done + n
            now = time.monotonic()
            if n and (first or self.done == self.total or self._is_due(now - self._last)):
                self._last, self._logged = now, self.done
                self._log(now - self._started)
                self._first = (now - self._started, self.done) if first else self._first

    def _is_due(self, since: float) -> bool:
        enough = self.total is not None and self.done - self._logged >= STEP * self.total
        return since > LATEST or (enough and since > SOONEST)

    def _log(self, taken: float) -> None:
        if self.total is None:
            logger.info("%s %d, after %s", self.what, self.done, duration(taken))
            return
        seconds, n = self._first
        rate = (taken - seconds) / (self.done - n)
        is_early = n == 0 and self.done < STEP * self.total
        left = "" if is_early else f", about {duration(rate * (self.total - self.done))} left"
        percent = int(100 * self.done / self.total)
        logger.info("%s %d of %d (%d %%)%s", self.what, self.done, self.total, percent, left)


def log_progress(
    items: Iterable[Item], total: int | None, what: str, size: Callable[[Item], int] = lambda item: 1
) -> Iterator[Item]:
    """Iterate over items and log the progress.

    Parameters
    ----------
    total : sum of the sizes; None where it is not known.
    what, size : what is counted, in the singular, and how many of these an item is.
    """
    progress = Progress(total, what)
    for item in items:
        yield item
        progress.add(size(item))


@contextmanager
def watch_bytes(count: Callable[[], int], total: int | None) -> Iterator[None]:
    """Log the MB that have come while the block runs, as another program writes them.

    Parameters
    ----------
    count : gives the bytes that are there, those from before the block too; total : bytes at the end, None if unknown.
    """
    start, ended = count(), threading.Event()
    progress = Progress(None if total is None else max(1, (total - start) // 10**6), "MB")

    def watch() -> None:
        while not ended.wait(SECONDS_PER_LOOK):
            with suppress(OSError):  # a file that has just got its final name
                progress.add(max(0, (count() - start) // 10**6 - progress.done))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def duration(seconds: float) -> str:
    """A time in words: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"
