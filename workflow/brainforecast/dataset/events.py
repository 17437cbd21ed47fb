"""Events of a run: at what time the story starts in it, and what else its ``events.tsv`` lists."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.bids import MISSING, parse_number, read_numbered_rows
from brainforecast.dataset.layout import Layout
from brainforecast.errors import BadInput

LATEST = 3600.0  # s; a later start of a story is in milliseconds
LONGEST = 86400.0  # s; no story lasts a day
UNNAMED = "without trial_type"


@dataclass(frozen=True)
class Event:
    """One row of a table of events that has the label: its file and row, its onset and duration as text."""

    where: str
    onset: str
    duration: str

    @property
    def seconds(self) -> float:
        """The onset, s after the run began; raise where it is none."""
        seconds = parse_number(self.onset)
        if seconds is None:
            raise BadInput(self.where, f"onset {self.onset or 'nothing'}", "seconds from the start of the run")
        if abs(seconds) > LATEST:
            expected = f"seconds from the start of the run: {seconds / 1000:g}, if these are milliseconds"
            raise BadInput(self.where, f"onset {self.onset}", expected)
        return seconds

    @property
    def end(self) -> float | None:
        """When it ends, s; None without a duration; raise where the duration is none."""
        duration = None if self.duration in MISSING else parse_number(self.duration)
        if duration is None and self.duration not in MISSING:
            raise BadInput(self.where, f"duration {self.duration}", "seconds, or n/a")
        if duration is not None and not 0 <= duration <= LONGEST:
            raise BadInput(self.where, f"duration {self.duration}", f"seconds, from 0 to {LONGEST:g}")
        return None if duration is None else self.seconds + duration


@dataclass(frozen=True)
class Events:
    """The events of a run, by the nearest table that has a row of the label, else by the nearest one.

    Parameters
    ----------
    path : the table.
    rows : those of the label.
    others : number of rows of each other label, `UNNAMED` for those without one.
    has_labels : whether the table has a column trial_type.
    """

    path: Path
    rows: tuple[Event, ...]
    others: Counter
    has_labels: bool = True

    @property
    def start(self) -> Event | None:
        """The row at which the story starts: the earliest one, of those that last if any does."""
        lasting = [row for row in self.rows if row.end is None or row.end > row.seconds]
        return min(lasting or self.rows, key=lambda row: row.seconds, default=None)

    @property
    def other_labels(self) -> list[str]:
        """Labels of the other rows, without missing ones."""
        return [label for label in self.others if label != UNNAMED]


def read_events(path_to_run: Path, layout: Layout, label: str) -> Events | None:
    """Read the events of a run; None where it has no table of events.

    Parameters
    ----------
    label : trial_type of the row at which the story starts.
    """
    nearest_table = None
    for path in layout.events_of(path_to_run):
        events = read_table(path, label)
        if events.rows:
            return events
        nearest_table = nearest_table or events
    return nearest_table


def read_table(path: Path, label: str) -> Events:
    """Read one table of events."""
    rows, others, has_labels = [], Counter(), True
    for number, row in read_numbered_rows(path, ["onset"]):
        has_labels = "trial_type" in row
        if row.get("trial_type") == label:
            rows.append(Event(f"{path} row {number}", row["onset"], row.get("duration", "")))
        else:
            others[UNNAMED if row.get("trial_type", "") in MISSING else row["trial_type"]] += 1
    return Events(path, tuple(rows), others, has_labels)


def read_story_end(path_to_run: Path, layout: Layout, label: str = "story") -> float | None:
    """Read when speech ends, in s from the start of the run: its last event of the label; None without events."""
    events = read_events(path_to_run, layout, label)
    return max((row.end for row in events.rows if row.end is not None), default=None) if events else None
