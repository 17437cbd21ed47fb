"""Progress in the log of a job: how much is done, and about how long the rest takes."""

import logging

import pytest

from brainforecast import progress
from brainforecast.progress import Progress, duration, log_progress, watch_bytes


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until a test moves it: its time is ``clock[0]``, s."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def lines(caplog):
    """A function that gives the lines so far."""
    caplog.set_level(logging.INFO, logger="brainforecast")
    return lambda: [record.message for record in caplog.records]


def test_the_time_left_is_that_of_the_rest_at_the_rate_so_far(clock, lines):
    """After 1 of 4 in 30 s, 90 s; the items come through as they are."""
    found = []
    for item in log_progress("abcd", 4, "run"):
        found.append(item)
        clock[0] += 30
    assert found == ["a", "b", "c", "d"]
    assert lines() == [
        "run 1 of 4 (25 %), about 90 s left",
        "run 2 of 4 (50 %), about 60 s left",
        "run 3 of 4 (75 %), about 30 s left",
        "run 4 of 4 (100 %), about 0 s left",
    ]


def test_a_long_job_has_a_line_every_twentieth(clock, lines):
    """However many items it has: the first, then one for each 5 %."""
    for _ in log_progress(range(1000), 1000, "window"):
        clock[0] += 1
    assert 20 <= len(lines()) <= 22
    assert "1000 of 1000 (100 %)" in lines()[-1]


def test_a_short_job_has_few_lines(clock, lines):
    """The first and the last: lines are never less than two seconds apart, save the last."""
    for _ in log_progress(range(1000), 1000, "window"):
        clock[0] += 0.001
    assert [line.split(" (")[0] for line in lines()] == ["window 1 of 1000", "window 1000 of 1000"]


def test_a_very_long_job_has_a_line_a_minute(clock, lines):
    """Where a twentieth takes hours."""
    counted = Progress(10**6, "fit")
    for _ in range(10):
        clock[0] += 61
        counted.add(1)
    assert len(lines()) == 10
    assert lines()[:2] == ["fit 1 of 1000000 (0 %)", "fit 2 of 1000000 (0 %), about 16944.4 h left"]


def test_what_comes_first_does_not_count_for_the_rest(clock, lines):
    """It loads a model: ten minutes, where each of the others takes a second."""
    counted = Progress(100, "sentence")
    for seconds in (600, 5):
        clock[0] += seconds
        counted.add(1 if seconds == 600 else 5)
    assert lines() == ["sentence 1 of 100 (1 %)", "sentence 6 of 100 (6 %), about 94 s left"]


def test_items_count_by_their_size(clock, lines):
    for _ in log_progress([[1, 2, 3], [4]], 4, "chunk", size=len):
        clock[0] += 3
    assert [line.split(",")[0] for line in lines()] == ["chunk 3 of 4 (75 %)", "chunk 4 of 4 (100 %)"]


def test_of_an_unknown_number_the_time_so_far_is_logged(clock, lines):
    for _ in log_progress(range(3), None, "block"):
        clock[0] += 100
    assert lines() == ["block 1, after 2 min", "block 2, after 3 min", "block 3, after 5 min"]


def test_nothing_done_is_no_line(clock, lines):
    Progress(4, "fit").add(0)
    assert lines() == []


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (99.4, "99 s"), (100, "2 min"), (12_600, "3.5 h")])
def test_times_are_in_words(seconds, text):
    assert duration(seconds) == text


def test_what_another_program_writes_is_counted(monkeypatch, lines):
    """MB since the start, of those that were still to come; what was there before does not count."""
    monkeypatch.setattr(progress, "SECONDS_PER_LOOK", 0.001)
    sizes, seen = iter([10_000_000, 12_000_000, 14_000_000]), progress.threading.Event()

    def count() -> int:
        size = next(sizes, None)
        if size is None:
            seen.set()
        return size or 14_000_000

    with watch_bytes(count, 14_000_000):
        assert seen.wait(60)
    assert [line.split(",")[0] for line in lines()] == ["MB 2 of 4 (50 %)", "MB 4 of 4 (100 %)"]
