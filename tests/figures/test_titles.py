"""Titles and axes of every figure: what is simulated, how many subjects, which units."""

import pytest

from brainforecast.figures.curves import draw_forecast_curves, draw_forecast_depths, draw_sources
from brainforecast.figures.layers import draw_layer_scores
from brainforecast.figures.region_peaks import draw_region_depths, draw_region_distances
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.symmetry import draw_symmetry
from brainforecast.figures.widths import draw_widths
from helpers.figures import CURVES, RATE, settings

CATEGORIES = ("region (", "what was planted", "layer of the language model")


def drawings(tables: dict, simulated: bool) -> dict:
    """Every figure that can be drawn from region scores."""
    scores = tables["roi_scores"]
    shown = settings(simulated=simulated, curves=CURVES if scores["level"].eq("lobe").any() else [])
    return {
        "curves": draw_forecast_curves(scores, shown, word_rate=RATE),
        "R": draw_region_bars(scores, "brain_score", shown),
        "F": draw_region_bars(scores, "forecast_score", shown),
        "heat map": draw_region_heatmap(scores, shown, word_rate=RATE),
        "distances": draw_region_distances(tables["targets"], tables["forecast_distance"], shown, word_rate=RATE),
        "layers": draw_layer_scores(scores, shown),
    }


def analyses(cortex: dict, regions: dict, simulated: bool) -> dict:
    """Every figure that needs the tables of a further analysis."""
    scores, shown = cortex["roi_scores"], settings(simulated=simulated)
    sides = (cortex["subject_roi_distances"], cortex["symmetry"])
    return {
        "depths": draw_forecast_depths(scores, shown),
        "sources": draw_sources(scores, shown, word_rate=RATE),
        "widths": draw_widths(cortex["widths"], scores, shown, word_rate=RATE),
        "symmetry": draw_symmetry(*sides, shown, word_rate=RATE),
        "region depths": draw_region_depths(regions["targets"], regions["forecast_depth"], shown),
    }


@pytest.mark.parametrize("simulated", [True, False])
@pytest.mark.parametrize("kind", ["cortex", "regions"])
def test_titles_and_axes(kind, simulated, request):
    """The title states what is simulated, and n; every axis has a label, with a unit if it has one."""
    for name, figure in drawings(request.getfixturevalue(kind), simulated).items():
        title = figure.get_suptitle()
        assert ("imulated" in title) == simulated, name
        assert "n = " in title and "subject" in title, name
        for ax in figure.axes:
            labels = [axis.get_label_text() for axis in (ax.xaxis, ax.yaxis) if axis.get_label_text()]
            assert labels or ax.get_title() or ax.get_title(loc="left"), name
            assert all("(" in label or label.startswith(CATEGORIES) for label in labels), labels


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_and_n_are_in_the_title(cortex_analyses, region_analyses, simulated):
    """Simulated data are called so, and no others; n is always given; axes with data are labelled."""
    for name, figure in analyses(cortex_analyses, region_analyses, simulated).items():
        assert figure.get_suptitle().startswith("Simulated data: ") == simulated, name
        assert "n = 8 subjects" in figure.get_suptitle(), name
        assert any("(" in ax.get_xlabel() for ax in figure.axes), name
