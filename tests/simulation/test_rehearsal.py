"""A rehearsal: simulated responses to the stories of a real dataset, as long as its runs."""

from dataclasses import replace

import nibabel
import numpy as np
import pandas as pd
import pytest
import yaml
from snakemake.utils import update_config

from brainforecast.cells import span
from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config
from brainforecast.planning.fanout import Fanout
from brainforecast.planning.models.entries import Models
from brainforecast.planning.sizes import StudySizes
from brainforecast.simulation.cortex import SignalToNoise
from brainforecast.simulation.rehearsal import features_of_stories, read_features, story_in_run, write_features
from brainforecast.simulation.truth import plant
from brainforecast.storage.activations import write_activations
from helpers.datasets import REPOSITORY, assert_bad_input
from helpers.simulation import CORTEX, REGIONS, ROIS, cortex_section
from scripts.simulation.simulate_run import simulate_run

PAPER = ("narratives", "rehearsal_paper")  # the second goes on top of the first
SCHEMA = REPOSITORY / "workflow/schemas/config.schema.yaml"
TR, WIDTH, COMPONENTS = 1.5, 3, [1, 4]
LENGTHS = {"fable": 90, "myth": 40}  # words


@pytest.fixture
def activations(tmp_path) -> dict:
    """Files of two stories, two planted layers of 5 features: together more words than a window has columns."""
    rng = np.random.default_rng(0)
    paths = {story: tmp_path / f"{story}.safetensors" for story in LENGTHS}
    for story, n in LENGTHS.items():
        write_activations({layer: rng.standard_normal((n, 5)) for layer in (4, 20)}, paths[story], metadata={})
    return paths


def test_features_are_written_by_story(activations, tmp_path):
    """A story's features are its rows, in one basis for all stories, with the feature of the present."""
    planted = {"true": [4, 20], "present": [4], "past": [20]}
    features = features_of_stories(activations, planted, width=WIDTH, components=COMPONENTS)
    write_features(features, tmp_path / "features.safetensors")
    found = read_features(tmp_path / "features.safetensors", "myth")
    assert found.keys() == {"present", 4, 20, ("present", 4), ("past", 20)}
    np.testing.assert_array_equal(found["present"][0], np.ones((40, 1)))
    np.testing.assert_array_equal(found[20][0], features["myth", "true", 20].astype(np.float32))
    np.testing.assert_array_equal(found["past", 20][0], features["myth", "past", 20].astype(np.float32))
    assert found["present", 4][0].shape == (40, 5)  # of the single word: no more components than it has features


def write_words(tmp_path, n: int):
    onsets = 2.0 + 0.4 * np.arange(n)
    pd.DataFrame({"onset": onsets, "offset": onsets + 0.3}).to_parquet(tmp_path / "myth.parquet")
    return tmp_path / "myth.parquet"


def test_a_story_may_start_late_in_its_run(tmp_path):
    """Volumes before the story count in the length of the run."""
    early, late = (story_in_run(write_words(tmp_path, 40), n_dropped=n, tr=TR) for n in (0, 8))
    np.testing.assert_allclose(late.onsets - early.onsets, 8 * TR)
    assert late.n_trs(TR) == early.n_trs(TR) + 8


def test_a_simulated_run_responds_to_words(activations, tmp_path):
    """Both hemispheres, over the complete run; only noise before the first word; NaN on the medial wall."""
    features = features_of_stories(activations, {"true": [4, 20]}, width=WIDTH, components=COMPONENTS)
    write_features(features, tmp_path / "features.safetensors")
    targets = pd.DataFrame({"target": range(len(ROIS)), "roi": ROIS})
    plant(targets, REGIONS, forecast_share=0.9).to_parquet(tmp_path / "truth.parquet")
    paths = [tmp_path / f"{hemi}.func.gii" for hemi in "LR"]
    section = cortex_section(replace(CORTEX, signal_to_noise=SignalToNoise(present=100.0, forecast=100.0)))
    files = (tmp_path / "truth.parquet", write_words(tmp_path, 40), tmp_path / "features.safetensors")
    simulate_run(*map(str, files), paths, subject="01", n_dropped=20, width=WIDTH, tr=TR, seed=7, cortex=section)
    n_trs = 20 + int(np.ceil((2.0 + 0.4 * 39 + 0.3 + 12) / TR))
    for path in paths:
        run = np.stack([array.data for array in nibabel.load(path).darrays])
        assert run.shape == (n_trs, len(ROIS) // 2)
        wall = np.array([roi is None for roi in ROIS[: len(ROIS) // 2]])
        assert np.isnan(run[:, wall]).all() and np.isfinite(run[:, ~wall]).all()
        sound = run[:, ROIS.index("sound")]
        assert sound[:21].std() < 0.2 * sound[21:].std()


@pytest.mark.parametrize("missing", ["stories", "tr"])
def test_incomplete_description_of_simulated_stories_is_refused(missing):
    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text())
    del config["simulation"][missing]
    with pytest.raises(BadInput) as caught:
        check_config(config, SCHEMA)
    assert_bad_input(caught, "config key simulation", missing, "or none")


def test_the_rehearsal_plans_real_subjects(shared_data):
    """Three subjects of the real tree, with runs of their real stories, to be simulated; nothing is fetched."""
    config = check_config(yaml.safe_load((REPOSITORY / "config/rehearsal.yaml").read_text()), SCHEMA)
    plan = make_plan(config["dataset"] | {"root": str(shared_data / "narratives")}, resources="resources/simulated")
    assert plan.subjects == ["002", "073", "265"]
    assert [len(runs) for runs in plan.runs.values()] == [1, 2, 5]
    assert all(
        path.startswith("resources/simulated/") for runs in plan.runs.values() for run in runs for path in run.paths
    )
    sizes = StudySizes(plan, Fanout([], "paper", 6, 5), config, REPOSITORY, Models(config, [], {}))
    minutes = [sum(n for (s, _), n in sizes.volumes.items() if s == subject) * 1.5 / 60 for subject in plan.subjects]
    assert [round(found) for found in minutes] == [7, 16, 100]


def test_the_rehearsal_of_the_paper_scores_what_the_paper_does(shared_data):
    """Two real subjects with the same runs, as a noise ceiling needs; the analyses and the report are the paper's."""
    paper, changed = (yaml.safe_load((REPOSITORY / f"config/{name}.yaml").read_text()) for name in PAPER)
    assert not {"analyses", "atlas", "contrasts", "figures", "fanout", "encoding", "maps"} & set(changed)
    update_config(paper, changed)
    config = check_config(paper, SCHEMA)
    plan = make_plan(config["dataset"] | {"root": str(shared_data / "narratives")}, resources="resources/simulated")
    assert [[run.story for run in plan.runs[subject]] for subject in ("073", "074")] == 2 * [["lucy", "pieman"]]
    scored = {layer for analysis in config["analyses"].values() for layer in span(analysis["layers"])}
    regions = pd.read_csv(REPOSITORY / config["simulation"]["regions"], sep="\t")
    assert set(regions["planted_depth"].dropna()) <= scored
    atlas = pd.read_csv(REPOSITORY / config["atlas"]["lobes"], sep="\t")["roi"]
    assert set(regions["roi"].str.replace(r"-\d$", "", regex=True)) <= set(atlas)
