"""The section on models: sentences state what the tables hold, controls first and labelled."""

from types import SimpleNamespace

import pandas as pd
import pytest

from brainforecast.report.comparison import models_section
from brainforecast.report.models import model_table, model_texts, token_table
from brainforecast.results.model_comparison import compare_models
from brainforecast.results.models import depths_of_models
from helpers.synthetic_models import MODELS, WINDOW, model_subject_scores, write_model_scores
from helpers.synthetic_models import model_table as models_of

KINDS = {name: kind for name, (kind, *_) in MODELS.items()}
CONFIG = {"seed": 7, "models": {}}


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return tables_of(tmp_path_factory.mktemp("subjects"))


def tables_of(folder, n_subjects: int = 10) -> dict[str, pd.DataFrame]:
    models = models_of()
    models["model_source"] = models["model_source"].str.replace("trained-untrained", "trained")
    paths = write_model_scores(folder, model_subject_scores(n_subjects=n_subjects))
    depths = depths_of_models(models)
    scores, differences = compare_models(paths, KINDS, depths, WINDOW, n_draws=1999, seed=1)
    return {"models": models, "model_scores": scores, "model_comparison": differences}


def section(tables: dict, n_subjects: int = 10, q_level: float = 0.01) -> dict:
    run = SimpleNamespace(tables=tables, cell={"base": "paper"}, subjects=[None] * n_subjects)
    return models_section(run, q_level)


def test_a_trained_model_is_compared_with_its_controls_first(tables):
    """Its score, layer and depth; above its copy, then above the vectors, by what the table has."""
    sentence = section(tables)["sentences"][0]
    assert sentence.startswith("trained: R 0.0")
    assert "(layer 8, depth 0.67); above its untrained copy, trained-untrained (untrained) by 0.0" in sentence
    assert sentence.index("untrained copy") < sentence.index("above vectors (static vectors) by 0.0")
    rows = tables["model_comparison"].query("level == 'all' and model == 'trained' and other_model == 'vectors'")
    assert f"{rows['effect'].iloc[0]:.4f} [{rows['ci_low'].iloc[0]:.4f}" in sentence


def test_what_does_not_pass_is_no_effect(tables):
    """At a level that nothing reaches no sentence has above or below."""
    sentences = " ".join(section(tables, q_level=1e-9)["sentences"])
    assert "not shown to differ from its untrained copy" in sentences
    assert " above " not in sentences and " below " not in sentences
    assert "No effect: R is not shown to differ in 1 pair of models that are no controls." in sentences


def test_without_controls_that_is_stated(tables):
    kept = {"trained", "other"}
    only = {name: table[table["model"].isin(kept)] for name, table in tables.items()}
    only["model_comparison"] = only["model_comparison"][only["model_comparison"]["other_model"].isin(kept)]
    assert section(only)["sentences"][0].startswith("No control is scored beside these models")


def test_one_subject_is_not_tested(tmp_path):
    found = section(tables_of(tmp_path, n_subjects=1), n_subjects=1)
    assert found["how"].startswith("One subject")
    assert "not tested" in found["sentences"][0] and "q =" not in " ".join(found["sentences"])


def test_one_model_has_a_table_and_no_comparison(tables):
    found = section({"models": tables["models"].query("model == 'trained'")})
    assert found["sentences"] == [] and found["how"] == ""
    assert [table.name for table in found["tables"]] == ["models", "tokens"]


def test_tables_of_models_and_tokens(tables):
    """One row per model, one per tokenizer and story; static vectors have no tokens."""
    rows = {row[0]: row for row in model_table(tables["models"]).rows}
    assert set(rows) == {"trained", "trained-untrained (untrained)", "vectors (static vectors)", "other"}
    assert rows["vectors (static vectors)"][6:8] == ["–", "one (0)"]
    assert rows["trained"][6:8] == ["1,024 tokens of left context", "12; kept: 0, 4, 8, 12"]
    tokens = token_table(tables["models"])
    assert len(tokens.rows) == 6 and tokens.rows[1][-1] == "1 %"
    assert token_table(tables["models"].query("model == 'vectors'")) is None


def test_methods_state_each_kind(tables):
    texts = model_texts(tables["models"], CONFIG)
    assert "weights drawn anew (seed 7)" in texts[1] and "independent of context" in texts[2]
    assert "chunks every 256 tokens" in texts[0] and "the last of its tokens'" in texts[0]
