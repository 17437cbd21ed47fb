"""Heavy jobs run in what they request, at two sizes each.

A job requests `PYTHON_MB` for Python, its libraries and some room, and what its sizes need (`planning.resources`). The
complete request is a limit of the process; and what a job takes once it has started stays below what its sizes need and
`ROOM`, so that the part that grows is tested at sizes that run in a second.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from transformers import GPT2Config, GPT2LMHeadModel

from brainforecast.cells import Grid
from brainforecast.encoding.designs import FeatureSettings, WindowSettings
from brainforecast.jobs.designs import DesignStep
from brainforecast.language.extraction import ExtractionSettings
from brainforecast.planning.models.needs import host_memory
from brainforecast.planning.models.sizes import ModelSizes
from brainforecast.planning.resources import MEMORY, PYTHON_MB
from brainforecast.pretrained.loading import LoadSettings
from brainforecast.storage.activations import write_activations
from brainforecast.storage.designs import write_designs
from brainforecast.storage.responses import Responses, save_responses
from brainforecast.storage.scores import Scores, write_scores
from helpers.datasets import write_surface_run
from helpers.job_input import ENCODING, FOLDS, N_COMPONENTS, make_design, score_shifts, simulate_brains
from helpers.language_models import ENDS, byte_tokenizer, save_tiny
from helpers.memory import run_within
from scripts.dataset.read_responses import read_responses
from scripts.encoding.build_design import build_design
from scripts.encoding.build_listeners_design import build_listeners_design
from scripts.encoding.merge_listeners import merge_listeners
from scripts.encoding.score_cells import score_cells
from scripts.language.extract_activations import extract_activations
from scripts.results.locate_best_layer import locate_best_layer
from scripts.results.merge_subject import merge_subject
from scripts.results.summarise_scores import summarise_scores

ROOM = 150  # MB: what libraries load and keep when they are first used
MODEL_ROOM = 300  # the same of torch and transformers, with the code of a model
SIZES = {"folds": 2, "strict": False, "components": N_COMPONENTS, "columns": 6 * 2 * N_COMPONENTS}
TABLES = ("brain_scores", "forecast_scores", "forecast_distance", "forecast_depth", "roi_scores", "roi_distances",
          "roi_depths")  # fmt: skip


def run_in_request(kind: str, sizes: Mapping[str, float], call: Callable[[], object]) -> None:
    run_within_needs(call, MEMORY[kind](SIZES | sizes))


def run_within_needs(call: Callable[[], object], needed: float, room: float = ROOM) -> None:
    assert run_within(call, PYTHON_MB + needed) < needed + room


def write_responses(folder: Path, n_trs: int, n_targets: int, subject: str = "01") -> str:
    path, rng = folder / f"sub-{subject}.safetensors", np.random.default_rng(int(subject))
    responses = rng.standard_normal((n_trs, n_targets), np.float32)
    summary = {"subject": subject, "stories": ["fable"]}
    save_responses(Responses(responses, np.arange(n_targets), np.array([n_trs], np.int32), summary), path)
    return str(path)


@pytest.mark.parametrize(("n_trs", "n_targets", "n_windows"), [(900, 600, 24), (1500, 16_000, 1)])
def test_score_cells(tmp_path, n_trs, n_targets, n_windows):
    """Many windows of few targets, and many targets."""
    grids = [Grid("m", 1, "paper", "present", 0, (0,)), Grid("m", 1, "paper", "true", 7, tuple(range(n_windows)))]
    path = tmp_path / "designs.safetensors"
    write_designs({"present": [make_design(n_trs, 1)], "window": [make_design(n_trs, n_windows)]}, path)
    cells = n_windows + 1
    sizes = {"longest": n_trs, "targets": n_targets, "cells": cells, "kept": cells, "largest_grid": n_windows}
    call = partial(
        score_cells,
        *(write_responses(tmp_path, n_trs, n_targets), [[(path, "present")], [(path, "present"), (path, "window")]]),
        tmp_path / "scores.safetensors",
        **{"subject": "01", "grids": grids, "encodings": {"paper": ENCODING}},
    )
    run_in_request("score", sizes, call)


@pytest.mark.parametrize("n_trs", [800, 1800])
def test_build_design(tmp_path, n_trs):
    """Gram matrices of volumes."""
    rng, n_words, distances = np.random.default_rng(0), 2 * n_trs, (0, 4)
    words, vectors = tmp_path / "words.parquet", tmp_path / "vectors.safetensors"
    onsets = np.arange(n_words) * 0.75
    pd.DataFrame({"word": ["a"] * n_words, "onset": onsets, "offset": onsets + 0.5}).to_parquet(words)
    write_activations({1: rng.standard_normal((n_words, 64), np.float32)}, vectors, metadata={})
    step = DesignStep("window", 1, WindowSettings("true", 3, distances, N_COMPONENTS), [vectors])
    call = partial(
        build_design,
        *([words], tmp_path / "designs.safetensors"),
        **{"steps": [step], "stories": ["fable"], "lengths": [[n_trs]], "folds": FOLDS, "language": "en", "audio": []},
        features=FeatureSettings(tr=1.5, row_offset=1, seed=0, block=50),
    )
    run_in_request("design", {"longest": n_trs, "cells": len(distances)}, call)


@pytest.mark.parametrize(("n_trs", "n_targets"), [(400, 8_000), (800, 12_000)])
def test_noise_ceiling(tmp_path, n_trs, n_targets):
    """The sum of a story over subjects, and the design of one of them."""
    paths = [write_responses(tmp_path, n_trs, n_targets, subject) for subject in ("01", "02")]
    targets, sums = tmp_path / "targets.parquet", tmp_path / "sums.safetensors"
    pd.DataFrame({"target": np.arange(n_targets)}).to_parquet(targets)
    sizes = {"longest": n_trs, "targets": n_targets}
    run_in_request("noise_ceiling", sizes, partial(merge_listeners, paths, targets, sums, story="fable"))
    call = partial(
        build_listeners_design,
        *(paths[0], [sums], tmp_path / "design.safetensors", tmp_path / "correlation.safetensors"),
        **{"n_components": N_COMPONENTS, "folds": FOLDS},
    )
    run_in_request("noise_ceiling", sizes, call)


@pytest.mark.parametrize(("n_trs", "n_targets", "n_shifts"), [(300, 10_000, 100), (900, 20_000, 600)])
def test_score_shifts(tmp_path, n_trs, n_targets, n_shifts):
    """As many shifted regions as are scored at once, and fewer."""
    path = write_responses(tmp_path, n_trs, n_targets)
    run_in_request("shifts", {"longest": n_trs, "targets": n_targets}, partial(score_shifts, path, n_shifts))


@pytest.mark.parametrize(("n_trs", "n_targets", "n_brains"), [(300, 10_000, 3), (900, 20_000, 12)])
def test_simulate_brains(tmp_path, n_trs, n_targets, n_brains):
    """Responses of every word of a story, three words a volume, and brains with their regions."""
    path = write_responses(tmp_path, n_trs, n_targets)
    run_in_request("brains", {"longest": n_trs, "targets": n_targets}, partial(simulate_brains, path, n_brains))


@pytest.mark.parametrize("n_trs", [100, 400])
def test_read_responses(tmp_path, n_trs):
    """GIfTI of both hemispheres, two runs of which one is at hand at a time."""
    rng, n_targets, paths, words = np.random.default_rng(0), 2 * 10_242, [], []
    for story in ("fable", "myth"):
        name = f"sub-01_task-{story}_space-fsaverage5_hemi-{{hemi}}_bold.func.gii"
        paths += map(str, write_surface_run(tmp_path, name, rng.standard_normal((n_trs // 2, n_targets), np.float32)))
        words.append(str(tmp_path / f"{story}.parquet"))
        pd.DataFrame({"word": ["a"], "onset": [1.0], "offset": [1.5]}).to_parquet(words[-1])
    targets = tmp_path / "targets.parquet"
    pd.DataFrame({"target": np.arange(n_targets), "hemi": np.repeat(["L", "R"], n_targets // 2)}).to_parquet(targets)
    planned = {"subject": "01", "stories": ["fable", "myth"], "n_dropped": [0, 0], "tr": 1.5, "response": "surface"}
    call = partial(
        read_responses, paths, words, targets, str(tmp_path / "out.safetensors"), space="fsaverage5", **planned
    )
    run_in_request("subject", {"longest": n_trs, "targets": n_targets}, call)


@pytest.mark.parametrize(("width", "n_words"), [(256, 600), (384, 1200)])
def test_extract_activations(tmp_path, width, n_words):
    """A language model of random weights: its states for a short and for a long story, all layers.

    Memory in use counts the file of the weights too, which is mapped while they are loaded; a cgroup drops its pages.
    """
    sizes = {**ENDS, "n_embd": width, "n_layer": 4, "n_head": 8, "n_positions": 256, "vocab_size": 300}
    source = save_tiny(GPT2LMHeadModel, GPT2Config(**sizes), byte_tokenizer(), tmp_path / "model")
    words, layers = tmp_path / "words.parquet", list(range(5))
    pd.DataFrame({"word": ["river", "letter", "morning"] * (n_words // 3)}).to_parquet(words)
    call = partial(
        extract_activations, str(words), str(tmp_path / "activations.safetensors"), source=source, layers=layers,
        loading=LoadSettings(), settings=ExtractionSettings(256, 128, batch_size=8), threads=1,
    )  # fmt: skip
    planned = model_sizes(source, layers, n_words)
    run_within_needs(call, host_memory("extract", planned) + planned["stored"], MODEL_ROOM)


def model_sizes(source: str, layers: list[int], n_words: int) -> dict[str, float]:
    """The sizes of a model's jobs, as planned from its files."""
    entry = {"source": source, "batch_size": 8, "dtype": "float32", "context": 256, "weights": "pretrained"}
    models = SimpleNamespace(
        entries={"m": entry}, is_on_hub=lambda name: False, layers=lambda name: layers, dictionaries=[], features=[]
    )
    config = {"gpu_memory": None, "threads": {"activations": 1}, "models": {"m": entry}}
    return ModelSizes(config, models).of_model("m", n_words)


@pytest.mark.parametrize(("n_targets", "n_distances", "n_subjects"), [(10_000, 8, 4), (24_000, 16, 8)])
def test_tables(tmp_path, n_targets, n_distances, n_subjects):
    """The tables of one subject, and those of the group."""
    grids = [Grid("m", 1, "paper", "present", 0, (0,)), Grid("m", 1, "paper", "true", 7, tuple(range(n_distances)))]
    rng, scores = np.random.default_rng(0), tmp_path / "scores.safetensors"
    shapes = [(len(grid.distances), 2, n_targets) for grid in grids]
    drawn = [rng.standard_normal(shape, np.float32) for shape in shapes]
    write_scores([Scores.from_folds("01", *part) for part in zip(grids, [np.arange(n_targets)] * 2, drawn, drawn,
                                                                strict=True)], scores)  # fmt: skip
    targets, provenance = tmp_path / "targets.parquet", tmp_path / "provenance.json"
    number = np.arange(n_targets)
    hemi, roi, lobe = np.where(number % 2, "L", "R"), number // 300, number // 3000
    pd.DataFrame({"target": number.astype(np.int32), "hemi": hemi, "roi": roi.astype(str), "lobe": lobe.astype(str)}
                 ).to_parquet(targets)  # fmt: skip
    provenance.write_text("{}")
    tables = {name: str(tmp_path / f"{name}.parquet") for name in TABLES}
    sizes = {"targets": n_targets, "largest_grid": n_distances, "subjects": n_subjects, "study_cells": n_distances + 1}
    run_in_request("merge", sizes, partial(merge_subject, [scores], [], targets, provenance, tables))
    paths = write_others(Path(tables["brain_scores"]), n_subjects)
    found = tmp_path / "group.parquet"
    for call in (
        partial(summarise_scores, paths, targets, provenance, found, score="brain_scores"),
        partial(locate_best_layer, paths, targets, provenance, found),
    ):
        run_in_request("group", sizes, call)


def write_others(path: Path, n_subjects: int) -> list[str]:
    """The table of brain scores of one subject, for as many others with scores of their own."""
    table, rng, paths = pq.read_table(path), np.random.default_rng(1), []
    column = table.schema.get_field_index("brain_score")
    for number in range(n_subjects):
        drawn = pa.array(rng.standard_normal(len(table), np.float32))
        paths.append(str(path.with_name(f"sub-{number}.parquet")))
        pq.write_table(table.set_column(column, table.schema.field(column), drawn), paths[-1])
    return paths
