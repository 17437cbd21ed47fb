"""Variants of the reported cell: from designs and responses to the means of the group."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import RidgeCV

from brainforecast.controls.autocorrelation import autocorrelation_rows
from brainforecast.controls.sensitivity import Moments, is_shuffle, sensitivity_rows, variant_label
from brainforecast.controls.variants import score_variants
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.jobs.designs import fold_settings
from brainforecast.storage.designs import write_designs
from brainforecast.storage.variant_scores import VariantScores, read_variant_scores, write_variant_scores

N_TRS, DELAYS, ALPHA = [70, 50], [0, 1], 10.0
DISTANCES, CURVE = [-2, 0, 4, 8], [0, 4, 8]
REGIONS = pd.DataFrame(
    {"hemi": ["L", "L", "R", "R"], "region": ["a", "b", "a", "b"], "lobe": ["frontal", "temporal"] * 2}
).astype("str")
CONTRAST = {
    "name": "front - back",
    "first": {"level": "lobe", "roi": "frontal"},
    "second": {"level": "roi", "roi": ["b*"]},
}
VARIANTS = {"as_reported": "paper", "strict": "paper", "shuffle-1": "paper", "verdict-strict": "verdict"}
STATISTICS = ("brain_score", "forecast_score", "mirror_difference")


# ---- scores ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def autocorrelation(tmp_path) -> Path:
    """The responses are below .1 from lag 3 on."""
    table = pd.DataFrame({"lag": range(5), "autocorrelation": [1, 0.5, 0.2, 0.05, 0.3]})
    table.to_parquet(tmp_path / "autocorrelation.parquet")
    return tmp_path / "autocorrelation.parquet"


def delayed(features: np.ndarray) -> np.ndarray:
    """Each run on its own, delays beside each other, zeros before its start."""
    parts = []
    for run in np.split(features, np.cumsum(N_TRS)[:-1]):
        parts.append(np.hstack([np.vstack([np.zeros((d, run.shape[1])), run[: len(run) - d]]) for d in DELAYS]))
    return np.concatenate(parts)


def score_by_hand(features: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    """Standardised on training rows, ridge of one penalty, correlation on the rows held out."""
    X = delayed(features)
    X = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
    predicted = RidgeCV([ALPHA]).fit(X[train], y[train]).predict(X[test])
    return stats.pearsonr(predicted, y[test]).statistic


def test_strict_scores_are_those_of_folds_made_by_hand(tmp_path, autocorrelation):
    """A gap of one volume and the memory of three, in the same story only, on both sides of each third."""
    rng = np.random.default_rng(0)
    folds = fold_settings({"scheme": "strict", "n_folds": 3, "gap": max(DELAYS), "kept": 0.5}, [autocorrelation])
    assert folds.gap == 4
    splits = make_folds(N_TRS, folds)
    present, ahead, mirrored = rng.standard_normal((3, 3, sum(N_TRS), 2)).astype(np.float32)
    windows = np.stack([mirrored, ahead])
    named = {
        "present": [Design(present[None], [0], N_TRS, splits)],
        "window": [Design(windows, [-2, 8], N_TRS, splits)],
    }
    write_designs(named, tmp_path / "strict.safetensors")
    variant = {
        "name": "strict",
        "designs": [["strict", "present"], ["strict", "window"]],
        "distances": [-2, 8],
        "folds": vars(folds) | {"gap": max(DELAYS)},
        "measured": True,
        "encoding": {"delays": DELAYS, "alphas": [ALPHA], "blocked": True},
    }
    series = rng.standard_normal((sum(N_TRS), 3)).astype(np.float32)
    series[:, 0] += present[0, :, 0] + 0.7 * ahead[0, :, 1]
    series[:, 2] = np.nan  # a region that the subject lacks
    scores = score_variants(series, N_TRS, [variant], [tmp_path / "strict.safetensors"], [autocorrelation])
    found = scores["strict"]
    assert found.gap == 4 and found.brain_score.shape == (3, 3) and np.isnan(found.brain_score[:, 2]).all()

    story, row = np.repeat([0, 1], N_TRS), np.arange(sum(N_TRS))
    for region in (0, 1):
        by_hand = []
        for k, test in enumerate(np.split(row, 3)):
            near = (np.abs(row[:, None] - test) <= 4) & (story[:, None] == story[test])
            train = row[~near.any(axis=1)]
            blocks = [present[k], np.hstack([present[k], mirrored[k]]), np.hstack([present[k], ahead[k]])]
            by_hand.append([score_by_hand(block, series[:, region], train, test) for block in blocks])
        np.testing.assert_allclose(found.brain_score[:, region], np.mean(by_hand, axis=0), atol=1e-4)

    used = row % 4 != 2
    spoiled = np.where(used[:, None], series, np.float32(1e6))
    paths = [tmp_path / "strict.safetensors"], [autocorrelation]
    censored, same = (score_variants(x, N_TRS, [variant], *paths, used)["strict"] for x in (series, spoiled))
    np.testing.assert_array_equal(censored.brain_score, same.brain_score)
    assert censored.gap == 4 and not np.array_equal(censored.brain_score[0], found.brain_score[0])
    every = score_variants(series, N_TRS, [variant], *paths, np.ones(len(row), bool))["strict"]
    np.testing.assert_array_equal(every.brain_score, found.brain_score)


def test_a_gap_is_measured_only_where_a_rule_has_the_table(autocorrelation):
    folds = {"scheme": "strict", "n_folds": 3, "gap": 12}
    assert fold_settings(folds) == FoldSettings("strict", 3, 12)
    assert fold_settings(folds, [autocorrelation]).gap == 15


def test_scores_survive_their_file(tmp_path):
    """With the gap, or without where folds have none."""
    scores = {"as_reported": VariantScores(np.eye(3, dtype=np.float32)), "strict": VariantScores(np.ones((2, 4)), 7)}
    write_variant_scores(scores, tmp_path / "sub-1.safetensors")
    found = read_variant_scores(tmp_path / "sub-1.safetensors")
    assert {name: of.gap for name, of in found.items()} == {"as_reported": None, "strict": 7}
    np.testing.assert_array_equal(found["as_reported"].brain_score, np.eye(3))


def test_autocorrelation_is_the_mean_over_subjects():
    """One subject's runs are long enough for few lags only."""
    rng = np.random.default_rng(2)
    long, short = rng.standard_normal((200, 4)), rng.standard_normal((20, 4))
    table = autocorrelation_rows([(long, [200]), (short, [20])], tr=2.0)
    assert table["lag"].tolist() == list(range(31))
    assert table["n_subjects"].tolist() == [2] * 11 + [1] * 20
    assert table["autocorrelation"][0] == pytest.approx(1)


# ---- the group -------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path) -> tuple[dict, dict, dict]:
    """Files of three subjects, their arrays, and what the table has; the third subject lacks the last region."""
    rng = np.random.default_rng(3)
    paths, arrays = {}, {}
    for subject in ("01", "02", "03"):
        of_subject = {}
        for variant in VARIANTS:
            n = 2 if variant in ("shuffle-1", "verdict-strict") else len(DISTANCES)
            scores = rng.normal(0.1, 0.02, (1 + n, 4)).astype(np.float32)
            if subject == "03":
                scores[:, 3] = np.nan
            of_subject[variant] = VariantScores(scores, 5 + int(subject) if "strict" in variant else None)
        paths[subject] = tmp_path / f"sub-{subject}.safetensors"
        write_variant_scores(of_subject, paths[subject])
        arrays[subject] = {name: of.brain_score.astype(float) for name, of in of_subject.items()}
    short = {"shuffle-1", "verdict-strict"}
    variants = [
        {"name": name, "base": base, "distances": [-2, 8] if name in short else DISTANCES}
        for name, base in VARIANTS.items()
    ]
    excluded = {"exclude-first": ["01"]}
    wanted = {"variants": variants, "pair": [-2, 8], "curve": CURVE, "contrast": CONTRAST, "excluded": excluded}
    return paths, arrays, wanted


def row_of(table: pd.DataFrame, **equal: object) -> pd.Series:
    for column, value in equal.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize("variant", [*VARIANTS, "exclude-first"])
@pytest.mark.parametrize(("level", "region", "members"), [("all", "all", range(4)), ("lobe", "temporal", [1, 3])])
def test_places_are_means_over_regions_then_subjects(study, variant, level, region, members):
    """R, F against the present, M against the mirror; a region that a subject lacks is left out of its mean."""
    paths, arrays, wanted = study
    table = sensitivity_rows(paths, REGIONS, wanted)
    scored = "as_reported" if variant.startswith("exclude") else variant
    subjects = [s for s in paths if variant != "exclude-first" or s != "01"]
    distances = {v["name"]: v["distances"] for v in wanted["variants"]}[scored]
    for statistic in STATISTICS:
        values = []
        for subject in subjects:
            scores = arrays[subject][scored][:, list(members)]
            window, mirrored = scores[1 + distances.index(8)], scores[1 + distances.index(-2)]
            found = {"brain_score": scores[0], "forecast_score": window - scores[0]}
            values.append(np.nanmean({**found, "mirror_difference": window - mirrored}[statistic]))
        row = row_of(table, variant=variant, level=level, region=region, statistic=statistic)
        assert row["value"] == pytest.approx(np.mean(values))
        assert row["sem"] == pytest.approx(stats.sem(values))
        assert row["n_subjects"] == len(subjects)
        assert row["base"] == VARIANTS.get(scored)


def test_regions_have_rows_of_their_own(study):
    """The last one of two subjects."""
    paths, _, wanted = study
    table = sensitivity_rows(paths, REGIONS, wanted)
    regions = table[(table["level"] == "roi") & (table["variant"] == "strict") & (table["statistic"] == "brain_score")]
    assert list(zip(regions["hemi"], regions["region"], strict=True)) == [
        ("L", "a"),
        ("L", "b"),
        ("R", "a"),
        ("R", "b"),
    ]
    assert regions["n_subjects"].tolist() == [3, 3, 3, 2]


def test_a_region_that_nobody_has_gets_no_rows(study):
    """Nor does it change its lobe."""
    paths, _, wanted = study
    more = pd.concat([REGIONS, REGIONS.tail(1).assign(region="c")], ignore_index=True)
    for path in paths.values():
        scores = read_variant_scores(path)
        wider = {n: np.pad(of.brain_score, ((0, 0), (0, 1)), constant_values=np.nan) for n, of in scores.items()}
        write_variant_scores({n: VariantScores(wider[n], of.gap) for n, of in scores.items()}, path)
    table = sensitivity_rows(paths, more, wanted)
    assert "c" not in set(table["region"]) and np.isfinite(table["value"]).all()


@pytest.mark.parametrize("variant", ["as_reported", "strict", "exclude-first"])
def test_the_contrast_is_of_the_peaks_of_the_mean_curves(study, variant):
    """Both hemispheres pooled; from the distances of the curve only."""
    paths, arrays, wanted = study
    table = sensitivity_rows(paths, REGIONS, wanted)
    scored = "as_reported" if variant.startswith("exclude") else variant
    differences = []
    for subject in paths:
        F = arrays[subject][scored][[1 + DISTANCES.index(d) for d in CURVE]] - arrays[subject][scored][0]
        sides = (np.nanmean(F[:, members], axis=1) for members in ([0, 2], [1, 3]))
        first, second = (CURVE[int(np.argmax(side))] for side in sides)
        if variant != "exclude-first" or subject != "01":
            differences.append(first - second)
    row = row_of(table, variant=variant, level="contrast")
    assert (row["region"], row["statistic"]) == ("front - back", "peak_distance")
    assert row["value"] == pytest.approx(np.mean(differences)) and row["sem"] == pytest.approx(stats.sem(differences))


def test_only_variants_with_a_curve_have_a_contrast(study):
    paths, _, wanted = study
    table = sensitivity_rows(paths, REGIONS, wanted)
    assert set(table.loc[table["level"] == "contrast", "variant"]) == {"as_reported", "strict", "exclude-first"}
    none = sensitivity_rows(paths, REGIONS, wanted | {"contrast": None, "curve": []})
    assert "contrast" not in set(none["level"])


def test_the_gap_is_that_of_strict_folds(study):
    """The median over subjects: 6, 7 and 8."""
    paths, _, wanted = study
    gaps = sensitivity_rows(paths, REGIONS, wanted).groupby("variant")["gap"].first()
    assert gaps["strict"] == 7 and gaps["verdict-strict"] == 7 and gaps.isna().sum() == 3


def test_moments_of_one_subject_have_no_error():
    """And none at all without a subject."""
    moments = Moments((2,))
    assert np.isnan(moments.mean).all()
    moments.add(np.array([1.0, np.nan]))
    np.testing.assert_array_equal(moments.mean, [1, np.nan])
    assert np.isnan(moments.sem).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("as_reported", "as reported"),
        ("components-40", "40 components"),
        ("context-64", "context of 64 tokens"),
        ("word_vector-mean", "word vector: mean of tokens"),
        ("exclude-left-handed", "without left-handed"),
    ],
)
def test_variants_have_names_in_words(name, expected):
    assert variant_label(name) == expected


def test_shuffles_are_known_by_their_names():
    assert is_shuffle(pd.Series(["strict", "shuffle-1"])).tolist() == [False, True]
