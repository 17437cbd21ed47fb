"""Forecast score by width, and by single word."""

import numpy as np
import pandas as pd

from brainforecast.figures.widths import draw_widths
from helpers.figures import RATE, Q, lines_of, settings
from helpers.synthetic_analyses import WIDTHS


def test_widths_and_single_words_are_the_tables(cortex_analyses):
    """Left the table of widths, right the rows of width 1; dots are filled where q is below the level."""
    tables = cortex_analyses
    figure = draw_widths(tables["widths"], tables["roi_scores"], settings(), word_rate=RATE)
    left, right = figure.axes[2:4]
    assert left.get_title("left") == "temporal lobe: width"
    wanted = tables["widths"].query("roi == 'temporal' and width > 1")
    wanted = wanted[wanted["hemi"].isna()].set_index("width")["mean"]
    drawn = dict(zip(*lines_of(left)["true"].get_data(), strict=True))
    assert set(drawn) == set(WIDTHS)
    np.testing.assert_allclose([drawn[width] for width in wanted.index], wanted)
    single = (
        tables["roi_scores"]
        .query("roi == 'temporal' and model == 'tiny' and source == 'true' and width == 1")
        .query("hemi.isna() and score == 'forecast_score'")
        .sort_values("distance")
    )
    np.testing.assert_array_equal(lines_of(right)["true"].get_xdata(), range(11))
    np.testing.assert_allclose(lines_of(right)["true"].get_ydata(), single["mean"])
    dots = right.collections[-1].get_facecolors()
    assert (dots[:, :3] != 1).any(axis=1).sum() == (single["q_value"] < Q).sum()


def test_widths_without_rows_are_labelled(cortex_analyses):
    """A run of single words only, or of widths only, draws what it has."""
    widths, scores = cortex_analyses["widths"], cortex_analyses["roi_scores"]
    figure = draw_widths(widths.iloc[:0], scores, settings(), word_rate=RATE)
    assert [text.get_text() for text in figure.axes[0].texts] == ["not scored"]
    figure = draw_widths(widths, scores[scores["width"] != 1], settings(), word_rate=RATE)
    assert [text.get_text() for text in figure.axes[1].texts] == ["not scored"]


def test_series_of_regions_are_named_and_not_mixed_with_targets(cortex_analyses):
    """Single words are those of series too, and the title says what is drawn."""
    widths, scores = cortex_analyses["widths"], cortex_analyses["roi_scores"]
    series = scores[scores["score"] == "forecast_score"].assign(score="series_forecast_score", mean=0.5)
    figure = draw_widths(widths, pd.concat([scores, series]), settings(), word_rate=RATE, of_series=True)
    assert "of mean series" in figure._suptitle.get_text()
    assert set(lines_of(figure.axes[1])["true"].get_ydata()) == {0.5}
