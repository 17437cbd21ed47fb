"""The runs of which volumes are censored or interpolated, a row each."""

from collections.abc import Mapping, Sequence

from brainforecast.report.formatting import Table

MOST_OPEN = 12  # rows that are shown unfolded


def censoring_table(subjects: Sequence[Mapping]) -> Table | None:
    """How many volumes of each run are neither fitted on nor scored, and why; None where all of all runs are.

    Parameters
    ----------
    subjects : from `storage.responses.read_subject_summary`.
    """
    rows = [row for subject in subjects for row in _rows_of(subject)]
    if not rows:
        return None
    columns = ["subject", "story", "volumes", "censored", "why", "interpolated"]
    note = (
        "Censored volumes are neither fitted on nor scored, nor in the other subjects’ mean of the noise ceiling. Runs "
        "that are not in the table have none."
    )
    opened = len(rows) <= MOST_OPEN
    return Table("censored", "Censored volumes", columns, rows, "responses/*.safetensors", note, opened=opened)


def _rows_of(subject: Mapping) -> list[list[str]]:
    none = [0] * len(subject["stories"])
    censored, reasons = subject.get("n_censored", none), subject.get("censored", [{}] * len(none))
    runs = zip(
        subject["stories"], subject["n_trs"], censored, reasons, subject.get("n_interpolated", none), strict=True
    )
    return [
        [subject["subject"], story, f"{n_trs:,}", f"{n:,}", _listed(why), f"{n_interpolated:,}"]
        for story, n_trs, n, why, n_interpolated in runs
        if n or n_interpolated
    ]


def _listed(why: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {n:,}" for reason, n in why.items())
