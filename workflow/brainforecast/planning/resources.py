"""Memory and run time that jobs request: functions of their size (`sizes.StudySizes`) and of the attempt.

Every request grows with the attempt, so that a job that met a limit gets more when it is tried again. What the jobs of
a language model request follows from the files of the model (`model_needs`), once it is here.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from brainforecast.planning.models.needs import device_memory, host_memory, n_gpus, run_minutes
from brainforecast.planning.sizes import StudySizes

PYTHON_MB = 1500  # Python, its libraries, and some room
LONGEST_RUN = 2300  # volumes of the longest story of Narratives
WINDOWS = 48  # that are scored at once: `jobs.scoring.MOST_WINDOWS`
Sizes = Mapping[str, float]
Request = Callable[..., int]  # of wildcards and attempt, as Snakemake calls it
ModelRequest = Callable[..., int]  # of the inputs too: raises FileNotFoundError while the model is still to be fetched


@dataclass(frozen=True, eq=False)
class JobResources:
    """What the jobs of a study request.

    Parameters
    ----------
    sizes : of the jobs.
    """

    sizes: StudySizes

    def memory(self, kind: str) -> Request:
        """Memory in MB of one kind of job, a key of `MEMORY`."""
        needed = MEMORY[kind]
        return lambda wildcards, attempt: int((PYTHON_MB + needed(self._sizes(wildcards))) * attempt)

    def run_time(self, kind: str) -> Request:
        """Run time in minutes of one kind of job, a key of `RUN_TIME`."""
        needed = RUN_TIME[kind]
        return lambda wildcards, attempt: int(needed(self._sizes(wildcards)) * attempt)

    def model_memory(self, kind: str) -> ModelRequest:
        """Memory in MB of one kind of job of a language model, a key of `model_needs.BATCHES`."""
        return self._of_model(lambda s: PYTHON_MB + host_memory(kind, s))

    def model_run_time(self, kind: str) -> ModelRequest:
        """Run time in minutes of one kind of job of a language model."""
        return self._of_model(lambda s: run_minutes(kind, s))

    def conversion_memory(self, wildcards: Mapping[str, str], attempt: int) -> int:
        """Memory in MB of the conversion of a model to float32: its weights, twice while they are written."""
        model = self.sizes.of_model_job(dict(wildcards.items()))
        return math.ceil(PYTHON_MB + 2 * 4 * model["parameters"]) * attempt

    def gpus(self, kind: str) -> ModelRequest:
        """GPUs of one kind of job of a language model; no more of them at a later attempt."""
        return self._of_model(lambda s: n_gpus(kind, s), grows=False)

    def gpu_memory(self, kind: str) -> ModelRequest:
        """Memory in MB that one kind of job of a language model takes on its GPUs; 0 where it has none."""
        return self._of_model(lambda s: device_memory(kind, s) if s["gpu_memory"] else 0, grows=False)

    def _of_model(self, needed: Callable[[Sizes], float], *, grows: bool = True) -> ModelRequest:
        def request(wildcards: Mapping[str, str], attempt: int, input: Sequence[str] = ()) -> int:
            wildcards = dict(wildcards.items())
            self.sizes.require_model(wildcards, input)
            return math.ceil(needed(self.sizes.of_model_job(wildcards))) * (attempt if grows else 1)

        return request

    def _sizes(self, wildcards: Mapping[str, str]) -> Sizes:
        return self.sizes.in_memory(dict(wildcards.items()))


def megabytes(needed: int) -> Request:
    """Memory in MB of a rule whose jobs are all alike."""
    return lambda wildcards, attempt: needed * attempt


def minutes(needed: int) -> Request:
    """Run time in minutes of a rule whose jobs are all alike."""
    return lambda wildcards, attempt: needed * attempt


def megabytes_of_inputs(times: float) -> ModelRequest:
    """Memory in MB of a rule whose jobs hold a multiple of their inputs."""

    def request(wildcards: Mapping[str, str], attempt: int, input: Sequence[str] = ()) -> int:
        size = sum(os.path.getsize(path) for path in map(str, input) if os.path.isfile(path))
        return math.ceil(PYTHON_MB + times * size / 1e6) * attempt

    return request


def _array_mb(*lengths: float, bytes_each: int = 4) -> float:
    """MB of one array of these lengths, float32 by default."""
    return math.prod(lengths) * bytes_each / 1e6


def _subject(s: Sizes) -> float:
    """The responses of one subject twice, and its designs."""
    return 2.5 * _array_mb(s["longest"], s["targets"])


def _denoise(s: Sizes) -> float:
    """The runs of one subject, one of them a few times, and a block of it as float64."""
    return _array_mb(s["longest"], s["targets"]) + 3 * _array_mb(min(s["longest"], LONGEST_RUN), s["targets"]) + 500


def _score(s: Sizes) -> float:
    """Responses of its subject; scores of the cells it keeps; of a batch scores and penalties, by fold, and designs.

    The columns of each window in one fold, as float64, two and a half times; eight times with those of strict blocks.
    And what is as long as these on both sides: directions, and sums over rows.
    """
    n = min(s["cells"], WINDOWS)
    batch = _array_mb(n, s["folds"], s["targets"], bytes_each=8)
    rows = (8 if s["strict"] else 2.5) * s["longest"] + 8 * s["columns"]
    designs = _array_mb(n, rows, s["columns"], bytes_each=8)
    return _subject(s) + batch + designs + _array_mb(s["kept"] + min(s["kept"], s["largest_grid"]), s["targets"])


def _controls(s: Sizes) -> float:
    """Responses of its subject; a block of shifted or simulated regions, a few times; designs with all delays."""
    return _subject(s) + 1000 + 12 * _array_mb(s["longest"], 600, bytes_each=8)


def _brains(s: Sizes) -> float:
    """As for shifts; and for each volume the response to each word of a story, 4 words a volume, a few times."""
    return _controls(s) + 5 * _array_mb(min(s["longest"], LONGEST_RUN), 4 * LONGEST_RUN, bytes_each=8)


def _noise_ceiling(s: Sizes) -> float:
    """Sums and counts of a story, one run of a subject, and Gram matrices of its volumes."""
    return 5 * _array_mb(s["longest"], s["targets"]) + 8 * _array_mb(s["longest"], s["longest"], bytes_each=8)


def _design(s: Sizes) -> float:
    """A few Gram matrices of volumes; the components of all its windows."""
    components = _array_mb(s["cells"], s["folds"], s["longest"], s["components"])
    return 6 * _array_mb(s["longest"], s["longest"], bytes_each=8) + components


def _merge(s: Sizes) -> float:
    """The largest grid of a subject, a few times; a row group of a table, with its numbers in pandas."""
    return 6 * _array_mb(s["largest_grid"], s["targets"]) + 20 * _array_mb(s["targets"], bytes_each=8)


def _group(s: Sizes) -> float:
    """One or two cells of every subject, and the positions of all cells in its file (8 kB each)."""
    return s["subjects"] * (4 * _array_mb(s["targets"], bytes_each=8) + 0.008 * s["study_cells"])


def _simulated_run(s: Sizes) -> float:
    """One run of the longest story, one hemisphere after the other."""
    return 6 * _array_mb(LONGEST_RUN, s["targets"] / 2, bytes_each=8)


def _score_minutes(s: Sizes) -> float:
    """Twice what one core takes for its targets, or more, and for the designs of its cells, however few targets it has.

    One takes 20 to 25 ns per cell, fold, volume and target. Where alphas are chosen on blocks, a fold takes six times
    as long, and as long again for each of the other folds.
    """
    of_targets = s["distances"] * s["longest"] * s["targets"]
    of_designs = s["cells"] * s["longest"] * s["columns"] ** 2
    fits = s["plain_folds"] + 6 * s["strict_folds"] + s["inner_folds"]
    return 20 + 8e-10 * of_targets * fits + 3e-12 * of_designs * (s["folds"] + s["inner_folds"])


MEMORY: dict[str, Callable[[Sizes], float]] = {  # beyond PYTHON_MB
    "small": lambda s: 0.0,
    "subject": _subject,
    "denoise": _denoise,
    "score": _score,
    "shifts": _controls,
    "brains": _brains,
    "noise_ceiling": _noise_ceiling,
    "design": _design,
    "merge": _merge,
    "group": _group,
    "simulated_run": _simulated_run,
}
RUN_TIME: dict[str, Callable[[Sizes], float]] = {
    "score": _score_minutes,
    # three times what a slow processor takes per volume and region, in nine designs or, of simulated brains, in three
    "shifts": lambda s: 20 + s["draws"] * s["longest"] * s["regions"] * s["folds"] * 4e-8,
    "brains": lambda s: 20 + s["brains"] * s["longest"] * s["folds"] * (s["regions"] * 1.6e-8 + s["longest"] * 2e-9),
    "sensitivity": lambda s: 20 + s["variants"] * s["longest"] * s["regions"] * s["folds"] * 2.4e-8,
    # five times what a slow processor takes per distance and pair of volumes
    "design": lambda s: 30 + s["cells"] * s["longest"] ** 2 * s["folds"] * 4e-9,
}
