"""Figures of fine-tuning."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.figures.finetuning import draw_gains, draw_training
from helpers.figures import settings
from helpers.synthetic_finetuning import gains_of, losses, probe, write_gains


@pytest.fixture(scope="module")
def gains(tmp_path_factory) -> pd.DataFrame:
    """The group table of gains of eight subjects."""
    return gains_of(write_gains(tmp_path_factory.mktemp("gains")))


@pytest.mark.parametrize("simulated", [True, False])
def test_figure_of_gains_is_the_table(gains, simulated):
    """A row per region; the line against alpha is the mean over snapshots in percent; the title has "simulated"."""
    curves = [{"level": "lobe", "roi": "frontal"}, {"level": "lobe", "roi": "temporal", "label": "auditory"}]
    figure = draw_gains(gains, settings(curves=curves, q_level=0.05, simulated=simulated))
    assert ("Simulated" in figure.get_suptitle()) == simulated
    left, right = figure.axes[2:4]
    assert left.get_title("left").startswith("frontal lobe")
    here = gains[(gains["level"] == "lobe") & (gains["roi"] == "frontal") & gains["step"].isna()]
    line = next(line for line in left.lines if len(line.get_xdata()) == 3)
    np.testing.assert_allclose(line.get_ydata(), here.sort_values("finetuning_alpha")["gain_percent"])
    assert left.get_ylabel().endswith("(% of R)")
    assert sum(len(line.get_xdata()) == 3 for line in right.lines) == 2  # alpha .5 and 1


def test_figure_of_training_has_all_panels():
    """Losses, share, retrieval and perplexity; alpha 0 has no loss of the word ahead."""
    figure = draw_training(losses(), probe())
    assert [len(ax.lines) for ax in figure.axes] == [2, 3, 2, 4, 4, 3]  # retrievals have a line at chance
