"""F and its mirror in every place, against its common shifts."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.controls.claims import verdict_rows
from brainforecast.errors import BadInput
from brainforecast.figures.verdicts import LOOKS, MOST_COLUMNS, MOST_ROWS, draw_verdicts, verdict_places
from helpers.figures import settings
from helpers.synthetic_verdicts import CELL, contrasts, judge, strict
from scripts.figures.plot_verdicts import plot_verdicts


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Verdicts and shifts of twelve regions."""
    study = judge()
    return verdict_rows(study, contrasts(), strict(), [], CELL), study.shifted.table


def test_the_mirror_is_the_score_minus_the_difference(tables):
    """F - M = F(w - 1 - d), of the base that votes."""
    verdicts, shifts = tables
    places = verdict_places(verdicts, shifts)
    lobe = places.set_index("label").loc["frontal lobe"]
    rows = verdicts.query("level == 'lobe' and region == 'frontal' and base == 'verdict'").set_index("statistic")
    assert lobe["F"] == rows["effect"]["forecast_score"]
    assert lobe["mirror"] == pytest.approx(lobe["F"] - rows["effect"]["mirror_difference"])


def test_the_range_is_that_of_the_shifts(tables):
    """The middle 95 % of T_k, without the recording."""
    verdicts, shifts = tables
    places = verdict_places(verdicts, shifts).set_index("label")
    of_place = shifts.query("base == 'verdict' and statistic == 'forecast_score' and region == 'frontal01'")
    values = of_place.loc[(of_place["hemi"] == "R") & (of_place["draw"] > 0), "value"]
    assert places.loc["R frontal01", ["low", "high"]].tolist() == pytest.approx(np.quantile(values, [0.025, 0.975]))


def test_the_whole_brain_and_lobes_come_first_then_regions_sorted(tables):
    """Supported regions lead; each kind by F."""
    places = verdict_places(*tables)
    assert list(places["label"][:2]) == ["whole brain", "frontal lobe"]
    regions = places[places["level"] == "roi"]
    supported = (regions["verdict"] == "supported").to_numpy()
    assert supported[: supported.sum()].all()
    assert regions["F"][supported].is_monotonic_decreasing and regions["F"][~supported].is_monotonic_decreasing


def test_a_verdict_is_a_colour_and_a_shape(tables):
    """Each marker has its own of both, and the legend counts regions."""
    figure = draw_verdicts(*tables, settings(), distance=8)
    assert len({look[0] for look in LOOKS.values()}) == len({look[1] for look in LOOKS.values()}) == 3
    drawn = {line.get_marker(): len(line.get_xdata()) for line in figure.axes[1].lines}
    assert [drawn[marker] for _, marker, _ in LOOKS.values()] == [4, 4, 4]
    filled = {line.get_marker(): line.get_markerfacecolor() != "white" for line in figure.axes[1].lines}
    assert [filled[marker] for _, marker, _ in LOOKS.values()] == [True, False, False]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "supported: 4 of 12 regions" in legend and "mirror F(−2)" in legend
    assert figure.get_suptitle().startswith("Simulated data")


def test_the_caption_names_the_verdicts_that_there_are(tables):
    """Their marks, and how many regions have each; no region where none is judged."""
    verdicts, shifts = tables
    figure = draw_verdicts(verdicts, shifts, settings(), distance=8)
    assert "Of 12 regions, 4 supported, 4 not above passive, 4 undecided." in figure.caption.alt
    assert "Hollow square" in figure.caption.paragraphs[0] and "regions below" in figure.caption.paragraphs[0]
    wide = verdicts[verdicts["level"] != "roi"].assign(verdict="supported")
    caption = draw_verdicts(wide, shifts, settings(), distance=8).caption
    assert "Hollow" not in caption.paragraphs[0] and "regions" not in caption.paragraphs[0].split("Grey")[0]
    assert "whole brain: supported" in caption.alt.lower()


def test_many_regions_are_in_columns_and_the_rest_is_counted():
    """300 regions: the columns are full, and the title says how many are left out."""
    study = judge(50)
    rows = verdict_rows(study, contrasts(), strict(), [], CELL)
    figure = draw_verdicts(rows, study.shifted.table, settings(), distance=8)
    assert len(figure.axes) == 1 + MOST_COLUMNS
    assert all(len(ax.get_yticks()) == MOST_ROWS for ax in figure.axes[1:])
    assert "200 highest of 300 regions" in figure.get_suptitle()


def test_regions_without_a_hemisphere(tables):
    """Region data: names alone."""
    verdicts, shifts = (table[table["hemi"] != "R"].assign(hemi=None) for table in tables)
    places = verdict_places(verdicts, shifts)
    assert "frontal00" in set(places["label"]) and places["low"].notna().all()
    draw_verdicts(verdicts, shifts, settings(), distance=8)


def test_a_table_without_forecasts_is_refused(tables):
    with pytest.raises(BadInput, match="no row of the claim forecast"):
        verdict_places(tables[0].assign(claim="forecast_depth"), tables[1])


def test_the_script_writes_the_same_bytes_twice(tables, tmp_path):
    """PNG and SVG without a date."""
    for name, table in zip(("verdicts", "shifts"), tables, strict=True):
        table.to_parquet(tmp_path / f"{name}.parquet")
    inputs = [tmp_path / f"{name}.parquet" for name in ("verdicts", "shifts")]
    for turn in ("first", "second"):
        paths = [tmp_path / f"{turn}.{suffix}" for suffix in ("png", "svg")]
        plot_verdicts(*inputs, paths, distance=8, settings=settings())
    for suffix in ("png", "svg"):
        assert (tmp_path / f"first.{suffix}").read_bytes() == (tmp_path / f"second.{suffix}").read_bytes()
