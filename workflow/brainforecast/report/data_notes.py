"""What happened to the data on the way from the files to the scores: chosen, passed over, left out, removed.

Each row is from a table or a file of the run; a row is there only where there is something to report.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from brainforecast.report.formatting import Table, number_range
from brainforecast.report.lookup import row_list
from brainforecast.report.run import Run

SHOWN = 12  # names or labels in a row
SOURCE = "provenance.json, exclusions.tsv, words/*.parquet, responses/*.safetensors"


def data_table(run: Run, notes: Iterable[str], about_words: Mapping[str, Mapping]) -> Table:
    """A row for each thing a reader has to know of the data.

    Parameters
    ----------
    notes : sentences of the plan; about_words : provenance of the table of words of each story.
    """
    runs = run.tables["exclusions"]
    counts = [["runs used", "yes"], ["runs, or subjects without any, that are not used", "no"]]
    counted = [[what, f"{(runs['used'] == used).sum():,}"] for what, used in counts]
    rows = [
        *(["note of the plan", note] for note in notes),
        *_unused_runs(run.tables["exclusions"]),
        *_labels(about_words),
        *_words_outside(run.stories),
        *_removed(run),
        *_volumes(run),
        *_targets(run),
        *(["note on the responses", note] for note in _response_notes(run)),
    ]
    return Table(
        "data",
        "Notes on the data",
        ["what", "found"],
        [*counted, *(rows or [["left out or changed", "nothing"]])],
        SOURCE,
    )


def _unused_runs(runs: pd.DataFrame) -> Iterator[list[str]]:
    """Runs, and subjects without any, that are not used: their number by reason."""
    unused = runs[runs["used"] == "no"].astype(object)
    unused = unused.where(unused.notna(), "")
    for reason, rows in unused.groupby("reason", sort=False):
        names = [" ".join(part for part in (f"sub-{row.subject}", row.story) if part) for row in row_list(rows)]
        yield [f"not used: {reason}", f"{len(rows)}: {_listed(names)}"]


def _labels(about_words: Mapping[str, Mapping]) -> Iterator[list[str]]:
    """What of the alignments is no word, or was completed."""
    counted = {"not_words": "labels of {} that are no words", "marks_left_out": "marks of {} that are left out"}
    numbers = {
        "n_without_word": "rows of {} without a word",
        "n_interpolated": "words of {} without times, interpolated",
        "n_only_in_transcript": "words of the transcript of {} that the alignment lacks",
    }
    for story, about in about_words.items():
        for key, what in counted.items():
            labels = about.get(key) or {}
            if labels:
                found = _listed([f"{label} ({n})" for label, n in Counter(labels).most_common()])
                yield [what.format(story), f"{sum(labels.values())}: {found}"]
        for key, what in numbers.items():
            if about.get(key):
                yield [what.format(story), str(about[key])]


def _words_outside(stories: pd.DataFrame) -> Iterator[list[str]]:
    for row in row_list(stories[stories["outside"].fillna(0) > 0]):
        yield [
            f"words of {row.story} outside its run",
            f"{int(row.outside)} of {int(row.n_words)} (the most of any run)",
        ]


def _removed(run: Run) -> Iterator[list[str]]:
    """Confounds regressed out of the runs, filters and scaling."""
    dataset = run.config["dataset"]
    by_run = [names for subject in run.subjects for names in subject.get("confounds", ())]
    if by_run:
        names = list(dict.fromkeys(name for of_run in by_run for name in of_run))
        counts = [len(of_run) for of_run in by_run]
        yield ["confounds removed from each run", f"{number_range(min(counts), max(counts))}: {_listed(names)}"]
    if dataset.get("high_pass"):
        yield ["high-pass filter of each run", f"{dataset['high_pass']:g} Hz"]
    if dataset.get("standardize"):
        yield ["scale of each target in each run", str(dataset["standardize"])]


def _volumes(run: Run) -> Iterator[list[str]]:
    """Volumes that are neither fitted on nor scored, and those with interpolated values."""
    total = sum(sum(subject["n_trs"]) for subject in run.subjects)
    censored = Counter()
    for of_run in (of_run for subject in run.subjects for of_run in subject.get("censored", ())):
        censored.update(of_run)
    if censored:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in censored.most_common())
        yield ["volumes neither fitted on nor scored", f"{sum(censored.values()):,} of {total:,} ({reasons})"]
    interpolated = sum(sum(subject.get("n_interpolated", ())) for subject in run.subjects)
    if interpolated:
        yield ["volumes interpolated between their neighbours", f"{interpolated:,} of {total:,}"]


def _targets(run: Run) -> Iterator[list[str]]:
    """Targets that some subject has not, fewest to most over subjects."""
    what = {"n_masked": "targets masked: a value is missing", "n_constant": "targets that never change: no score"}
    for key, text in what.items():
        counts = [subject[key] for subject in run.subjects]
        if any(counts):
            yield [text, f"{number_range(min(counts), max(counts))} of {len(run.tables['targets']):,} in a subject"]


def _response_notes(run: Run) -> list[str]:
    return list(dict.fromkeys(note for subject in run.subjects for note in subject.get("notes", ())))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
