"""The file that keeps the responses of one subject. Free of readers of images, so that scoring jobs start fast."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from brainforecast.files import atomic


def read_listener(path_to_responses: str | Path) -> dict:
    """What a subject's responses say about themselves: subject, stories, n_trs, n_masked, n_constant, words_outside."""
    with safe_open(path_to_responses, framework="numpy") as file:
        return json.loads(file.metadata()["about"])


@dataclass(frozen=True)
class Responses:
    """Responses of one subject: stories one after the other, targets that are finite throughout.

    responses : (n_trs_total, n_kept) float32; target : (n_kept,) what each column is; n_trs : (n_stories,);
    about : subject, stories, n_dropped, n_masked, n_constant, words_outside.
    """

    responses: np.ndarray
    target: np.ndarray
    n_trs: np.ndarray
    about: Mapping


def save_responses(subject: Responses, path: str | Path) -> None:
    """Write the responses of a subject as safetensors, `about` as one JSON string: same content, same bytes."""
    arrays = {"responses": subject.responses, "target": subject.target, "n_trs": subject.n_trs}
    about = {**subject.about, "n_trs": subject.n_trs.tolist()}
    with atomic(path) as temporary:
        save_file(arrays, temporary, metadata={"about": json.dumps(about, sort_keys=True)})


def load_responses(path: str | Path) -> Responses:
    """Read what `save_responses` wrote."""
    with safe_open(path, framework="numpy") as file:
        about = json.loads(file.metadata()["about"])
        return Responses(*(file.get_tensor(name) for name in ("responses", "target", "n_trs")), about)


def load_runs(path: str | Path, story: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """The targets of a subject, (n_kept,), and its runs of one story, each (n_trs, n_kept); no other run is read."""
    with safe_open(path, framework="numpy") as file:
        rows, ends = file.get_slice("responses"), np.cumsum(file.get_tensor("n_trs")).tolist()
        heard = zip(run_lengths(path), ends, strict=True)
        return file.get_tensor("target"), [rows[end - n : end] for (name, n), end in heard if name == story]


def run_lengths(path: str | Path) -> list[tuple[str, int]]:
    """Story and volumes of each run of a subject, in order."""
    with safe_open(path, framework="numpy") as file:
        about = json.loads(file.metadata()["about"])
    return list(zip(about["stories"], about["n_trs"], strict=True))


def distinct_lengths(paths: Iterable[str | Path]) -> list[list[int]]:
    """The volumes per story that subjects of one story set have, each combination once, in order."""
    lengths = set()
    for path in paths:
        with safe_open(path, framework="numpy") as file:
            lengths.add(tuple(file.get_tensor("n_trs").tolist()))
    return [list(combination) for combination in sorted(lengths)]
