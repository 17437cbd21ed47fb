"""Widths: the best distance comes from the other subjects, and tests repeat the selection; numbers are scipy's."""

from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from brainforecast.results.widths import at_best_distance, width_rows
from brainforecast.statistics.selected_differences import leave_one_out_best
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import SUBJECTS, paths, read

CURVE = ["model", "layer", "base", "source"]
REGION = ["level", "hemi", "roi"]
DRAWS = {"n_draws": 1999, "seed": 0}


def chosen_for(curves: pd.DataFrame) -> list[int]:
    """For each subject, a row, the distance that is best in the mean of the others."""
    return [curves.drop(index=subject).mean().idxmax() for subject in curves.index]


def null_statistics(curves: np.ndarray) -> np.ndarray:
    """|t| at the selected distances for every choice of signs of the deviations, (n_subjects, n_distances).

    Distances more than 3 paired standard errors below the best one do not compete.
    """
    n, found = len(curves), []
    below = curves[:, [curves.mean(axis=0).argmax()]] - curves
    curves = curves[:, below.mean(axis=0) <= 3 * stats.sem(below)]
    deviations = (curves - curves.mean(axis=0)) * np.sqrt(n / (n - 1))
    for signs in product((-1, 1), repeat=n):
        drawn = deviations * np.array(signs)[:, None]
        chosen = [drawn[i, np.delete(drawn, i, axis=0).mean(axis=0).argmax()] for i in range(n)]
        found.append(abs(np.mean(chosen) / stats.sem(chosen)))
    return np.array(found)


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
    chosen, null = [], {}
    for (width, *region), rows in scores.fillna({"hemi": "both"}).groupby(["width", *REGION]):
        curves = rows.pivot(index="subject", columns="distance", values="mean")
        null[width, *region] = null_statistics(curves.to_numpy())
        for subject, distance in zip(SUBJECTS, chosen_for(curves.loc[SUBJECTS]), strict=True):
            chosen.append([width, *region, subject, distance, curves.loc[subject, distance]])
    chosen = pd.DataFrame(chosen, columns=["width", *REGION, "subject", "distance", "F"])
    groups = chosen.groupby(["width", *REGION])
    expected = groups["F"].agg(n_subjects="size", mean="mean", sem=stats.sem)
    expected["distance"] = groups["distance"].agg(lambda values: values.mode().iloc[0])

    table = width_rows(paths(folder, "roi_scores"), **DRAWS)
    assert list(table) == [*CURVE, *REGION, "width", "distance", "n_subjects", "mean", "sem", "ci_low", "ci_high",
                           "p_value", "q_value"]  # fmt: skip
    assert set(table["layer"]) == {2}  # other layers have one width
    found = table.fillna({"hemi": "both"}).set_index(["width", *REGION]).sort_index()
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[list(expected)].astype(float), expected, rtol=0, atol=1e-10)
    for key, row in found.iterrows():
        t = abs(row["mean"] / row["sem"])
        assert abs(row["p_value"] - max((null[key] >= t - 1e-6).mean(), 2 / 2**6)) < 0.04, key
        half = np.array([row["mean"] - row["ci_low"], row["ci_high"] - row["mean"]]) / row["sem"]
        assert (half >= stats.t.ppf(0.975, 5) - 1e-9).all() and np.ptp(half) < 1e-6
    side = (found.index.get_level_values("hemi") == "both").tolist()
    correct = found["p_value"].groupby([found.index.get_level_values("width"), "level", side])
    np.testing.assert_allclose(found["q_value"], correct.transform(stats.false_discovery_control), atol=1e-12)


def test_one_distance_has_the_tests_of_scipy():
    """Nothing is selected: Student's interval and the signed-rank test."""
    values = np.random.default_rng(4).normal(0.3, 1, size=(1, 11, 5))
    found = at_best_distance(values, np.array([3.0]), n_draws=99, seed=0)
    low, high = stats.t.interval(0.95, 10, loc=values[0].mean(axis=0), scale=stats.sem(values[0]))
    np.testing.assert_allclose([found["ci_low"], found["ci_high"]], [low, high], atol=1e-10)
    np.testing.assert_allclose(found["p_value"], stats.wilcoxon(values[0]).pvalue, atol=1e-10)


def test_noise_passes_at_the_level():
    """Of regions of noise at 12 distances 5 % have p < .05; a test that ignores the selection passes in more."""
    values = np.random.default_rng(2).normal(size=(12, 14, 300))
    found = at_best_distance(values, np.arange(12.0), n_draws=499, seed=0)
    assert 0.01 < np.mean(found["p_value"] < 0.05) < 0.09
    assert np.mean((found["ci_low"] < 0) & (found["ci_high"] > 0)) > 0.91
    best, _ = leave_one_out_best(values)
    assert np.mean(stats.wilcoxon(best).pvalue < 0.05) > 0.15


def test_regions_without_subjects_have_no_test():
    values = np.full((3, 5, 2), np.nan)
    values[..., 1] = np.random.default_rng(3).normal(size=(3, 5))
    found = at_best_distance(values, np.arange(3.0), n_draws=99, seed=0)
    assert found["n_subjects"].tolist() == [0, 5]
    assert [np.isnan(found[name]).tolist() for name in ("mean", "ci_low", "p_value")] == [[True, False]] * 3


def test_one_width_is_no_comparison(folder, tmp_path):
    """Without a second width the table has its columns and no row."""
    only = [tmp_path / path.name for path in paths(folder, "roi_scores")]
    for path, source in zip(only, paths(folder, "roi_scores"), strict=True):
        pd.read_parquet(source).query("layer == 0 or score == 'brain_score'").to_parquet(path)
    table = width_rows(only, **DRAWS)
    assert len(table) == 0
    assert table["width"].dtype == "Int32" and table["roi"].dtype == "str" and table["mean"].dtype == "float64"


def test_a_curve_is_of_series_where_more_widths_are_scored_so(folder, tmp_path):
    """Two widths of targets beside two of series: those of targets; beside three: those of series alone."""
    for n_series in (2, 3):
        written = [tmp_path / f"{n_series}" / path.name for path in paths(folder, "roi_scores")]
        for path, source in zip(written, paths(folder, "roi_scores"), strict=True):
            table = pd.read_parquet(source)
            keys = ["score", *CURVE, "width", "distance"]
            frames = [rows for _, rows in table.groupby(keys, sort=False, observed=True)]
            own = [rows for rows in frames if (rows["score"] == "forecast_score").all() and (rows["layer"] == 2).all()]
            for width, rows in zip((4, 5, 6)[:n_series], own, strict=False):
                frames.append(rows.assign(score="series_forecast_score", width=np.int32(width)))
            frames = [frame.astype({"score": "str"}) for frame in frames]
            write_table(frames, path, units=UNITS)
        found = width_rows(written, **DRAWS)
        assert set(found["width"]) == ({3, 7} if n_series == 2 else {4, 5, 6})
