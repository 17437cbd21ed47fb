"""A complete run with a model that is fine-tuned to forecast: from text files and config to gains in the report."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.checkpoints import read_name
from brainforecast.storage.activations import read_layer, read_metadata
from helpers.studies import REGION_SECTIONS, REGIONS, Study, write_region_dataset

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

FINETUNING = {
    "base": "tiny",
    "corpus": {"source": "texts/*.txt", "held_out": 2},
    "objective": {"alphas": [0, 0.5], "layer": {"depth": 0.33}, "distance": 3, "queue": 60, "negatives": 50},
    "training": {"n_steps": 6, "context": 16, "save_every": 2, "snapshots": {"first": 3, "n": 2}},
    "evaluation": {"layers": {"depths": [0, 1]}, "probe": {"fit_blocks": 8, "test_blocks": 4, "distractors": 10}},
}
SNAPSHOTS = [f"tuned-alpha{alpha}-step{step}" for alpha in ("0", "0.5") for step in (3, 6)]


@pytest.fixture(scope="module")
def study(new_study) -> Study:
    """A complete run on region time series whose analyses name a fine-tuning."""
    analyses = REGION_SECTIONS["analyses"] | {"gains": {"models": ["tuned"], "layers": [0]}}
    sections = {"analyses": analyses, "finetuning": {"tuned": FINETUNING}, "fanout": {"cells_per_job": 50}}
    # each snapshot reads each story, which takes seconds to start
    study = new_study(lambda root: write_region_dataset(root) | {"stories": ["fable"]}, **REGION_SECTIONS | sections)
    (study.folder / "texts").mkdir()
    rng = np.random.default_rng(0)
    for i in range(8):
        words = rng.choice(["the", "fox", "dog", "river", "letter", "told", "them", "about", "it"], 150)
        (study.folder / f"texts/{i}.txt").write_text(" ".join(words))
    study.run()
    return study


def test_snapshots_are_scored_like_any_model(study):
    """Each snapshot has brain scores of every region, as the pretrained model has; its layers are concatenated."""
    scores = pd.read_parquet(study.results / "group/brain_scores.parquet").astype({"model": str})
    assert set(scores["model"]) == {"tiny", "listeners", *SNAPSHOTS}
    for model in SNAPSHOTS:
        assert (scores[scores["model"] == model]["layer"] == 0).all()
        path = study.results / f"activations/{model}/fable.safetensors"
        assert read_layer(path, 0).shape[1] == 2 * 16
        assert read_metadata(path)["side_by_side"] == [0, 3]
    same = [read_layer(study.results / f"activations/{model}/fable.safetensors", 0)[:, :16] for model in SNAPSHOTS]
    assert all(np.array_equal(same[0], embedding) for embedding in same)  # layer 0 is frozen


def test_gains_are_those_of_the_scores(study):
    """The group's gain of a region is the mean over subjects of R(alpha .5) - R(0), averaged over snapshots first."""
    subjects = pd.read_parquet(study.results / "subjects/roi_scores.parquet").astype({"model": str, "subject": str})
    here = subjects[(subjects["score"] == "brain_score") & (subjects["roi"] == "region1")]
    here = here[here["model"].isin(SNAPSHOTS)]
    R = here.groupby(["subject", here["model"].map(lambda model: read_name(model).alpha)])["mean"].mean().unstack()
    gains = pd.read_parquet(study.results / "group/finetuning_gains.parquet")
    row = gains[gains["step"].isna() & (gains["roi"] == "region1") & (gains["finetuning_alpha"] == 0.5)].iloc[0]
    assert row["mean"] == pytest.approx((R[0.5] - R[0.0]).mean(), abs=1e-6)
    assert row["n_subjects"] == 3
    assert len(gains) == 2 * 3 * (REGIONS + 1)  # alphas, steps with their mean, regions with all of them


def test_the_report_shows_the_gain_and_what_was_learned(study):
    """Sentence, tables and figures are on the page; the methods describe the training."""
    page = (study.results / "report.html").read_text()
    assert "Fine-tuned to forecast (tuned, alpha 0.5)" in page
    for anchor in ("table-finetuning", "table-learned", "figure-finetuning_gains", "figure-finetuning_training"):
        assert f'id="{anchor}"' in page
    assert "Fine-tuning “tuned”" in page
    assert "simulated" not in page.lower()
    probe = pd.read_parquet(study.results / "group/finetuning_probe.parquet")
    assert probe.groupby("finetuning_alpha")["step"].apply(list).to_dict() == {0.0: [0, 3, 6], 0.5: [0, 3, 6]}
    first = probe[probe["step"] == 0]
    assert first["retrieval"].nunique() == first["perplexity"].nunique() == 1  # the pretrained model, twice


def test_nothing_is_done_twice(study):
    """A second call has nothing to do; another alpha trains that one alone; another study of the same seed none."""
    assert study.planned() == {}
    more = study.with_config("more", finetuning__tuned__objective__alphas=[0, 0.5, 1.0])
    assert study.planned("--configfile", more)["finetune_model"] == 1
    other = study.with_config("other", dataset__name="other")
    assert "finetune_model" not in study.planned("--configfile", other)
