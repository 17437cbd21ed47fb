"""Brain score against layer."""

import pandas as pd

from brainforecast.figures.layers import draw_layer_scores
from helpers.figures import settings


def test_the_noise_ceiling_has_no_curve_over_layers(cortex):
    """The noise ceiling is in the same table as the models, but its layer 0 is no layer of a language model."""
    scores = cortex["roi_scores"]
    ceiling = scores.query("score == 'brain_score' and layer == 16").assign(model="listeners", layer=0)
    figure = draw_layer_scores(pd.concat([scores, ceiling]), settings())
    assert [ax.get_title("left") for ax in figure.axes] == ["tiny"]
    assert [float(tick) for tick in figure.axes[0].get_xticks()] == [0, 8, 16]
