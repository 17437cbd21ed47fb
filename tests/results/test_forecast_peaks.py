"""d* and k* of subjects, regions and the group, and the tests of their masks, each recomputed from the tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.results.forecast_peaks import forecast_distances
from brainforecast.results.frames import with_cell_columns
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import (
    ABSENT,
    CONSTANT,
    DISTANCES,
    N_TARGETS,
    make_folds,
    paths,
    read,
    targets,
    write_group_peaks,
    write_subjects,
)

DISTANCE_KEYS, DEPTH_KEYS = ["model", "layer", "source", "width"], ["model", "source", "width", "distance"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tables of six subjects, and those of the group."""
    return write_group_peaks(write_subjects(tmp_path_factory.mktemp("subjects")))


def curves_of(subject: str) -> tuple[np.ndarray, np.ndarray]:
    """F of each fold over the distances of layer 2, and over the layers at distance 8: (n, n_folds, n_targets)."""
    parts = make_folds(subject)
    alone = {part.grid.layer: part.brain_score[0].astype(float) for part in parts if part.grid.source == "present"}
    cells = {
        (part.grid.layer, distance): part.brain_score[index].astype(float) - alone[part.grid.layer]
        for part in parts[3:]
        if part.grid.width == 7
        for index, distance in enumerate(part.grid.distances)
    }
    return np.stack([cells[2, d] for d in DISTANCES]), np.stack([cells[layer, 8] for layer in (0, 1, 2)])


# ---- Subjects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("measure", "axis"), [("forecast_distance", DISTANCES), ("forecast_depth", (0, 1, 2))])
def test_subjects_peaks_are_those_of_their_curves(folder, measure, axis):
    """Argmax and centroid of the mean over folds, from the folds' scores."""
    table = read(folder, measure)
    chosen = table[(table["width"] == 7) & (table.get("layer", 2) == 2) & (table.get("distance", 8) == 8)]
    for subject, rows in chosen.groupby("subject"):
        curves = curves_of(subject)[measure == "forecast_depth"]
        kept = rows["target"].to_numpy() != CONSTANT
        best = np.array(axis)[curves.mean(axis=1)[:, kept].argmax(axis=0)]
        np.testing.assert_array_equal(rows[measure][kept], best)
        above = pd.DataFrame(curves.mean(axis=1)[:, kept], axis).clip(lower=0)
        expected = above.mul(above.index, axis=0).sum() / above.sum().replace(0, np.nan)
        np.testing.assert_allclose(rows["centroid"][kept], expected, rtol=0, atol=1e-4)
        assert rows.loc[~kept, [measure, "centroid"]].isna().all().all()
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


def expected_group(folder, measure: str, keys: list[str], tested: pd.DataFrame) -> pd.DataFrame:
    """Statistics of a peak by target; tested above 0 is `tested` (index: cell and target; a column per subject)."""
    peaks = read(folder, measure)
    known = peaks.dropna(subset=measure).groupby([*keys, "target"])[measure]
    expected = known.agg(n_subjects="size", mean="mean", sem=stats.sem)
    expected["centroid"] = peaks.groupby([*keys, "target"])["centroid"].mean()
    tested = tested.dropna()
    p = pd.Series([stats.wilcoxon(values, alternative="greater").pvalue for values in tested.to_numpy()], tested.index)
    expected["p_value"] = p
    expected["q_value"] = p.groupby(keys).transform(stats.false_discovery_control)
    return expected


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal to 1e-10, in the same order, missing in the same rows."""
    assert found.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[list(expected)].astype(float), expected.astype(float), rtol=0, atol=1e-10)


def test_group_distances_and_their_mask(folder):
    """Mean d* and centroid; F(8) - F(0) is tested above 0 where both were scored, and nothing elsewhere."""
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
    expected = expected_group(folder, "forecast_depth", DEPTH_KEYS, wide.unstack("subject"))
    found = pd.read_parquet(folder / "group-forecast_depth.parquet").astype({"model": str, "source": str})
    assert_same(found.set_index([*DEPTH_KEYS, "target"]).sort_index(), expected)


def test_a_worse_window_ahead_does_not_pass_the_mask(tmp_path):
    """Where F(8) lies below F(0) in every subject the mask test does not pass; where above, it does."""
    cell = {"model": "m", "layer": 2, "base": "paper", "source": "true", "width": 7}
    target = np.arange(2)
    for name in ("scores", "distances"):
        (tmp_path / name).mkdir()
    for subject in range(8):
        far = np.array([-0.01, 0.01]) * (1 + subject)  # F(0) = 0
        scores = [
            with_cell_columns({**cell, "distance": d}, {"target": target, "forecast_score": F.astype(np.float32)})
            for d, F in ((0, 0 * far), (8, far))
        ]
        peaks = {"target": target, "forecast_distance": 8.0 * (far > 0), "centroid": 8.0}
        write_table(iter(scores), tmp_path / "scores" / f"{subject}.parquet", units=UNITS)
        write_table(iter([with_cell_columns(cell, peaks)]), tmp_path / "distances" / f"{subject}.parquet", units=UNITS)
    found = forecast_distances(paths(tmp_path, "distances"), paths(tmp_path, "scores"), 2, distance=8, reference=0)
    p = next(iter(found))["p_value"]
    assert p.iloc[0] == 1 and p.iloc[1] == 2**-8
