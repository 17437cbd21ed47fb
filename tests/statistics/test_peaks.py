"""d* and k*: argmax, centroid, halves, masks and reliability, each recomputed from the subjects' tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.cells import Grid, depths_of
from brainforecast.results.forecast_peaks import forecast_depths, forecast_distances
from brainforecast.results.reliability import reliability_rows
from brainforecast.statistics.inference import random_halves
from brainforecast.statistics.peaks import Curves, centroid, find_peaks, peak
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import (
    ABSENT,
    CONSTANT,
    DISTANCES,
    N_TARGETS,
    make_scores,
    paths,
    read,
    targets,
    write_subjects,
)

DISTANCE_KEYS, DEPTH_KEYS = ["model", "layer", "source", "width"], ["model", "source", "width", "distance"]
CELL = {"layer": 2, "source": "true", "width": 7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of six subjects, and those of the group."""
    folder = write_subjects(tmp_path_factory.mktemp("subjects"))
    forecasts = paths(folder, "forecast_scores")
    distances = forecast_distances(paths(folder, "forecast_distance"), forecasts, N_TARGETS, distance=8, reference=0)
    depths = forecast_depths(paths(folder, "forecast_depth"), forecasts, N_TARGETS)
    for name, frames in (("forecast_distance", distances), ("forecast_depth", depths)):
        write_table(frames, folder / f"group-{name}.parquet", units=UNITS)
    return folder


def curves_of(subject: str) -> tuple[np.ndarray, np.ndarray]:
    """F of each fold over the distances of layer 2, and over the layers at distance 8: (n, n_folds, n_targets)."""
    parts = make_scores(subject)
    alone = {part.grid.layer: part.brain_score[0].astype(float) for part in parts if part.grid.source == "present"}
    cells = {
        (part.grid.layer, distance): part.brain_score[index].astype(float) - alone[part.grid.layer]
        for part in parts[3:]
        if part.grid.width == 7
        for index, distance in enumerate(part.grid.distances)
    }
    return np.stack([cells[2, d] for d in DISTANCES]), np.stack([cells[layer, 8] for layer in (0, 1, 2)])


# ---- One curve -----------------------------------------------------------------------------------------------------


def test_peak_is_the_first_largest():
    """The first of equals; a curve with a hole has none."""
    curves = np.array([[0.0, 1, np.nan], [2, 1, 5], [2, 0, 1]])
    np.testing.assert_array_equal(peak(curves, np.array([-10, 0, 8])), [0, -10, np.nan])


def test_centroid_is_the_mean_position_of_what_is_above_zero():
    """Weights are the positive part; a curve that is nowhere above 0, or has a hole, has none."""
    curves = np.array([[1.0, -3, -1, 1], [3, 0, -1, np.nan], [-9, 2, 0, 1]])
    found = centroid(curves, np.array([-2, 0, 6]))
    np.testing.assert_allclose(found, [(-2 * 1 + 0 * 3) / 4, 6, np.nan, np.nan])


def test_noise_peaks_anywhere_and_a_bump_where_it_is():
    """The mean argmax of noise is the middle of the grid, in either half; that of a bump stays, in both."""
    rng, positions = np.random.default_rng(0), np.arange(-10, 31)
    noise = rng.normal(size=(2, 41, 4000))
    bump = np.exp(-0.5 * ((positions - 3) / 2) ** 2)[:, None]
    for signal, expected in ((0, 10), (50 * bump, 3)):
        halves = [signal + half for half in noise]
        found = find_peaks(Curves(sum(halves) / 2, *halves), positions, "found")
        for name in ("found", "even_folds", "odd_folds"):
            assert abs(found[name].mean() - expected) < 0.6
    assert abs(np.corrcoef(peak(noise[0], positions), peak(noise[1], positions))[0, 1]) < 0.05


def test_depths_are_compared_where_two_layers_are_scored():
    """The layers that share model, source, width and distance; the present has no depth."""
    grids = [Grid("m", k, "true", 7, (8,)) for k in (3, 0)] + [Grid("m", 2, "true", 7, (0, 8))]
    grids += [Grid("m", 2, "shuffled", 7, (8,)), Grid("n", 0, "true", 7, (8,)), Grid("m", 1, "true", 6, (8,))]
    grids += [Grid("m", k, "present", 0, (0,)) for k in range(4)]
    assert depths_of(grids) == {("m", "true", 7, 8): [0, 2, 3]}


# ---- Subjects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("measure", "axis"), [("forecast_distance", DISTANCES), ("forecast_depth", (0, 1, 2))])
def test_subjects_peaks_are_those_of_their_curves(folder, measure, axis):
    """Argmax of the mean over folds, of the even and the odd ones, and centroid, from the folds' scores."""
    table = read(folder, measure)
    chosen = table[(table["width"] == 7) & (table.get("layer", 2) == 2) & (table.get("distance", 8) == 8)]
    for subject, rows in chosen.groupby("subject"):
        curves = curves_of(subject)[measure == "forecast_depth"]
        kept = rows["target"].to_numpy() != CONSTANT
        for name, folds in ((measure, range(5)), ("even_folds", (0, 2, 4)), ("odd_folds", (1, 3))):
            best = np.array(axis)[curves[:, list(folds)].mean(axis=1)[:, kept].argmax(axis=0)]
            np.testing.assert_array_equal(rows[name][kept], best)
        above = pd.DataFrame(curves.mean(axis=1)[:, kept], axis).clip(lower=0)
        expected = above.mul(above.index, axis=0).sum() / above.sum().replace(0, np.nan)
        np.testing.assert_allclose(rows["centroid"][kept], expected, rtol=0, atol=1e-4)
        assert rows.loc[~kept, [measure, "centroid", "even_folds", "odd_folds"]].isna().all().all()
        assert ABSENT not in set(rows["target"])


def test_single_distances_have_no_distance_and_single_layers_no_depth(folder):
    """A curve of one point peaks nowhere."""
    assert set(read(folder, "forecast_distance").groupby(["layer", "width"]).groups) == {(2, 3), (2, 7)}
    assert set(read(folder, "forecast_depth").groupby(["width", "distance"]).groups) == {(7, 8)}


@pytest.mark.parametrize(("table", "axis"), [("roi_distances", "distance"), ("roi_depths", "depth")])
def test_regional_peaks(folder, table, axis):
    """Mean of the targets' argmax; argmax and centroid of the region's mean curve."""
    rows = read(folder, table).query("width == 7 and level == 'roi' and hemi == 'R'")
    by_target = read(folder, f"forecast_{axis}").query("width == 7").merge(targets(), on="target")
    scores = read(folder, "roi_scores").query("score == 'forecast_score' and width == 7 and hemi == 'R'")
    scores = scores[scores["layer"] == 2] if axis == "distance" else scores[scores["distance"] == 8]
    along = "distance" if axis == "distance" else "layer"
    assert len(rows) == 6 * 4
    for row in rows.itertuples():
        here = by_target.query(f"subject == '{row.subject}' and hemi == 'R' and roi == '{row.roi}'")
        values = here[f"forecast_{axis}"].dropna()
        curve = scores.query(f"subject == '{row.subject}' and roi == '{row.roi}'").set_index(along)["mean"]
        above = curve.clip(lower=0)
        assert row.n_targets == len(values)
        assert getattr(row, f"forecast_{axis}") == pytest.approx(values.mean(), rel=1e-12)
        assert getattr(row, f"peak_{axis}") == curve.idxmax()
        assert row.centroid == pytest.approx((above * above.index).sum() / above.sum(), rel=1e-10, nan_ok=True)


# ---- The group -----------------------------------------------------------------------------------------------------


def expected_group(
    folder, measure: str, keys: list[str], tested: pd.DataFrame, alternative: str = "two-sided"
) -> pd.DataFrame:
    """Statistics of a peak by target, and the test of `tested` (index: cell and target; a column per subject)."""
    peaks = read(folder, measure)
    known = peaks.dropna(subset=measure).groupby([*keys, "target"])[measure]
    expected = known.agg(n_subjects="size", mean="mean", sem=stats.sem)
    expected["centroid"] = peaks.groupby([*keys, "target"])["centroid"].mean()
    tested = tested.dropna()
    p = pd.Series(
        [stats.wilcoxon(values, alternative=alternative).pvalue for values in tested.to_numpy()], tested.index
    )
    expected["p_value"] = p
    expected["q_value"] = p.groupby(keys).transform(stats.false_discovery_control)
    return expected


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal to 1e-10, in the same order, missing in the same places."""
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[list(expected)].astype(float), expected.astype(float), rtol=0, atol=1e-10)


def test_group_distances_and_their_mask(folder):
    """Mean d* and centroid; F(8) - F(0) is tested where both were scored, and nothing elsewhere."""
    scores = read(folder, "forecast_scores").astype({"forecast_score": float})
    wide = scores.pivot(index=[*DISTANCE_KEYS, "target", "subject"], columns="distance", values="forecast_score")
    expected = expected_group(folder, "forecast_distance", DISTANCE_KEYS, (wide[8] - wide[0]).unstack("subject"))
    found = pd.read_parquet(folder / "group-forecast_distance.parquet").astype({"model": str, "source": str})
    assert_same(found.set_index([*DISTANCE_KEYS, "target"]).sort_index(), expected)
    assert found.groupby("width")["q_value"].count().to_dict() == {3: 0, 7: N_TARGETS - 2}


def test_group_depths_and_their_mask(folder):
    """Mean k* and centroid; the mean over layers of F_k is tested above 0."""
    scores = read(folder, "forecast_scores").query("width == 7 and distance == 8").astype({"forecast_score": float})
    wide = scores.groupby([*DEPTH_KEYS, "target", "subject"])["forecast_score"].mean()
    expected = expected_group(folder, "forecast_depth", DEPTH_KEYS, wide.unstack("subject"), "greater")
    found = pd.read_parquet(folder / "group-forecast_depth.parquet").astype({"model": str, "source": str})
    assert_same(found.set_index([*DEPTH_KEYS, "target"]).sort_index(), expected)


def reliability(folder, q_level: float) -> pd.DataFrame:
    measures = ("forecast_distance", "forecast_depth")
    return reliability_rows(
        {measure: paths(folder, measure) for measure in measures},
        {measure: folder / f"group-{measure}.parquet" for measure in measures},
        N_TARGETS,
        q_level=q_level,
        n_splits=20,
        seed=5,
    )


@pytest.mark.parametrize(("q_level", "masked"), [(2.0, True), (1e-9, False)])
def test_reliability_is_spearman_between_halves(folder, q_level, masked):
    """rho between the maps of half the subjects and of the others, over splits; and of the even and the odd folds."""
    table = reliability(folder, q_level)
    assert len(table) == 2 * (2 + 1)
    for row in table.itertuples():
        peaks = read(folder, row.measure)
        peaks = peaks[peaks["width"] == row.width].dropna(subset=row.measure)
        tested = row.measure == "forecast_depth" or row.width == 7  # width 3 has no mask test
        assert (row.targets, row.n_targets) == ("masked" if masked and tested else "all", N_TARGETS - 2)
        if row.halves == "folds":
            maps = peaks.groupby("target")[["even_folds", "odd_folds"]].mean()
            assert row.r == pytest.approx(stats.spearmanr(maps).statistic, abs=1e-10)
            assert np.isnan([row.r_low, row.r_high]).all()
        else:
            wide = peaks.pivot(index="subject", columns="target", values=row.measure).sort_index().to_numpy()
            splits = random_halves(6, 20, 5)
            rho = [stats.spearmanr(wide[half].mean(axis=0), wide[~half].mean(axis=0)).statistic for half in splits]
            expected = [np.mean(rho), *np.percentile(rho, [2.5, 97.5])]
            np.testing.assert_allclose([row.r, row.r_low, row.r_high], expected, rtol=0, atol=1e-10)
            assert row.n_splits == 20


def test_reliability_takes_the_targets_that_pass(folder):
    """At a level that some targets pass, only they are correlated."""
    group = pd.read_parquet(folder / "group-forecast_distance.parquet").query("width == 7")
    level = float(np.sort(group["q_value"].dropna().unique())[-1])  # all but the highest
    row = (
        reliability(folder, level).query("measure == 'forecast_distance' and width == 7 and halves == 'folds'").iloc[0]
    )
    passed = group.loc[group["q_value"] < level, "target"]
    assert 10 <= row["n_targets"] == len(passed) < N_TARGETS - 2
    maps = read(folder, "forecast_distance").query("width == 7").groupby("target")[["even_folds", "odd_folds"]].mean()
    assert row["r"] == pytest.approx(stats.spearmanr(maps.loc[passed]).statistic, abs=1e-10)


def test_halves_are_disjoint_seeded_and_differ():
    """Each split leaves no subject out and none in both; the same seed gives the same splits."""
    halves = random_halves(7, 50, 3)
    assert (halves.sum(axis=1) == 3).all()
    assert len(np.unique(halves, axis=0)) > 20
    np.testing.assert_array_equal(halves, random_halves(7, 50, 3))
    assert (halves != random_halves(7, 50, 4)).any()
