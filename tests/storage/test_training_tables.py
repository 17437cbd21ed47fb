"""Tables of several fine-tunings are read as one."""

import pandas as pd

from brainforecast.storage.training_tables import read_trainings


def test_trainings_are_concatenated_under_their_names(tmp_path):
    """Sorted by fine-tuning, alpha and step; keys come first."""
    paths = []
    for name, steps in (("b", [1, 0]), ("a", [0])):
        paths.append(tmp_path / f"{name}.parquet")
        pd.DataFrame({"step": steps, "perplexity": 3.0, "finetuning_alpha": 0.5}).to_parquet(paths[-1])
    table = read_trainings(paths, ["b", "a"])
    assert table.columns.tolist() == ["finetuning", "finetuning_alpha", "step", "perplexity"]
    assert table[["finetuning", "step"]].to_numpy().tolist() == [["a", 0], ["b", 0], ["b", 1]]
