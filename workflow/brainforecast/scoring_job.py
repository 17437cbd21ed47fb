"""One step of a scoring job: the cells of one grid, from the files of its designs."""

from collections.abc import Sequence
from pathlib import Path

from brainforecast.cells import Grid
from brainforecast.design_file import read_design
from brainforecast.responses_file import Responses
from brainforecast.scores_file import Scores
from brainforecast.scoring import Encoding, score_windows


def score_grid(
    measured: Responses, subject: str, grid: Grid, designs: Sequence[tuple[str | Path, str]], encoding: Encoding
) -> Scores:
    """Brain scores of the cells of a grid.

    Parameters
    ----------
    measured : responses of the subject.
    designs : file and name of the design of the present; then, where the grid has windows, of theirs.
    """
    first, *others = designs
    present = read_design(*first, measured.n_trs)
    windows = [read_design(*other, measured.n_trs, grid.distances).scores for other in others]
    brain_score, alpha = score_windows(measured.responses, present, windows[0] if windows else None, encoding)
    return Scores(subject, grid, measured.target, brain_score, alpha)
