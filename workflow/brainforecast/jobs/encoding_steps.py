"""Steps of the encoding jobs, from files to arrays: stories of a design, scores of a grid, mean of other subjects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainforecast.cells import Grid
from brainforecast.encoding.designs import Story, WindowSettings
from brainforecast.encoding.noise_ceiling import ResponseSums
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.storage.activations import read_layer
from brainforecast.storage.designs import read_design
from brainforecast.storage.response_sums import read_sums
from brainforecast.storage.responses import Responses, load_runs, run_lengths
from brainforecast.storage.scores import Scores


@dataclass(frozen=True)
class DesignStep:
    """One design of a design job, and the files it is built from.

    name : `cells.Grid.design`, its name in the file; layer : of the vectors; windows : of the grid.
    vectors : file of each story with the words up to the present; ahead : of each story with the words to come, for
    sources that need them, else empty.
    """

    name: str
    layer: int
    windows: WindowSettings
    vectors: Sequence[str | Path]
    ahead: Sequence[str | Path] = ()

    @classmethod
    def from_params(cls, step: Mapping, inputs: Mapping[str, Sequence[str | Path]], n_components: int) -> "DesignStep":
        """Look up the files of a step of the rule's params.

        Parameters
        ----------
        step : name, layer, source, width, distances, word_rate; vectors, ahead : names of inputs, or None for no ahead.
        inputs : files by the name of the input, in the order of the stories.
        """
        windows = WindowSettings(step["source"], step["width"], step["distances"], n_components, step["word_rate"])
        ahead = inputs[step["ahead"]] if step["ahead"] else ()
        return cls(step["name"], step["layer"], windows, inputs[step["vectors"]], ahead)


def read_stories(step: DesignStep, names: Sequence[str], onsets: Sequence[np.ndarray]) -> list[Story]:
    """Read the word vectors of one step.

    Parameters
    ----------
    names, onsets : of each story; onsets are (n_words,), in s.
    """
    vectors = [read_layer(path, step.layer) for path in step.vectors]
    ahead = [read_layer(path, step.layer) for path in step.ahead] or [None] * len(names)
    return [Story(*story) for story in zip(names, vectors, onsets, ahead, strict=True)]


def locate_designs(cells: Iterable[Mapping], paths: Iterable[str | Path]) -> list[list[tuple[str | Path, str]]]:
    """File and name of each design of each cell of a scoring job.

    Parameters
    ----------
    cells : ``designs`` of each is a list of job and design name; the job is the stem of its file.
    paths : files of the design jobs.
    """
    by_job = {Path(path).stem: path for path in paths}
    return [[(by_job[job], name) for job, name in cell["designs"]] for cell in cells]


def score_grid(
    measured: Responses, subject: str, grid: Grid, designs: Sequence[tuple[str | Path, str]], encoding: Encoding
) -> Scores:
    """Compute brain scores of the cells of a grid.

    Parameters
    ----------
    measured : responses of the subject.
    designs : file and name of the design of the present; then, if the grid has windows, of those.
    """
    first, *others = designs
    present = read_design(*first, measured.n_trs)
    windows = [read_design(*other, measured.n_trs, grid.distances).components for other in others]
    brain_score, alpha = score_windows(measured.responses, present, windows[0] if windows else None, encoding)
    return Scores(subject, grid, measured.target, brain_score, alpha)


def sum_responses(paths_to_responses: Iterable[str | Path], story: str, n_targets: int) -> ResponseSums:
    """Sum all runs of a story; one run is in memory at a time.

    Parameters
    ----------
    paths_to_responses : of the subjects with this story; n_targets : of the space.
    """
    paths = list(paths_to_responses)
    longest = max(n for path in paths for name, n in run_lengths(path) if name == story)
    sums = ResponseSums.zeros(longest, n_targets)
    for path in paths:
        target, runs = load_runs(path, story)
        for run in runs:
            sums.add(run, target)
    return sums


def mean_of_others(path_to_responses: str | Path, paths_to_sums: Iterable[str | Path]) -> list[np.ndarray]:
    """Mean of the other subjects over each run of a subject, (n_trs, n_targets) float32 each.

    Parameters
    ----------
    paths_to_sums : one file per story of the subject, in the order of its runs. A story with two runs of the subject
        has both in its sums: both are subtracted, and the others' mean is given for each.
    """
    stories = dict.fromkeys(story for story, _ in run_lengths(path_to_responses))
    pairs = zip(stories, paths_to_sums, strict=True)
    return [mean for story, path in pairs for mean in _mean_without(path, path_to_responses, story)]


def _mean_without(path_to_sums: str | Path, path_to_responses: str | Path, story: str) -> list[np.ndarray]:
    sums = read_sums(path_to_sums)
    target, runs = load_runs(path_to_responses, story)
    for run in runs:
        sums.add(run, target, sign=-1)
    return [sums.mean(len(run)) for run in runs]
