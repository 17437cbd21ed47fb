"""Steps of the noise ceiling's jobs: from files of responses to the sum of a story and the mean of other subjects."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from brainforecast.encoding.folds import Fold, mask_folds
from brainforecast.encoding.noise_ceiling import ResponseSums, correlate_with_others
from brainforecast.progress import log_progress
from brainforecast.storage.listener_correlation import ListenerCorrelation
from brainforecast.storage.response_sums import read_sums
from brainforecast.storage.responses import load_responses, load_runs, run_lengths


def sum_responses(paths_to_responses: Iterable[str | Path], story: str, n_targets: int) -> ResponseSums:
    """Sum all runs of a story; one run is in memory at a time.

    Parameters
    ----------
    paths_to_responses : of the subjects with this story; n_targets : of the space.
    """
    paths = list(paths_to_responses)
    longest = max(n for path in paths for name, n in run_lengths(path) if name == story)
    sums = ResponseSums.zeros(longest, n_targets)
    for path in log_progress(paths, len(paths), "subject"):
        target, runs = load_runs(path, story)
        for run, used in runs:
            sums.add(run, target, used=used)
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


def correlate_subject(
    path_to_responses: str | Path, means: Sequence[np.ndarray], folds: Sequence[Fold]
) -> ListenerCorrelation:
    """Correlate a subject's targets with the others' mean of the same targets, mean over folds.

    Parameters
    ----------
    means : from `mean_of_others`.
    """
    measured = load_responses(path_to_responses)
    folds = mask_folds(folds, measured.used, f"sub-{measured.summary['subject']}")
    own = [mean[:, measured.target] for mean in means]
    return ListenerCorrelation(measured.target, correlate_with_others(measured.responses, own, folds).mean(axis=0))


def _mean_without(path_to_sums: str | Path, path_to_responses: str | Path, story: str) -> list[np.ndarray]:
    sums = read_sums(path_to_sums)
    target, runs = load_runs(path_to_responses, story)
    for run, used in runs:
        sums.add(run, target, sign=-1, used=used)
    return [sums.mean(len(run)) for run, _ in runs]
