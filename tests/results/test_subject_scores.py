"""Scores of one subject: the baseline that the gain of each source is over."""

import numpy as np
import pytest

from brainforecast.cells import Grid
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.storage.scores import Scores, write_scores


def test_gains_are_over_the_baseline_of_the_source(tmp_path):
    """F of a component is over its own baseline if that was scored; F of other sources is over the present."""
    means = {("present", 0): 0.1, ("syntactic", 0): 0.03, ("syntactic", 7): 0.2, ("true", 7): 0.15}
    for number, ((name, width), mean) in enumerate(means.items()):
        values = np.full((1, 3, 2), mean, np.float32)
        grid = Grid("gpt2", 8, name, width, (0,) if width == 0 else (2,))
        write_scores([Scores("01", grid, np.arange(2), values, values)], tmp_path / str(number))
    scores = SubjectScores([tmp_path / str(number) for number in range(4)])
    assert [grid.source for grid in scores.present] == ["present"]
    found = {grid.source: scores.forecasts(grid).curves.mean[0] for grid in scores.windowed}
    assert found["syntactic"] == pytest.approx([0.17, 0.17])
    assert found["true"] == pytest.approx([0.05, 0.05])
