"""Figures of syntax and semantics: what is drawn is what the tables hold."""

import pytest

from brainforecast.figures.components import (
    draw_component_checks,
    draw_component_peaks,
    draw_component_recovery,
    draw_components,
)
from brainforecast.figures.style import save_figure
from helpers.drawn_figures import SHARES, check_table, component_tables, peak_table
from helpers.figures import RATE, lines_of, settings


@pytest.fixture(scope="module")
def tables():
    """The tables of a run with both parts."""
    return component_tables()


def heights(ax, label):
    """What a line shows."""
    return lines_of(ax)[label].get_data()


def test_parts_are_drawn_with_the_true_window(tables):
    """Each line holds the group's means, at the distances the parts have."""
    figure = draw_components(tables["roi_scores"], settings(), word_rate=RATE)
    assert [ax.get_title("left") for ax in figure.axes[:3]] == ["whole brain", "temporal lobe", "front"]
    table = tables["roi_scores"]
    for name in ("true", *SHARES):
        here = table[(table["source"] == name) & (table["level"] == "lobe") & (table["roi"] == "temporal")]
        here = here[here["hemi"].isna() & here["distance"].between(0, 12) & (here["score"] == "forecast_score")]
        x, y = heights(figure.axes[1], name)
        assert x.tolist() == sorted(here["distance"])
        assert y == pytest.approx(here.sort_values("distance")["mean"].to_numpy())
    assert "Simulated data" in figure.get_suptitle()
    assert "n = 8" in figure.get_suptitle()


def test_peaks_are_dots():
    """Syntactic across, semantic up; filled where they differ; the title counts."""
    figure = draw_component_peaks(peak_table(), settings(q_level=0.05, simulated=False), word_rate=RATE)
    dots = figure.axes[0].collections[0]
    assert dots.get_offsets().tolist() == [[3, 8], [4, 2]]
    assert [tuple(colour) == (1, 1, 1, 1) for colour in dots.get_facecolors()] == [False, True]
    assert "1 of 2 regions differ" in figure.get_suptitle()  # and not how many are later, of which one by chance
    assert "imulated" not in figure.get_suptitle()


def test_checks_have_their_numbers_of_words(tmp_path):
    """Four panels, each with its n; the file has no date."""
    figure = draw_component_checks(check_table(), settings(simulated=False))
    assert heights(figure.axes[0], "expected correlation of two sets")[1].tolist() == pytest.approx([0, 1 / 2, 2 / 3])
    assert heights(figure.axes[2], "semantic")[1].tolist() == [0.25, 0.25]
    assert heights(figure.axes[2], "chance")[1].tolist() == [0.2, 0.2]
    assert [
        next(part for part in ("n = 90", "n = 85 to 89", "n = 80") if part in ax.get_title("left"))
        for ax in figure.axes[:3]
    ] == ["n = 90", "n = 85 to 89", "n = 80"]
    assert any("n = 1,000" in text.get_text() for text in figure.axes[3].texts)
    save_figure(figure, tmp_path / "a.svg")
    save_figure(draw_component_checks(check_table(), settings(simulated=False)), tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_planted_parts_are_recovered(tables):
    """Only regions with a part planted, each from its own part's peaks."""
    planted = (tables["planted"], tables["targets"], tables["distances"])
    figure = draw_component_recovery(*planted, settings(), word_rate=RATE)
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names[:2] == ["syntactic: superiortemporal (5)", "semantic: parstriangularis (10)"]
    assert "Spearman" in figure.axes[0].get_title("left")
    assert figure.get_suptitle().startswith("Simulated data")
