"""Matrices on their side: known by the length of the story, when planning."""

import numpy as np
import pytest

from brainforecast.dataset.plan import make_plan
from brainforecast.errors import BadInput
from helpers.brain_files import write_matrix
from helpers.datasets import assert_bad_input, write_lines, write_table_of_words

TR = 2.0
N_WORDS = 72  # a second each: 36 volumes


@pytest.fixture
def plan(tmp_path):
    """A function that plans a subject with a matrix of some shape, and changes to the config."""

    def make(shape, **changes):
        write_lines(tmp_path / "participants.tsv", "participant_id", "sub-01")
        write_table_of_words(tmp_path / "stimuli/fable/words.tsv", [(f"w{i}", i, 0.5) for i in range(N_WORDS)])
        write_matrix(tmp_path / "prep/01/fable.hf5", np.zeros(shape, np.float32))
        dataset = {"name": "tiny", "root": str(tmp_path), "response": "matrix", "space": None, "desc": None, "tr": TR}
        return make_plan({**dataset, "files": "prep/{subject}/{story}.hf5", "onsets": 0, **changes})

    return make


@pytest.mark.parametrize("shape", [(400, 40), (20, 40)])
def test_columns_that_are_volumes(plan, tmp_path, shape):
    """As many columns as volumes of the story, and far more rows, or far fewer."""
    with pytest.raises(BadInput) as error:
        plan(shape)
    found = f"{shape[0]} rows and 40 columns, for a story of 72 s, 36 volumes"
    assert_bad_input(error, tmp_path / "prep/01/fable.hf5", found, "on its side", "dataset.tail")


@pytest.mark.parametrize(
    ("shape", "changes"), [((40, 400), {}), ((40, 38), {}), ((50, 40), {}), ((400, 90), {}), ((400, 40), {"tail": 12})]
)
def test_rows_that_are_volumes(plan, shape, changes):
    """Rows that fit the story; columns that do not; a run that goes on, which the config says."""
    (run,) = plan(shape, **changes).runs["01"]
    assert run.n_volumes == shape[0]
