"""The file of one subject's responses, one run after the other. No image library, so that scoring jobs start fast."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic


@dataclass(frozen=True)
class Responses:
    """Responses of one subject: runs one after the other, targets that are finite in every volume.

    responses : (n_trs_total, n_kept) float32; target : (n_kept,) row of targets.parquet; n_trs : (n_runs,);
    summary : subject, stories, n_dropped, n_masked, n_constant, words_outside; where volumes are censored or
    interpolated, or runs denoised, also what `readers.responses` lists of that.
    used : (n_trs_total,) bool, false for censored volumes, which are neither fitted on nor scored: their values are
    interpolated, and finite; None where all are used.
    """

    responses: np.ndarray
    target: np.ndarray
    n_trs: np.ndarray
    summary: Mapping
    used: np.ndarray | None = None


def save_responses(subject: Responses, path: str | Path) -> None:
    """Write the responses of a subject as safetensors; the summary as one JSON string: same content, same bytes."""
    arrays = {"responses": subject.responses, "target": subject.target, "n_trs": subject.n_trs}
    if subject.used is not None and not subject.used.all():
        arrays["used"] = subject.used
    summary = {**subject.summary, "n_trs": subject.n_trs.tolist()}
    with atomic(path) as temporary:
        save_file(arrays, temporary, metadata={"about": json.dumps(summary, sort_keys=True)})


def load_responses(path: str | Path) -> Responses:
    """Read what `save_responses` wrote."""
    with safe_open(path, framework="numpy") as file:
        arrays = (file.get_tensor(name) for name in ("responses", "target", "n_trs"))
        return Responses(*arrays, _summary(file), _used(file))


def load_runs(path: str | Path, story: str) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray | None]]]:
    """Read the targets of a subject, and only its runs of one story.

    Returns
    -------
    target : (n_kept,).
    runs : of each, (n_trs, n_kept), and which of its volumes are used, (n_trs,) bool; None where all are.
    """
    with safe_open(path, framework="numpy") as file:
        rows, used, ends = file.get_slice("responses"), _used(file), np.cumsum(file.get_tensor("n_trs")).tolist()
        runs = [slice(end - n, end) for (name, n), end in zip(run_lengths(path), ends, strict=True) if name == story]
        return file.get_tensor("target"), [(rows[run], None if used is None else used[run]) for run in runs]


def read_subject_summary(path: str | Path) -> dict:
    """Read only the summary of a subject's responses, with n_trs: see `Responses`."""
    with safe_open(path, framework="numpy") as file:
        return _summary(file)


def run_lengths(path: str | Path) -> list[tuple[str, int]]:
    """Read the story and the number of volumes of each run of a subject, in order."""
    summary = read_subject_summary(path)
    return list(zip(summary["stories"], summary["n_trs"], strict=True))


def distinct_lengths(paths: Iterable[str | Path]) -> list[list[int]]:
    """Read the distinct combinations of volumes per story among the subjects of one story set, sorted."""
    lengths = set()
    for path in paths:
        with safe_open(path, framework="numpy") as file:
            lengths.add(tuple(file.get_tensor("n_trs").tolist()))
    return [list(combination) for combination in sorted(lengths)]


def _used(file: safe_open) -> np.ndarray | None:
    return file.get_tensor("used") if "used" in file.keys() else None  # noqa: SIM118, it has no `in` of its own


def _summary(file: safe_open) -> dict:
    return json.loads(file.metadata()["about"])
