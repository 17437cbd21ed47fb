"""The simulated dataset on disk: what the scripts write, and that it reads back."""

import json

import nibabel
import numpy as np
import pandas as pd
import pytest

from brainforecast.simulation.cortex import simulate_hemisphere
from brainforecast.storage.activations import write_activations
from brainforecast.storage.parquet import read_provenance
from helpers.datasets import write_lines
from helpers.simulation import CORTEX, FEATURES, ROIS, STORIES, TRUTH, cortex_section
from scripts.simulation.simulate_cortex import simulate_cortex
from scripts.simulation.simulate_listener import simulate_listener
from scripts.simulation.simulate_windows import simulate_windows


@pytest.fixture
def inputs(tmp_path):
    """Files that the two scripts read: targets, regions, words and activations."""
    targets = pd.DataFrame({"target": np.arange(20, dtype=np.int32), "roi": ROIS})
    targets.to_parquet(tmp_path / "targets.parquet")
    rows = ["near\tforecast\t2\t4\ttrue", "far\tforecast\t9\t20\ttrue", "sound\tpresent\t\t\t"]
    write_lines(tmp_path / "regions.tsv", "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source", *rows)
    for story in STORIES:
        words = pd.DataFrame({"word": "a", "onset": story.onsets, "offset": story.onsets + 0.3})
        words.to_parquet(tmp_path / f"{story.name}.parquet")
        write_activations(story.activations, tmp_path / f"{story.name}.safetensors", metadata={})
    return tmp_path


def run_cortex(folder) -> None:
    """Run the script simulate_cortex."""
    data = folder / "dataset"
    simulate_cortex(
        str(folder / "targets.parquet"),
        str(folder / "regions.tsv"),
        str(folder / "truth.parquet"),
        str(data / "participants.tsv"),
        str(data / "dataset_description.json"),
        [str(data / f"task-{story.name}_desc-simulated.json") for story in STORIES],
        subjects=["01", "02"],
        stories=[story.name for story in STORIES],
        tr=1.5,
        forecast_share=CORTEX.forecast_share,
        version="0",
    )


def run_listener(folder, subject: str = "01") -> list:
    """Run the scripts simulate_windows and simulate_listener; returns the runs' paths."""
    func = folder / "dataset" / f"sub-{subject}" / "func"
    name = "sub-{}_task-{}_space-fsaverage5_hemi-{}_desc-simulated.func.gii"
    runs = [func / name.format(subject, story.name, hemi) for story in STORIES for hemi in "LR"]
    truth, features = str(folder / "truth.parquet"), str(folder / "windows.safetensors")
    words = [str(folder / f"{story.name}.parquet") for story in STORIES]
    activations = [str(folder / f"{story.name}.safetensors") for story in STORIES]
    settings = {"width": CORTEX.width, "tr": CORTEX.tr, "seed": CORTEX.seed, "cortex": cortex_section(CORTEX)}
    simulate_windows(truth, words, activations, [], features, layers=[4, 20], component_layers=[], **settings)
    simulate_listener(truth, words, features, [str(run) for run in runs], subject=subject, **settings)
    return runs


def test_dataset_describes_itself(inputs):
    """Truth, participants, description and sidecars all state that the data are simulated."""
    run_cortex(inputs)
    assert read_provenance(inputs / "truth.parquet")["simulated"] is True
    assert pd.read_parquet(inputs / "truth.parquet")["kind"].tolist() == TRUTH["kind"].tolist()
    data = inputs / "dataset"
    assert (data / "participants.tsv").read_text() == "participant_id\nsub-01\nsub-02\n"
    description = json.loads((data / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative" and "imulated" in description["Name"]
    sidecar = json.loads((data / "task-myth_desc-simulated.json").read_text())
    assert sidecar["RepetitionTime"] == 1.5 and sidecar["TaskName"] == "myth"


def test_runs_read_back(inputs):
    """One array per volume, one file per story and hemisphere, the same bytes from a second run."""
    run_cortex(inputs)
    runs = run_listener(inputs)
    image = nibabel.load(runs[1])
    expected = simulate_hemisphere(
        TRUTH.iloc[10:].reset_index(drop=True), STORIES, FEATURES, CORTEX, subject="01", hemi="R"
    )[0]
    assert len(image.darrays) == STORIES[0].n_trs(1.5)
    assert np.allclose([array.data for array in image.darrays], expected, atol=1e-3, equal_nan=True)
    assert image.meta["AnatomicalStructurePrimary"] == "CortexRight"
    first = [run.read_bytes() for run in runs]
    assert first == [run.read_bytes() for run in run_listener(inputs)]
    assert first[0] != run_listener(inputs, "02")[0].read_bytes()
