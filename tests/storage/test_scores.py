"""The file of scores: grids of one subject, read back complete, by grid or by distance."""

import numpy as np
import pytest

from brainforecast.storage.scores import read_grids, read_scores, write_scores
from helpers.subject_files import GRIDS, make_scores


@pytest.fixture
def path(tmp_path):
    """Scores of all grids of one subject in one file."""
    write_scores(make_scores("03"), tmp_path / "scores.safetensors")
    return tmp_path / "scores.safetensors"


def test_scores_are_read_back(path):
    """Every grid with its arrays, bit for bit."""
    assert read_grids(path) == ("03", GRIDS)
    for index, part in enumerate(make_scores("03")):
        read = read_scores(path, index=index)
        assert (read.subject, read.grid) == ("03", part.grid)
        for name in ("target", "brain_score", "alpha"):
            np.testing.assert_array_equal(getattr(read, name), getattr(part, name))


def test_one_distance_is_read_as_among_all(path):
    """Reading some distances gives what reading all of them gives there, in the requested order."""
    last = len(GRIDS) - 1
    complete, part = read_scores(path, index=last), read_scores(path, [5, 3], index=last)
    assert part.grid.distances == (5, 3)
    places = [complete.grid.distances.index(distance) for distance in (5, 3)]
    np.testing.assert_array_equal(part.brain_score, complete.brain_score[places])
    np.testing.assert_array_equal(part.alpha, complete.alpha[places])
