"""Means over subjects of statistics of regions, lobes and the whole brain."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.controls.group_tables import brain_rows, mean_over_subjects, shift_rows, wanted_scores
from brainforecast.controls.verdict import ShiftedStatistics
from brainforecast.storage.columns import UNITS
from brainforecast.storage.control_scores import write_control_scores
from brainforecast.storage.parquet import write_table

REGIONS = pd.DataFrame(
    {"hemi": ["L", "L", "R", "R"], "region": ["x", "y", "x", "z"], "lobe": ["front", "back", "front", None]}
).astype("str")
BASES = ["paper", "verdict"]


@pytest.fixture
def subjects(tmp_path):
    """Brain scores of five subjects: (n_bases, 3, n_draws, n_regions); one lacks the first region, all the last."""
    scores = np.random.default_rng(0).standard_normal((5, 2, 3, 7, 4)).astype(np.float32)
    scores[1, ..., 0] = np.nan
    scores[..., 3] = np.nan
    paths = [tmp_path / f"{number}.safetensors" for number in range(5)]
    for of_subject, path in zip(scores, paths, strict=True):
        write_control_scores(of_subject, path)
    return scores.astype(float), paths


def test_the_mean_is_that_of_all_subjects_at_once(subjects):
    """Read one at a time; a subject without a region is left out of its mean and number."""
    scores, _ = subjects
    alone, mirror, ahead = np.moveaxis(scores, 2, 0)
    values = np.stack([alone, ahead - alone, ahead - mirror], axis=2)
    means, counts = mean_over_subjects(scores)
    np.testing.assert_allclose(means[..., :3], np.nanmean(values[..., :3], axis=0), rtol=1e-12)
    assert np.isnan(means[..., 3]).all()
    assert [counts[..., region].max() for region in range(4)] == [4, 5, 5, 0]


def test_shifts_have_a_row_per_base_statistic_draw_and_place(subjects):
    """Lobes and the whole brain are means of their regions; a region that nobody has is left out."""
    scores, paths = subjects
    table = pd.concat(shift_rows(paths, BASES, REGIONS), ignore_index=True)
    places = [("roi", "L", "x"), ("roi", "L", "y"), ("roi", "R", "x"), ("lobe", None, "back"), ("lobe", None, "front"),
              ("all", None, "all")]  # fmt: skip
    assert len(table) == 2 * 3 * 7 * len(places)
    M = np.nanmean((scores[:, 1, 2, 4] - scores[:, 1, 1, 4])[:, :3], axis=0)
    rows = table[(table["base"] == "verdict") & (table["statistic"] == "mirror_difference") & (table["draw"] == 4)]
    found = rows[["level", "hemi", "region"]].itertuples(index=False, name=None)
    assert [tuple(None if pd.isna(name) else name for name in row) for row in found] == places
    expected = [M[0], M[1], M[2], M[1], (M[0] + M[2]) / 2, M.mean()]
    np.testing.assert_allclose(rows["value"], expected, rtol=1e-6)
    assert rows["n_subjects"].tolist() == [4, 5, 5, 5, 5, 5]
    assert set(table) <= set(UNITS) and not table["value"].isna().any()


def test_the_verdict_reads_them(subjects):
    """Row 0 is as recorded, columns are the places."""
    scores, paths = subjects
    table = pd.concat(shift_rows(paths, BASES, REGIONS), ignore_index=True)
    shifted = ShiftedStatistics(table, pd.DataFrame())
    R = np.nanmean(scores[:, 1, 0, :, :3], axis=0)
    np.testing.assert_allclose(shifted.of("verdict", "brain_score")[:, :3], R, rtol=1e-6)
    assert (shifted.n_shifts, len(shifted.places)) == (6, 6)
    wanted = wanted_scores(table, "verdict", REGIONS)
    np.testing.assert_allclose(wanted[:3], R[0], rtol=1e-6)
    assert np.isnan(wanted[3])


def test_brains_have_a_row_per_place(subjects, tmp_path):
    scores, _ = subjects
    paths = [tmp_path / f"brains-{number}.safetensors" for number in range(5)]
    for of_subject, path in zip(scores, paths, strict=True):
        write_control_scores(of_subject[0], path)
    brains = [{"kind": "past", "share": 0.0, "peak": 4.0 + number % 3, "number": number} for number in range(7)]
    table = brain_rows(paths, brains, REGIONS)
    assert len(table) == 7 * 6 and set(table) <= set(UNITS)
    whole = table[table["level"] == "all"]
    assert whole["brain"].tolist() == list(range(7)) and whole["peak"].tolist()[:4] == [4.0, 5.0, 6.0, 4.0]
    R, ahead = (np.nanmean(scores[:, 0, which, :, :3], axis=0) for which in (0, 2))
    F = ahead - R
    np.testing.assert_allclose(whole["brain_score"], R.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(whole["forecast_score"], F.mean(axis=1), rtol=1e-6)


def test_the_same_scores_give_the_same_bytes(subjects, tmp_path):
    _, paths = subjects
    for name in ("first", "again"):
        write_table(shift_rows(paths, BASES, REGIONS), tmp_path / name, units=UNITS)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()


def test_a_study_without_regions_has_empty_tables(tmp_path):
    path = tmp_path / "none.safetensors"
    write_control_scores(np.full((2, 3, 1, 4), np.nan), path)
    table = pd.concat(shift_rows([path], BASES, REGIONS), ignore_index=True)
    assert len(table) == 0 and {"level", "value", "draw"} <= set(table)
