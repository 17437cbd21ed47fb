"""Several models compared: selection and differences from the subjects' tables, against plain pandas and numpy."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.model_comparison import DIFFERENCE_COLUMNS, SCORE_COLUMNS, compare_models
from brainforecast.results.models import depths_of_models
from brainforecast.storage.columns import MODEL_UNITS
from brainforecast.storage.parquet import read_json, read_provenance, read_units
from helpers.synthetic_models import MODELS, N_SUBJECTS, WINDOW, model_subject_scores, model_table, write_model_scores
from scripts.results.summarise_comparison import summarise_comparison

KINDS = {name: kind for name, (kind, *_) in MODELS.items()}
DEPTHS = depths_of_models(model_table())
DRAWS = {"n_draws": 199, "seed": 1}


@pytest.fixture(scope="module")
def subjects() -> list[pd.DataFrame]:
    return model_subject_scores()


@pytest.fixture(scope="module")
def tables(subjects, tmp_path_factory) -> tuple[pd.DataFrame, pd.DataFrame]:
    paths = write_model_scores(tmp_path_factory.mktemp("subjects"), subjects)
    return compare_models(paths, KINDS, DEPTHS, WINDOW, **DRAWS)


def matrix(subjects, model: str, score: str = "brain_score", level: str = "all", roi: str = "all") -> pd.DataFrame:
    """Layers by subjects."""
    table = pd.concat(subjects)
    here = table[(table["model"] == model) & (table["score"] == score) & (table["level"] == level)]
    here = here[(here["roi"] == roi) & here["hemi"].isna()]
    return here.pivot(index="layer", columns="subject", values="mean")


def left_out_best(scores: pd.DataFrame) -> pd.Series:
    """Each subject's score at the layer that is best in the mean of the other subjects."""
    return pd.Series({s: scores.loc[scores.drop(columns=s).mean(axis=1).idxmax(), s] for s in scores})


def row_of(table: pd.DataFrame, score: str = "brain_score", level: str = "all", roi: str = "all", **equal) -> pd.Series:
    here = table[(table["score"] == score) & (table["level"] == level) & (table["roi"] == roi) & table["hemi"].isna()]
    for key, value in equal.items():
        here = here[here[key] == value]
    assert len(here) == 1
    return here.iloc[0]


def test_columns_types_and_regions(tables):
    """Whole brain, lobes, of both hemispheres and of each; no region, no noise ceiling."""
    scores, differences = tables
    assert (list(scores), list(differences)) == (SCORE_COLUMNS, DIFFERENCE_COLUMNS)
    assert set(scores["model"]) == set(MODELS)
    for table in tables:
        assert set(table["level"]) == {"all", "lobe"} and set(table["hemi"].dropna()) == {"L", "R"}
        assert table["n_subjects"].dtype == "Int32" and table["model"].dtype == "str"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("level", "roi"), [("all", "all"), ("lobe", "temporal")])
def test_scores_are_at_the_layer_of_the_others(tables, subjects, model, level, roi):
    """Mean and standard error; the best layer of all subjects, its mean and its depth."""
    scores = matrix(subjects, model, level=level, roi=roi)
    best = left_out_best(scores)
    found = row_of(tables[0], model=model, level=level, roi=roi)
    assert (found["mean"], found["sem"]) == pytest.approx((best.mean(), stats.sem(best)))
    means = scores.mean(axis=1)
    assert (found["best_layer"], found["best_mean"]) == (means.idxmax(), pytest.approx(means.max()))
    assert found["n_candidates"] == len(scores) and found["n_subjects"] == N_SUBJECTS
    n_layers = MODELS[model][2]
    assert pd.isna(found["depth"]) if n_layers is None else found["depth"] == means.idxmax() / n_layers


def test_planted_differences_are_found(tables, subjects):
    """The pretrained model above its copy and the vectors; effects are those of the subjects' own differences."""
    for other in ("trained-untrained", "vectors"):
        found = row_of(tables[1], model="trained", other_model=other)
        d = left_out_best(matrix(subjects, "trained")) - left_out_best(matrix(subjects, other))
        assert found["effect"] == pytest.approx(d.mean())
        assert found["ci_low"] > 0 and found["q_value"] < 0.05
    assert not ((tables[1]["model"] == "vectors") & (tables[1]["other_model"] == "trained")).any()


def test_controls_are_subtracted_and_every_pair_is_there_once(tables):
    """Six pairs of four models; the vectors come before an untrained model, as they have no weights to be random."""
    pairs = tables[1][tables[1]["score"] == "brain_score"][["model", "other_model"]].drop_duplicates()
    assert list(pairs.itertuples(index=False, name=None)) == [
        ("trained", "other"), ("trained", "vectors"), ("trained", "trained-untrained"),
        ("other", "vectors"), ("other", "trained-untrained"), ("vectors", "trained-untrained"),
    ]  # fmt: skip


def test_q_is_over_pairs_and_regions_of_a_level(tables):
    """Scipy's correction of each group."""
    keys = ["score", "base", "level"]
    for _, rows in tables[1].groupby([*keys, tables[1]["hemi"].isna()]):
        np.testing.assert_allclose(rows["q_value"], stats.false_discovery_control(rows["p_value"]))


def test_forecast_scores_are_those_of_the_reported_window(tables, subjects, tmp_path):
    """Of the models that have it; of none where no window is reported."""
    scores, differences = tables
    forecast = scores[scores["score"] == "forecast_score"]
    assert set(forecast["model"]) == {"trained", "other"}
    assert set(forecast["distance"]) == {WINDOW["distance"]}
    found = row_of(differences, score="forecast_score", model="trained", other_model="other")
    d = left_out_best(matrix(subjects, "trained", "forecast_score"))
    d -= left_out_best(matrix(subjects, "other", "forecast_score"))
    assert found["effect"] == pytest.approx(d.mean())
    paths = write_model_scores(tmp_path, subjects)
    without, _ = compare_models(paths, KINDS, DEPTHS, dict.fromkeys(WINDOW), **DRAWS)
    assert set(without["score"]) == {"brain_score"}


def test_bases_are_compared_apart(subjects, tmp_path):
    """A base that one model alone has gives no row; one of two models gives theirs."""
    extra = [
        pd.concat([table, table[table["model"].isin(["trained", "vectors"])].assign(base="lexical"),
                   table[table["model"] == "other"].assign(base="verdict")])
        for table in subjects
    ]  # fmt: skip
    scores, _ = compare_models(write_model_scores(tmp_path, extra), KINDS, DEPTHS, WINDOW, **DRAWS)
    assert set(scores["base"]) == {"paper", "lexical"}
    assert set(scores.loc[scores["base"] == "lexical", "model"]) == {"trained", "vectors"}


def test_one_subject_has_its_own_best_layer_and_no_test(tmp_path):
    table = model_subject_scores(n_subjects=1)
    scores, differences = compare_models(write_model_scores(tmp_path, table), KINDS, DEPTHS, WINDOW, **DRAWS)
    found = row_of(scores, model="trained")
    assert found["mean"] == pytest.approx(matrix(table, "trained").max().iloc[0]) == found["best_mean"]
    assert pd.isna(found["sem"])
    assert differences[["ci_low", "ci_high", "p_value", "q_value"]].isna().all(axis=None)
    assert differences["effect"].notna().all() and set(differences["n_subjects"]) == {1}


def test_subjects_with_one_model_are_noted(subjects, tmp_path):
    """Scores that are not numbers: the subject is left out of the pairs of that model, and counted."""
    changed = [table.assign(mean=table["mean"].mask((table["model"] == "other") & (number < 3)))
               for number, table in enumerate(subjects)]  # fmt: skip
    _, differences = compare_models(write_model_scores(tmp_path, changed), KINDS, DEPTHS, WINDOW, **DRAWS)
    found = row_of(differences, model="trained", other_model="other")
    assert (found["n_subjects"], found["n_dropped"]) == (N_SUBJECTS - 3, 3)
    assert row_of(differences, model="trained", other_model="vectors")["n_dropped"] == 0


def test_one_model_gives_no_rows(subjects, tmp_path):
    paths = write_model_scores(tmp_path, subjects)
    for table, columns in zip(
        compare_models(paths, {"trained": "pretrained"}, DEPTHS, WINDOW, **DRAWS),
        (SCORE_COLUMNS, DIFFERENCE_COLUMNS),
        strict=True,
    ):
        assert table.empty and list(table) == columns


def test_the_script_writes_units_and_provenance(subjects, tmp_path):
    paths = write_model_scores(tmp_path, subjects)
    model_table().to_parquet(tmp_path / "models.parquet")
    (tmp_path / "provenance.json").write_text('{"config_hash": "0"}')
    files = [tmp_path / name for name in ("models.parquet", "provenance.json", "scores.parquet", "differences.parquet")]
    summarise_comparison(paths, *files, window=WINDOW, seed=1, n_draws=50)
    for path in files[2:]:
        assert read_units(path).items() <= MODEL_UNITS.items()
        assert read_provenance(path) == read_json(files[1])
        assert len(pd.read_parquet(path))
