"""Whether matrices lie on their side: columns x volumes, in place of volumes x columns.

A file does not say which of its dimensions is time. Its story does: it ends with the run, or some time before.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.counting import count_matrix_columns
from brainforecast.errors import BadInput

FEWEST = 20  # volumes of a story: of fewer, as many columns are no sign
LONGEST_SILENCE = 60.0  # s, after the story, of a matrix of that many columns
MISFIT = 0.9, 1.5  # of the length of the story: rows that are fewer or more are not its volumes, if columns can be


def check_sides(
    paths: Sequence[Sequence[str | Path]], n_kept: Sequence[int | None], dataset: Mapping, end: float, tr: float
) -> None:
    """Raise where the columns of a matrix are as many as the volumes of its story, and its rows are not.

    Parameters
    ----------
    paths : files of each run, all of one story.
    n_kept : its rows, without those dropped at its start; None where they are not known.
    dataset : config section; where it has a `tail`, the runs are known to go on after the story.
    end : of the last word, s on the clock of the first volume kept.
    """
    if dataset["response"] != "matrix" or dataset.get("tail") is not None or end < FEWEST * tr:
        return
    for files, n in zip(paths, n_kept, strict=True):
        path = Path(files[0]) if files else None
        if n is None or path is None or not path.is_file() or MISFIT[0] * end <= n * tr <= MISFIT[1] * end:
            continue
        n_columns = count_matrix_columns(path)
        if n_columns is not None and end <= n_columns * tr <= end + LONGEST_SILENCE:
            found = f"{n:,} rows and {n_columns:,} columns, for a story of {end:.0f} s, {end / tr:.0f} volumes"
            expected = "volumes x columns: is it on its side? (if the run is longer than its story: dataset.tail)"
            raise BadInput(path, found, expected)
