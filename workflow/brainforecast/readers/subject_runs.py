"""The runs of one subject as they are planned, read one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainforecast.dataset.formats import FORMATS
from brainforecast.dataset.onsets import volumes_to_keep
from brainforecast.errors import BadInput
from brainforecast.readers.missing import STOP
from brainforecast.readers.own_atlas import own_of_subject
from brainforecast.readers.runs import read_run


@dataclass(frozen=True)
class SubjectRuns:
    """The runs of one subject.

    Parameters
    ----------
    stories, n_dropped : story of each run, and volumes to drop at its start.
    tr : s.
    response : format of the runs, a name in `dataset.formats.FORMATS`.
    space : of the runs; None for regions.
    n_trs : volumes of each run that are kept after those dropped; None for all of them.
    n_volumes : of each run's file, as planned; None where it was not there to be counted.
    missing_volumes : config `dataset.missing_volumes`.
    tail : config `dataset.tail`, s, by which a run is cut whose length was not known when it was planned.
    """

    subject: str
    stories: Sequence[str]
    n_dropped: Sequence[int]
    tr: float
    response: str
    space: str | None = None
    n_trs: Sequence[int | None] = ()
    n_volumes: Sequence[int | None] = ()
    missing_volumes: str = STOP
    tail: float | None = None

    def kept(self, index: int, n_volumes: int, last_offset: float | None = None) -> np.ndarray:
        """Which volumes of a run are kept, of all it has, (n_volumes,) bool: one stretch.

        Parameters
        ----------
        last_offset : end of the story's last word, s on the clock of the first volume kept; None where it is not known.
        """
        start, n_trs = self.n_dropped[index], self.n_trs[index] if self.n_trs else None
        if n_trs is None and self.tail is not None and last_offset is not None:
            n_trs = volumes_to_keep(last_offset, 0.0, self.tr, self.tail)
        kept = np.zeros(n_volumes, bool)
        kept[start : n_volumes if n_trs is None else start + n_trs] = True
        return kept

    def check_length(self, index: int, n_volumes: int, path: str) -> None:
        """Raise where a file has another number of volumes than was planned from its header."""
        planned = self.n_volumes[index] if self.n_volumes else None
        if planned is not None and planned != n_volumes:
            found, expected = f"{n_volumes} volumes", f"{planned}, as counted when the run was planned"
            raise BadInput(path, found, f"{expected} (is the file complete, or has it changed since?)")


def read_runs(
    paths_to_runs: Sequence[str], targets: pd.DataFrame, runs: SubjectRuns, own: pd.DataFrame | None = None
) -> Iterator[tuple[Sequence[str], np.ndarray]]:
    """Read every run of a subject, whole.

    Parameters
    ----------
    paths_to_runs : of each run in turn; of a surface run L, then R.
    own : from `describe_own_targets`: its responses are averaged over the regions of its own atlas.

    Yields
    ------
    paths : of the run.
    run : (n_volumes, n_targets) float32, NaN where missing.
    """
    n_files = len(FORMATS[runs.response].hemispheres)
    files = [paths_to_runs[start : start + n_files] for start in range(0, len(paths_to_runs), n_files)]
    for index, (paths, _) in enumerate(zip(files, runs.stories, strict=True)):
        run = read_run(runs.response, paths, targets, runs.space, own)
        runs.check_length(index, len(run), paths[0])
        yield paths, run


def describe_own_targets(
    runs: SubjectRuns, atlas: Mapping | None, paths_to_runs: Sequence[str], paths_to_masks: Sequence[str]
) -> pd.DataFrame | None:
    """The vertices, voxels or columns of a subject who has an atlas of its own; None where all share one.

    Parameters
    ----------
    atlas : of the subject, None where all share one; paths_to_masks : of its voxels.
    """
    first = paths_to_runs[: len(FORMATS[runs.response].hemispheres)]
    return own_of_subject(runs.response, runs.space, atlas, first, paths_to_masks)
