"""From score files to subject and group tables: every number traced back to its definition."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

from brainforecast.cells import Grid
from brainforecast.columns import UNITS
from brainforecast.errors import BadInput
from brainforecast.group_tables import (
    TABLE_STATISTICS,
    contrast_rows,
    forecast_distances,
    summarise_cells,
    summarise_regions,
)
from brainforecast.regions import Regions
from brainforecast.scores_file import Scores, read_scores
from brainforecast.subject_tables import (
    brain_score_rows,
    forecast_distance_rows,
    forecast_score_rows,
    forecast_scores,
    join_blocks,
    region_distance_rows,
    region_score_rows,
)
from brainforecast.tables import read_provenance, read_units, write_table

DISTANCES = (-1, 0, 3, 8)
KEYS = ["model", "layer", "source", "width"]


@pytest.fixture
def targets():
    """Eight targets: two hemispheres of three regions in two lobes, and one target without any."""
    hemi = ["L"] * 4 + ["R"] * 4
    roi = ["a", "a", "b", None, "a", "b", "b", "c"]
    lobe = ["front", "front", "back", None, "front", "back", "back", "back"]
    return pd.DataFrame({"target": range(8), "hemi": hemi, "roi": roi, "lobe": lobe})


def make_scores(subject, seed):
    """Scores of one subject who lacks target 3, in two blocks of distances; target 5 is constant (NaN)."""
    rng = np.random.default_rng(seed)
    target = np.array([0, 1, 2, 4, 5, 6, 7])

    def draw(source, width, distances):
        brain = rng.normal(0.2, 0.1, (len(distances), 5, 7)).astype(np.float32)
        brain[..., 4] = np.nan
        alpha = rng.choice([1.0, 10.0, 100.0], brain.shape).astype(np.float32)
        return Scores(subject, Grid("m", 2, source, width, distances), target, brain, alpha)

    return [draw("true", 7, DISTANCES[2:]), draw("present", 0, (0,)), draw("true", 7, DISTANCES[:2])]


@pytest.fixture
def folder(tmp_path, targets):
    """Tables of six subjects on disk, as the workflow writes them."""
    for number in range(1, 7):
        subject = f"{number:02d}"
        for index, part in enumerate(make_scores(subject, number)):
            part.write(tmp_path / f"{subject}-{index}.safetensors")
        scores = join_blocks(read_scores(path) for path in sorted(tmp_path.glob(f"{subject}-*.safetensors")))
        forecasts, regions = forecast_scores(scores), Regions.of(targets)
        tables = {
            "brain_scores": brain_score_rows(scores),
            "forecast_scores": forecast_score_rows(forecasts),
            "forecast_distance": forecast_distance_rows(forecasts),
            "roi_scores": region_score_rows(scores, forecasts, regions),
            "roi_distances": region_distance_rows(forecasts, regions),
        }
        for name, frames in tables.items():
            write_table(frames, tmp_path / name / f"sub-{subject}.parquet", units=UNITS, provenance={"n": number})
    return tmp_path


def paths(folder, name):
    return sorted((folder / name).glob("*.parquet"))


def test_forecast_score_is_the_gain_over_the_present(folder):
    """F(d) = R with the window - R alone, means over folds, for every row; blocks come back in order."""
    table = pd.read_parquet(folder / "forecast_scores")
    assert table["subject"].nunique() == 6
    assert table.groupby("subject", observed=True)["distance"].unique().map(list).tolist() == [list(DISTANCES)] * 6
    late, present, early = make_scores("02", 2)
    rows = table[table["subject"] == "02"]
    for part in (early, late):
        for index, distance in enumerate(part.grid.distances):
            here = rows[rows["distance"] == distance]
            gain = part.brain_score[index].mean(axis=0) - present.brain_score[0].mean(axis=0)
            np.testing.assert_allclose(here["forecast_score"], gain, rtol=1e-6)
            np.testing.assert_array_equal(here["target"], part.target)


def test_brain_scores_and_penalties(folder):
    _, present, _ = make_scores("05", 5)
    rows = pd.read_parquet(folder / "brain_scores").query("subject == '05'")
    np.testing.assert_allclose(rows["brain_score"], present.brain_score[0].mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(rows["alpha"], np.median(present.alpha[0], axis=0))


def test_forecast_distance_is_the_argmax(folder):
    scores = pd.read_parquet(folder / "forecast_scores")
    found = pd.read_parquet(folder / "forecast_distance").set_index(["subject", "target"])["forecast_distance"]
    for key, curve in scores.groupby(["subject", "target"], observed=True):
        if curve["forecast_score"].notna().all():
            assert found[key] == curve.loc[curve["forecast_score"].idxmax(), "distance"]
        else:
            assert np.isnan(found[key])


def test_region_means(folder, targets):
    """Each roi and lobe, by hemisphere and over both; NaN targets are passed over and counted out."""
    rows = pd.read_parquet(folder / "roi_scores").query("subject == '01' and score == 'forecast_score'")
    scores = pd.read_parquet(folder / "forecast_scores").query("subject == '01'").merge(targets, on="target")
    assert set(zip(rows["level"], rows["roi"], strict=True)) >= {("roi", "a"), ("lobe", "back"), ("all", "all")}
    for row in rows.itertuples():
        there = scores[scores["distance"] == row.distance]
        there = there if pd.isna(row.hemi) else there[there["hemi"] == row.hemi]
        there = there if row.level == "all" else there[there[row.level] == row.roi]
        values = there["forecast_score"].dropna()
        assert row.n_targets == len(values)
        if len(values):
            np.testing.assert_allclose(row.mean, values.astype(float).mean(), rtol=1e-6)


def test_group_statistics_equal_scipy(folder):
    cell = [*KEYS, "distance"]
    frames = summarise_cells(paths(folder, "forecast_scores"), "forecast_score", cell, 8, TABLE_STATISTICS)
    group = pd.concat(frames)
    subjects = pd.read_parquet(folder / "forecast_scores")
    assert len(group) == len(DISTANCES) * 6
    for row in group.itertuples():
        values = subjects.query(f"distance == {row.distance} and target == {row.target}")["forecast_score"].astype(
            float
        )
        assert row.n_subjects == 6
        np.testing.assert_allclose(
            [row.mean, row.sem, row.p_value],
            [values.mean(), stats.sem(values), stats.wilcoxon(values).pvalue],
            rtol=1e-10,
        )
    for _, same in group.groupby("distance"):
        np.testing.assert_allclose(same["q_value"], stats.false_discovery_control(same["p_value"]), rtol=1e-10)


def test_group_regions_and_their_correction(folder):
    """q-values are over the regions of one level and side, within one cell."""
    cell = ["score", *KEYS, "distance"]
    group = pd.concat(summarise_regions(paths(folder, "roi_scores"), cell))
    rows = pd.read_parquet(folder / "roi_scores")
    one = group.query("score == 'forecast_score' and distance == 3 and level == 'roi' and hemi.isna()")
    values = rows.query("score == 'forecast_score' and distance == 3 and level == 'roi' and hemi.isna()")
    expected = values.groupby("roi")["mean"].agg(["mean", stats.sem])
    np.testing.assert_allclose(one.set_index("roi")["mean"], expected["mean"], rtol=1e-10)
    np.testing.assert_allclose(one["q_value"], stats.false_discovery_control(one["p_value"]), rtol=1e-10)


def test_distance_map_and_its_mask(folder):
    found = pd.concat(
        forecast_distances(
            paths(folder, "forecast_distance"), paths(folder, "forecast_scores"), 8, distance=8, reference=0
        )
    ).set_index("target")
    subjects = pd.read_parquet(folder / "forecast_scores").set_index(["distance", "subject", "target"])[
        "forecast_score"
    ]
    difference = (subjects[8].astype(float) - subjects[0].astype(float)).unstack("subject")
    distances = pd.read_parquet(folder / "forecast_distance").groupby("target")["forecast_distance"]
    np.testing.assert_allclose(found["mean"], distances.mean().dropna(), rtol=1e-12)
    for target, row in found.iterrows():
        values = np.float32(difference.loc[target])
        assert row["p_value"] == pytest.approx(stats.wilcoxon(values).pvalue)


def test_a_grid_without_the_mask_distances_has_no_test(folder):
    found = pd.concat(
        forecast_distances(
            paths(folder, "forecast_distance"), paths(folder, "forecast_scores"), 8, distance=9, reference=0
        )
    )
    assert found["mean"].notna().all() and found["q_value"].isna().all()


def test_contrasts_compare_each_subject_with_itself(folder):
    contrast = {
        "name": "front - back",
        "first": {"level": "lobe", "roi": "front"},
        "second": {"level": "lobe", "roi": "back"},
    }
    found = contrast_rows(paths(folder, "roi_distances"), [contrast], keys=KEYS)
    table = pd.read_parquet(folder / "roi_distances").query("level == 'lobe' and hemi == 'L'")
    sides = table.pivot(index="subject", columns="roi", values="forecast_distance")
    difference = sides["front"] - sides["back"]
    row = found.query("hemi == 'L' and measure == 'forecast_distance'").iloc[0]
    low, high = stats.t.interval(0.95, 5, difference.mean(), stats.sem(difference))
    np.testing.assert_allclose(
        [row["effect"], row["ci_low"], row["ci_high"]], [difference.mean(), low, high], rtol=1e-10
    )
    assert row["p_value"] == pytest.approx(stats.wilcoxon(difference).pvalue)


def test_a_subject_with_other_cells_is_told(folder):
    odd = paths(folder, "forecast_scores")[2]
    frame = pd.read_parquet(odd)
    write_table(frame, odd, units=UNITS)
    with pytest.raises(BadInput, match=r"sub-03.parquet: found 1 cells; expected 4"):
        list(summarise_cells(paths(folder, "forecast_scores"), "forecast_score", KEYS, 8, TABLE_STATISTICS))


def test_tables_carry_units_and_provenance(folder):
    path = paths(folder, "forecast_scores")[0]
    assert set(read_units(path)) == set(pq.read_schema(path).names)
    assert all(read_units(path).values())
    assert read_provenance(path) == {"n": 1}


def test_a_failed_write_leaves_nothing(tmp_path):
    def frames():
        yield pd.DataFrame({"target": [1]})
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        write_table(frames(), tmp_path / "table.parquet", units=UNITS)
    assert list(tmp_path.iterdir()) == []
