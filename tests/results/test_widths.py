"""Widths: the best distance comes from the other subjects, and every number is scipy's on the subjects' tables."""

import numpy as np
import pandas as pd
from scipy import stats

from brainforecast.results.widths import width_rows
from brainforecast.statistics.selected_differences import leave_one_out_best
from helpers.subject_files import SUBJECTS, paths, read

CURVE = ["model", "layer", "base", "source"]
REGION = ["level", "hemi", "roi"]


def test_the_choice_leaves_the_subject_out():
    """A subject with an outlier takes what is best for the others; the others take the outlier's."""
    values = np.array([[9.0, 0, 0], [0, 2, 2], [1, 1, 1]])[..., None]
    best, choice = leave_one_out_best(values)
    assert choice.ravel().tolist() == [1, 0, 0]
    assert best.ravel().tolist() == [0, 0, 0]


def test_noise_is_not_above_zero():
    """The maximum of noise over 20 distances is, the value at a distance that others chose is not."""
    values = np.random.default_rng(0).normal(size=(20, 12, 2000))
    best, _ = leave_one_out_best(values)
    assert values.mean(axis=1).max(axis=0).mean() > 0.4
    assert abs(best.mean()) < 0.02


def test_a_single_subject_has_no_choice():
    """Without other subjects there is no mean to choose by."""
    best, _ = leave_one_out_best(np.array([[[1.0, 2]], [[3, 4]]]))
    assert np.isnan(best).all()


def test_widths_equal_scipy(folder):
    """F(w) at the best of the shared distances in the mean of the others: statistics, test and correction."""
    scores = read(folder, "roi_scores").query("score == 'forecast_score' and layer == 2 and distance in [0, 3]")
    chosen = []
    for (width, *region), rows in scores.fillna({"hemi": "both"}).groupby(["width", *REGION]):
        curves = rows.pivot(index="subject", columns="distance", values="mean")
        for subject in SUBJECTS:
            distance = curves.drop(index=subject).mean().idxmax()
            chosen.append([width, *region, subject, distance, curves.loc[subject, distance]])
    chosen = pd.DataFrame(chosen, columns=["width", *REGION, "subject", "distance", "F"])
    groups = chosen.groupby(["width", *REGION])
    expected = groups["F"].agg(n_subjects="size", mean="mean", sem=stats.sem)
    half = stats.t.ppf(0.975, 5) * expected["sem"]
    expected["ci_low"], expected["ci_high"] = expected["mean"] - half, expected["mean"] + half
    expected["p_value"] = groups["F"].agg(lambda values: stats.wilcoxon(values).pvalue)
    side = (expected.index.get_level_values("hemi") == "both").tolist()
    correct = expected["p_value"].groupby([expected.index.get_level_values("width"), "level", side])
    expected["q_value"] = correct.transform(stats.false_discovery_control)
    expected["distance"] = groups["distance"].agg(lambda values: values.mode().iloc[0])

    table = width_rows(paths(folder, "roi_scores"))
    assert list(table) == [*CURVE, *REGION, "width", "distance", "n_subjects", "mean", "sem", "ci_low", "ci_high",
                           "p_value", "q_value"]  # fmt: skip
    assert set(table["layer"]) == {2}  # other layers have one width
    found = table.fillna({"hemi": "both"}).set_index(["width", *REGION]).sort_index()
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[list(expected)].astype(float), expected, rtol=0, atol=1e-10)


def test_one_width_is_no_comparison(folder, tmp_path):
    """Without a second width the table has its columns and no row."""
    only = [tmp_path / path.name for path in paths(folder, "roi_scores")]
    for path, source in zip(only, paths(folder, "roi_scores"), strict=True):
        pd.read_parquet(source).query("layer == 0 or score == 'brain_score'").to_parquet(path)
    table = width_rows(only)
    assert len(table) == 0
    assert table["width"].dtype == "Int32" and table["roi"].dtype == "str" and table["mean"].dtype == "float64"
