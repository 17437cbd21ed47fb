"""Scores of one subject: the baseline that the gain of each source is over."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.cells import Grid
from brainforecast.results.regions import Regions
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.results.subject_tables import subject_tables
from brainforecast.storage.columns import CELL, REGION
from brainforecast.storage.scores import Scores, write_scores


def test_gains_are_over_the_baseline_of_the_source(tmp_path):
    """F of a component is over its own baseline if that was scored; F of other sources is over the present."""
    means = {("present", 0): 0.1, ("syntactic", 0): 0.03, ("syntactic", 7): 0.2, ("true", 7): 0.15}
    for number, ((name, width), mean) in enumerate(means.items()):
        values = np.full((1, 2), mean, np.float32)
        grid = Grid("gpt2", 8, "paper", name, width, (0,) if width == 0 else (2,))
        write_scores([Scores("01", grid, np.arange(2), values)], tmp_path / str(number))
    scores = SubjectScores([tmp_path / str(number) for number in range(4)])
    assert [grid.source for grid in scores.present] == ["present"]
    found = {grid.source: scores.forecasts(grid).curves[0] for grid in scores.windowed}
    assert found["syntactic"] == pytest.approx([0.17, 0.17])
    assert found["true"] == pytest.approx([0.05, 0.05])


def test_gains_are_over_the_same_base(tmp_path):
    """F of each base is over the present of that base, and a column of every table keeps their rows apart."""
    means = {("paper", "present"): 0.1, ("paper", "true"): 0.15, ("lexical", "present"): 0.3, ("lexical", "true"): 0.31}
    parts = []
    for (base, name), mean in means.items():
        distances = (0,) if name == "present" else (-1, 2, 7)
        values = np.full((len(distances), 2), mean, np.float32)
        grid = Grid("gpt2", 8, base, name, 0 if name == "present" else 5, distances)
        alpha = np.ones((2, 2), np.float32) if name == "present" else None
        parts.append(Scores("01", grid, np.arange(2), values, alpha))
    write_scores(parts, tmp_path / "scores.safetensors")
    scores = SubjectScores([tmp_path / "scores.safetensors"])
    assert [grid.base for grid in scores.present] == ["lexical", "paper"]
    found = {grid.base: scores.forecasts(grid).curves for grid in scores.windowed}
    assert found["paper"] == pytest.approx(np.full((3, 2), 0.05))
    assert found["lexical"] == pytest.approx(np.full((3, 2), 0.01), abs=1e-6)
    regions = Regions.from_targets(pd.DataFrame({"target": [0, 1], "hemi": None, "roi": ["a", "b"], "lobe": None}))
    for name, frames in subject_tables(scores, regions).items():
        table = pd.concat(frames)
        columns = list(table)
        assert columns.index("base") == columns.index("layer" if "layer" in columns else "model") + 1
        assert not table.duplicated([key for key in ("score", *CELL, "target", *REGION) if key in columns]).any()
        assert len(table) == 0 or set(table["base"]) == {"paper", "lexical"}, name
