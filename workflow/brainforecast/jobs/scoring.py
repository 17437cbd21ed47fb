"""Steps of a scoring job: from files of designs and responses to the scores of a grid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from brainforecast.cells import Grid
from brainforecast.encoding.folds import mask_folds
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.storage.designs import read_design
from brainforecast.storage.responses import Responses
from brainforecast.storage.scores import Scores


def locate_designs(cells: Iterable[Mapping], paths: Iterable[str | Path]) -> list[list[tuple[str | Path, str]]]:
    """File and name of each design of each cell of a scoring job.

    Parameters
    ----------
    cells : ``designs`` of each is a list of job and design name; the job is the stem of its file.
    paths : files of the design jobs.
    """
    by_job = {Path(path).stem: path for path in paths}
    return [[(by_job[job], name) for job, name in cell["designs"]] for cell in cells]


def encodings(params: Mapping) -> dict[str, Encoding]:
    """How the designs of each base become predictions, from the rule's params (`planning.study.Study.encoding`)."""
    return {base: Encoding(**{**params, "delays": delays}) for base, delays in params["delays"].items()}


def score_grid(
    measured: Responses, subject: str, grid: Grid, designs: Sequence[tuple[str | Path, str]], encoding: Encoding
) -> Scores:
    """Compute brain scores of the cells of a grid.

    Parameters
    ----------
    measured : responses of the subject; its censored rows are left out of every fold.
    designs : file and name of the design of the present; then, if the grid has windows, of those.
    """
    first, *others = designs
    present = read_design(*first, measured.n_trs)
    present = replace(present, folds=mask_folds(present.folds, measured.used, f"sub-{subject}"))
    windows = [read_design(*other, measured.n_trs, grid.distances).components for other in others]
    brain_score, alpha = score_windows(measured.responses, present, windows[0] if windows else None, encoding)
    return Scores(subject, grid, measured.target, brain_score, alpha)
