"""Recovery of planted distances and depths."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.figures.recovery import SubjectRegions, draw_recovery, recovered_peaks
from brainforecast.results.selection import select_rows
from brainforecast.simulation.truth import planted_regions
from helpers.figures import RATE, lines_of, settings
from helpers.synthetic_analyses import DEPTHS


def test_planted_and_recovered_distances(cortex):
    """Kind and distance of each region come from the truth; the peak comes from the subjects."""
    planted = planted_regions(cortex["truth"], cortex["targets"]).set_index(["hemi", "roi"])
    assert planted.loc[("L", "transversetemporal"), "kind"] == "present"
    assert planted.loc[("R", "parstriangularis"), "planted_distance"] == 10
    distances = select_rows(cortex["subject_roi_distances"], "t", level="roi", source="true")
    found = recovered_peaks(distances, "distance").set_index(["hemi", "roi"])
    peaks = distances.query("hemi == 'L' and roi == 'parstriangularis'")["peak_distance"]
    assert found.loc[("L", "parstriangularis"), "mean"] == pytest.approx(peaks.mean())


def test_title_of_the_recovery_has_simulated_and_rho(cortex):
    """Planted truth means simulated data: the title states it."""
    no_depths = pd.DataFrame(columns=["level", "model", "base", "source", "width", "distance"])
    subjects = SubjectRegions(cortex["subject_roi_scores"], cortex["subject_roi_distances"], no_depths)
    figure = draw_recovery(cortex["truth"], cortex["targets"], subjects, settings(), word_rate=RATE)
    assert "Simulated" in figure.get_suptitle() and "distance" in figure.get_suptitle()
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert len(titles) == 2 and "Spearman ρ = 0.9" in titles[0]


def test_planted_depths_are_recovered(cortex_analyses):
    """A third panel, with a point per region at its planted depth and its recovered k*."""
    tables = cortex_analyses
    scores, distances, depths = (tables[f"subject_roi_{name}"] for name in ("scores", "distances", "depths"))

    def draw(truth: pd.DataFrame, depths: pd.DataFrame):
        subjects = SubjectRegions(scores, distances, depths)
        return draw_recovery(truth, tables["targets"], subjects, settings(), word_rate=RATE)

    figure = draw(tables["truth"], depths)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert "Depth: Spearman ρ = " in titles[1] and "10 regions" in titles[1]
    crosses = lines_of(figure.axes[1])["mean of k* over the region's targets"]
    planted = np.array(sorted(set(DEPTHS.values())))
    nearest = np.abs(crosses.get_xdata()[:, None] - planted).argmin(axis=1)  # regions of one value are side by side
    assert np.bincount(nearest).tolist() == [2 * list(DEPTHS.values()).count(depth) for depth in planted]
    assert len(draw(tables["truth"].assign(planted_depth=8.0), depths).axes) == 2
    assert len(draw(tables["truth"], depths.iloc[:0]).axes) == 2


def test_each_kind_of_region_is_drawn_apart(cortex):
    """Passive content and a weak forecast have columns of their own; only forecasts of full strength are recovered."""
    truth = cortex["truth"].copy()
    truth.loc[truth["roi"] == "lingual", ["kind", "planted_distance", "planted_depth"]] = "past", -1, 16
    truth.loc[truth["roi"] == "transversetemporal", "planted_depth"] = 16
    truth.loc[truth["roi"] == "parsopercularis", "gain"] = 0.1
    no_depths = pd.DataFrame(columns=["level", "model", "base", "source", "width", "distance"])
    subjects = SubjectRegions(cortex["subject_roi_scores"], cortex["subject_roi_distances"], no_depths)
    figure = draw_recovery(truth, cortex["targets"], subjects, settings(), word_rate=RATE)
    assert "8 regions" in figure.axes[0].get_title(loc="left")  # of the ten, two are weak
    labels = [label.get_text().replace("\n", " ") for label in figure.axes[1].get_xticklabels()]
    assert labels == ["noise only", "present word", "past words", "weak forecast", "forecast"]
