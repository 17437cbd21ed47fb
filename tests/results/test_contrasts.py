"""Contrasts between regions and between hemispheres: every number is scipy's on the subjects' tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from brainforecast.errors import BadInput
from brainforecast.results.contrasts import contrast_rows, matches, symmetry_rows
from brainforecast.statistics.matched_peaks import MatchedPeaks
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import write_table
from helpers.subject_files import paths, read, write_subjects

KEYS = ["model", "layer", "base", "source", "width", "distance"]
CELL = {"model": "m", "layer": 2, "base": "paper", "source": "true", "width": 7, "distance": 3, "depth_distance": 8}


def peaks(folder) -> dict:
    return {"forecast_distance": paths(folder, "roi_distances"), "forecast_depth": paths(folder, "roi_depths")}


def contrast(first, second, measure="forecast_distance", level="roi") -> dict:
    regions = {"first": {"level": level, "roi": first}, "second": {"level": level, "roi": second}}
    return {"name": "one - other", "measure": measure, **regions}


def expected_effect(differences: pd.Series) -> list[float]:
    """effect, ci_low, ci_high, p_value, n_subjects of differences within subjects."""
    low, high = stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))
    return [differences.mean(), low, high, stats.wilcoxon(differences).pvalue, len(differences)]


NUMBERS = ["effect", "ci_low", "ci_high", "p_value", "n_subjects"]


def contrasts_of(folder, *chosen: dict) -> pd.DataFrame:
    return contrast_rows(peaks(folder), paths(folder, "roi_scores"), chosen, n_draws=50, seed=3)


def pooled(table: pd.DataFrame, column: str, *keys: str) -> pd.Series:
    """Mean of a column over regions, weighted by their targets, for each combination of the keys."""
    known = table.dropna(subset=column)
    groups = [known[key] for key in keys]
    return (known[column] * known["n_targets"]).groupby(groups).sum() / known["n_targets"].groupby(groups).sum()


@pytest.mark.parametrize("axis", ["distance", "depth"])
@pytest.mark.parametrize(
    ("level", "first", "second", "members"),
    [
        ("lobe", "front", "back", (["front"], ["back"])),
        ("roi", "a*", ["b", "c"], (["a-1", "a-2"], ["b", "c"])),
        ("roi", "a-2", ["a-1"], (["a-2"], ["a-1"])),
    ],
)
def test_contrasts_equal_scipy(folder, axis, level, first, second, members):
    """Within subjects; pooled regions are weighted by their targets; both hemispheres together and each alone."""
    table = read(folder, f"roi_{axis}s").query(f"level == '{level}' and width == 7").fillna({"hemi": "both"})
    scores = read(folder, "roi_scores").query(f"score == 'forecast_score' and level == '{level}' and width == 7")
    scores = scores.query("layer == 2" if axis == "distance" else "distance == 8").fillna({"hemi": "both"})
    along = {"distance": "distance", "depth": "layer"}[axis]
    found = contrasts_of(folder, contrast(first, second, f"forecast_{axis}", level))
    assert list(found) == ["contrast", "measure", *KEYS, "hemi", *NUMBERS[:-1], "bias", "p_matched", "n_subjects"]
    assert found[along].isna().all() and found["hemi"].isna().sum() == len(found) / 3  # the axis of a peak is no key
    leading = [f"group_peak_{axis}", f"peak_{axis}", f"forecast_{axis}"]
    assert found["measure"].tolist() == leading * (len(found) // 3)
    found = found[found["width"] == 7].fillna({"hemi": "both"})
    assert len(found) == 3 * 3
    for hemi, rows in found.groupby("hemi"):
        of_targets, curves = [], []
        for rois in members:
            here = [t[(t["hemi"] == hemi) & t["roi"].isin(rois)] for t in (table, scores)]
            of_targets.append(pooled(here[0], f"forecast_{axis}", "subject"))
            curves.append(pooled(here[1], "mean", "subject", along).unstack())
        own = curves[0].idxmax(axis=1) - curves[1].idxmax(axis=1)
        matched = MatchedPeaks(*(c.to_numpy() for c in curves), curves[0].columns.to_numpy(), n_draws=50, seed=3)
        simulated = {leading[0]: matched.group(), leading[1]: matched.of_subjects()}
        rows = rows.set_index("measure")
        for measure, differences in ((leading[1], own.astype(float)), (leading[2], of_targets[0] - of_targets[1])):
            expected = expected_effect(differences)
            np.testing.assert_allclose(rows.loc[measure, NUMBERS].astype(float), expected, rtol=0, atol=1e-10)
        for measure, expected in simulated.items():
            columns = rows.loc[measure, ["bias", "p_matched"]].astype(float)
            np.testing.assert_allclose(columns, [expected.bias, expected.p_matched], rtol=0, atol=1e-10)
        group = rows.loc[leading[0]]
        assert group["effect"] == curves[0].mean().idxmax() - curves[1].mean().idxmax()
        assert (group["ci_low"], group["ci_high"]) == matched.group_interval() and np.isnan(group["p_value"])
        assert rows.loc[leading[2], "bias"] == rows.loc[leading[1], "bias"] and np.isnan(rows["p_matched"].iloc[2])


def test_pooled_regions_are_their_pooled_targets(folder):
    """The weighted mean of the parts of a lobe is the lobe."""
    parts = contrasts_of(folder, contrast("a*", ["b", "c"]))
    lobes = contrasts_of(folder, contrast("front", "back", level="lobe"))
    columns = ["effect", "p_value", "bias", "p_matched"]
    one = "not hemi.isna()"
    np.testing.assert_allclose(parts.query(one)[columns], lobes.query(one)[columns], rtol=1e-12)


def test_contrasts_have_rows_of_their_measure_only(folder):
    """A contrast of depths makes no row of distances; no contrast makes no row, and the columns stay."""
    found = contrasts_of(folder, contrast("b", "c", "forecast_depth"))
    assert set(found["measure"]) == {"group_peak_depth", "forecast_depth", "peak_depth"}
    none = contrasts_of(folder)
    assert list(none) == list(found) and len(none) == 0 and none["layer"].dtype == "Int32"


def test_an_unknown_region_is_reported(folder):
    """A region without targets stops the job with the nearest name; so does one unknown name among several."""
    with pytest.raises(BadInput, match=r"config contrasts, one - other, second: found roi a-3; .* nearest is a-"):
        contrasts_of(folder, contrast("b", ["c", "a-3"]))


def test_a_name_matches_itself_or_its_beginning():
    """Only a star at the end is a wildcard."""
    names = pd.Series(["S_sup", "S_sup-1", "S_sup-12", "G_S_sup"])
    assert matches(names, "S_sup").tolist() == [True, False, False, False]
    assert matches(names, "S_sup*").tolist() == [True, True, True, False]
    assert matches(names, "S_sup-1").tolist() == [False, True, False, False]


def test_symmetry_equals_scipy(folder):
    """Left minus right of each region for d*, k*, R and F, in the reported cell; q over the regions of a level."""
    found = symmetry_rows(peaks(folder), paths(folder, "roi_scores"), CELL)
    assert list(found) == ["measure", *KEYS, "level", "roi", "effect", "ci_low", "ci_high", "p_value", "q_value",
                           "n_subjects"]  # fmt: skip
    scores = read(folder, "roi_scores").query("layer == 2")
    measures = {
        "forecast_distance": (read(folder, "roi_distances").query("layer == 2 and width == 7"), "forecast_distance"),
        "forecast_depth": (read(folder, "roi_depths").query("distance == 8"), "forecast_depth"),
        "brain_score": (scores.query("score == 'brain_score'"), "mean"),
        "forecast_score": (scores.query("score == 'forecast_score' and width == 7 and distance == 3"), "mean"),
    }
    assert found.groupby("measure").size().to_dict() == dict.fromkeys(measures, 4 + 2 + 1)
    for measure, (table, column) in measures.items():
        for level in ("roi", "lobe", "all"):
            rows = found[(found["measure"] == measure) & (found["level"] == level)].set_index("roi")
            wide = table[table["level"] == level].pivot(index="subject", columns=["hemi", "roi"], values=column)
            for roi, row in rows.iterrows():
                expected = expected_effect(wide["L"][roi] - wide["R"][roi])
                np.testing.assert_allclose(row[NUMBERS].astype(float), expected, rtol=0, atol=1e-10)
            q = stats.false_discovery_control(rows["p_value"])
            np.testing.assert_allclose(rows["q_value"], q, rtol=0, atol=1e-10)


def test_symmetry_has_the_keys_of_its_cell(folder):
    """A depth has no layer, a distance no distance, a brain score no window; a cell not scored has no row."""
    found = symmetry_rows(peaks(folder), paths(folder, "roi_scores"), CELL).groupby("measure")[KEYS[1:]].first()
    assert found.loc["forecast_distance"].fillna(-1).tolist() == [2, "paper", "true", 7, -1]
    assert found.loc["forecast_depth"].fillna(-1).tolist() == [-1, "paper", "true", 7, 8]
    assert found.loc["brain_score"].tolist() == [2, "paper", "present", 0, 0]
    assert found.loc["forecast_score"].tolist() == [2, "paper", "true", 7, 3]
    none = symmetry_rows(peaks(folder), paths(folder, "roi_scores"), CELL | {"model": "other"})
    assert len(none) == 0 and list(none) == list(symmetry_rows(peaks(folder), paths(folder, "roi_scores"), CELL))


def test_without_windows_only_brain_scores_are_compared(tmp_path):
    """Left minus right of R of each region; there are no peaks to read."""
    rows = [
        {"subject": "01", "score": "brain_score", "model": "tiny", "layer": 1, "base": "paper", "source": "present",
         "width": 0, "distance": 0, "level": "roi", "hemi": hemi, "roi": roi, "mean": value, "n_targets": 3}
        for hemi, roi, value in (("L", "a", 0.3), ("R", "a", 0.1), ("L", "b", 0.2), ("R", "b", 0.2))
    ]  # fmt: skip
    files = [tmp_path / f"{subject}.parquet" for subject in ("01", "02")]
    for subject, file in zip(("01", "02"), files, strict=True):
        write_table([pd.DataFrame(rows).assign(subject=subject)], file, units=UNITS, provenance={})
    window = dict.fromkeys(("source", "width", "distance", "reference", "depth_distance"))
    cell = {"model": "tiny", "layer": 1, "base": "paper", **window}
    found = symmetry_rows({"forecast_distance": [], "forecast_depth": []}, files, cell)
    assert set(found["measure"]) == {"brain_score"}
    assert found.set_index("roi")["effect"].round(6).to_dict() == {"a": 0.2, "b": 0.0}


def test_contrasts_of_peaks_need_no_targets(folder, tmp_path):
    """Where only regions are kept, peaks of their curves are contrasted as before; means of targets' peaks are not."""
    kept = write_subjects(tmp_path, widths_by_region={3})
    wanted = [contrast("a*", "b"), contrast("front", "back", "forecast_depth", "lobe")]
    full, found = contrasts_of(folder, *wanted), contrasts_of(kept, *wanted)
    of_targets = (full["width"] == 3) & full["measure"].isin(["forecast_distance", "forecast_depth"])
    assert of_targets.any()
    expected = full[~of_targets].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, rtol=0, atol=1e-5)
