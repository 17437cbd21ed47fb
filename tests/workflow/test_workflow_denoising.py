"""A study with confounds and scrubbing, from its runs to scores, as its users run it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainforecast.storage.responses import load_responses
from brainforecast.storage.scores import read_scores
from helpers.datasets import write_dataset, write_region_run
from helpers.studies import ENCODING, Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

N, REGIONS = 70, 5
MOVED = {"01": [20, 21, 50], "02": [7]}
MOTION = [f"{kind}_{axis}" for kind in ("trans", "rot") for axis in "xyz"]
SECTIONS = {
    "encoding": ENCODING,
    "analyses": {
        "forecast": {"models": ["tiny"], "layers": [2], "sources": ["true"], "widths": [2], "distances": [0, 1]}
    },
    "maps": {"model": "tiny", "layer": 2, "width": 2, "distance": 1},
}


def write_denoised_dataset(root: Path) -> dict:
    """Two subjects, a story, and fMRIPrep's confounds, which are a part of the responses, beside each run."""
    rng = np.random.default_rng(0)
    dataset = write_dataset(root, subjects=list(MOVED), stories={"fable": N}, n_regions=REGIONS)
    for subject, moved in MOVED.items():
        (path,) = (root / f"sub-{subject}/func").glob("*_timeseries.tsv")
        table = pd.DataFrame(rng.normal(size=(N, 6)).cumsum(axis=0) * 0.02, columns=MOTION)
        table["framewise_displacement"] = np.r_[np.nan, np.full(N - 1, 0.1)]
        table["std_dvars"] = np.r_[np.nan, np.ones(N - 1)]
        table.loc[moved, "framewise_displacement"] = 3.0
        name = f"sub-{subject}_task-fable_desc-confounds_timeseries.tsv"
        table.to_csv(path.with_name(name), sep="\t", index=False, na_rep="n/a")
        write_region_run(path, rng.normal(size=(N, REGIONS)) + 20 * table[MOTION].to_numpy()[:, :REGIONS])
    confounds = {"strategy": ["motion", "scrub"], "motion": "basic", "scrub": 0}
    return dataset | {"confounds": confounds, "onsets": 2}


@pytest.fixture(scope="module")
def study(new_study) -> Study:
    study = new_study(write_denoised_dataset, **SECTIONS)
    study.run("--until", "score_cells", "build_provenance")
    return study


def test_confounds_are_removed_and_volumes_censored(study):
    """The denoised file is gone, what was removed is with the responses, and the plan states it."""
    assert not (study.results / "denoised").exists() or not list((study.results / "denoised").iterdir())
    for subject, moved in MOVED.items():
        found = load_responses(study.results / f"responses/sub-{subject}.safetensors")
        assert np.flatnonzero(~found.used).tolist() == [volume - 2 for volume in moved]
        assert found.summary["n_censored"] == [len(moved)] and found.summary["censored"] == [{"scrub": len(moved)}]
        assert found.summary["confounds"] == [sorted(MOTION)]
        folder = study.folder / f"data/sub-{subject}/func"
        motion = pd.read_csv(folder / f"sub-{subject}_task-fable_desc-confounds_timeseries.tsv", sep="\t")[MOTION]
        used = np.setdiff1d(np.arange(N), moved)
        X = np.column_stack([motion.to_numpy()[used], np.ones(len(used))])
        (path,) = (path for path in folder.glob("*_timeseries.tsv") if "confounds" not in path.name)
        Y = pd.read_csv(path, sep="\t").to_numpy()[used]
        expected = Y - X @ np.linalg.lstsq(X, Y, rcond=None)[0] + Y.mean(axis=0)
        np.testing.assert_allclose(found.responses[found.used], expected[used >= 2], atol=1e-3)


def test_scores_do_not_depend_on_censored_volumes(study):
    """A million in every region at the censored volumes of one subject: the same scores, bit for bit."""
    files = sorted(study.results.glob("scores/**/*.safetensors"))
    before = [read_scores(path) for path in files]
    assert {path.relative_to(study.results).parts[1] for path in files} == {"sub-01", "sub-02"}
    assert all(np.isfinite(scores.brain_score).all() for scores in before)
    folder = study.folder / "data/sub-01/func"
    (changed,) = (path for path in folder.glob("*_timeseries.tsv") if "confounds" not in path.name)
    run = pd.read_csv(changed, sep="\t")
    run.iloc[MOVED["01"]] = 1e6
    run.to_csv(changed, sep="\t", index=False)
    study.run("--until", "score_cells")
    for path, scores in zip(files, before, strict=True):
        assert path.stat().st_mtime > changed.stat().st_mtime or "sub-01" not in path.parts
        np.testing.assert_array_equal(read_scores(path).brain_score, scores.brain_score)


def test_provenance_states_what_was_removed(study):
    notes = json.loads((study.results / "provenance.json").read_text())["notes"]
    assert any("load_confounds" in note and "motion, scrub; motion basic, scrub 0" in note for note in notes)
