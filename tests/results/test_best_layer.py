"""Brain scores of the group beside their noise ceiling, and the best layer of each model."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.results.best_layer import best_layers
from brainforecast.results.group_scores import normalise, summarise_score
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_units, write_table

KEYS = ["model", "layer"]
N_TARGETS = 7
CELLS = [("gpt2", 0), ("gpt2", 4), ("gpt2", 8), ("listeners", 0), ("other", 3)]


def subject_table(subject, cells):
    """Scores of one subject, who lacks target 2; target 5 is nobody's score; 03 has no ceiling."""
    rng = np.random.default_rng(subject)
    target = np.delete(np.arange(N_TARGETS), 2 if subject < 4 else [])
    for model, layer in cells:
        score = rng.normal(0.1, 0.05, len(target)).astype(np.float32)
        score[target == 5] = np.nan
        if model == "listeners":
            score = np.where(target == 1, -0.01, 2 * score)
            score = np.full(len(target), np.nan) if subject == 3 else score
        yield pd.DataFrame({"subject": f"{subject:02d}", "model": model, "layer": layer, "target": target,
                            "brain_score": score, "alpha": 1.0})  # fmt: skip


@pytest.fixture
def tables(tmp_path):
    """The function that writes the tables of five subjects with these cells and returns their paths."""

    def write(cells):
        paths = [tmp_path / f"sub-{subject:02d}.parquet" for subject in range(1, 6)]
        for subject, path in enumerate(paths, start=1):
            write_table(subject_table(subject, cells), path, units=UNITS)
        return paths

    return write


def test_scores_stand_beside_their_ceiling(tables):
    """The group's mean of the listeners' rows on every other row, and mean / ceiling, from pandas again."""
    paths = tables(CELLS)
    group = pd.concat(summarise_score(paths, "brain_score", KEYS, N_TARGETS)).set_index(["model", "target"])
    scores = pd.concat(map(pd.read_parquet, paths)).astype({"brain_score": float})
    ceiling = scores[scores["model"] == "listeners"].groupby("target")["brain_score"].mean()
    assert list(group.columns[-3:]) == ["q_value", "noise_ceiling", "normalised"]
    for (model, target), row in group.iterrows():
        if model == "listeners":
            assert row[["noise_ceiling", "normalised"]].isna().all()
            assert row["mean"] == pytest.approx(ceiling[target], rel=1e-12)
            continue
        assert row["noise_ceiling"] == pytest.approx(ceiling[target], rel=1e-12)
        if target == 1:  # its ceiling is below 0
            assert row["noise_ceiling"] < 0 and np.isnan(row["normalised"])
        else:
            assert row["normalised"] == pytest.approx(row["mean"] / ceiling[target], rel=1e-12)
    assert group.loc["listeners", "n_subjects"].tolist() == [4, 4, 2, 4, 4, 4]  # 03 counts as no subject


def test_without_the_analysis_there_is_no_ceiling(tables):
    cells = [cell for cell in CELLS if cell[0] != "listeners"]
    group = pd.concat(summarise_score(tables(cells), "brain_score", KEYS, N_TARGETS))
    assert len(group) and group[["noise_ceiling", "normalised"]].isna().all(axis=None)
    assert group[["noise_ceiling", "normalised"]].dtypes.eq(np.float64).all()


def test_a_ratio_is_masked_and_never_clipped():
    found = normalise(np.array([0.3, -0.1, 0.2, 0.2, 0.2]), np.array([0.2, 0.2, 0.0, -0.1, np.nan]))
    np.testing.assert_allclose(found, [1.5, -0.5, np.nan, np.nan, np.nan])


def test_best_layer(tables, tmp_path):
    """argmax over layers of each subject, and of the group's mean; models with one layer are not there."""
    paths = tables(CELLS)
    found = best_layers(paths, N_TARGETS)
    assert found["model"].unique().tolist() == ["gpt2"]
    scores = pd.concat(map(pd.read_parquet, paths)).query("model == 'gpt2'").dropna().astype({"brain_score": float})
    each = scores.pivot(index="layer", columns=["target", "subject"], values="brain_score").idxmax()
    expected = each.groupby("target").agg(n_subjects="size", mean="mean", sem="sem")
    means = scores.groupby(["layer", "target"])["brain_score"].mean().unstack("target")
    found = found.set_index("target")
    assert found["best_layer"].to_dict() == means.idxmax().to_dict()
    assert len(set(found["best_layer"])) > 1
    np.testing.assert_allclose(found[["n_subjects", "mean", "sem"]], expected, rtol=1e-12)
    write_table(found.reset_index(), tmp_path / "best.parquet", units=UNITS)
    assert all(read_units(tmp_path / "best.parquet").values())


def test_no_model_with_two_layers_gives_no_rows(tables, tmp_path):
    """The table is there all the same, with its columns and their kinds."""
    several = best_layers(tables(CELLS), N_TARGETS)
    none = best_layers(tables([("gpt2", 0), ("other", 3)]), N_TARGETS)
    assert len(none) == 0
    assert none.dtypes.to_dict() == several.dtypes.to_dict()
    write_table(none, tmp_path / "best.parquet", units=UNITS)
    assert list(pd.read_parquet(tmp_path / "best.parquet")) == list(several)
