"""The layer with the highest brain score."""

import numpy as np
import pandas as pd

from brainforecast.results.best_layer import best_layers
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_units, write_table
from helpers.subject_files import LAYERS, N_LAYER_TARGETS


def test_best_layer(write_layers, tmp_path):
    """argmax over layers of each subject, and of the group's mean; models with one layer are left out."""
    paths = write_layers(LAYERS)
    found = best_layers(paths, N_LAYER_TARGETS)
    assert found["model"].unique().tolist() == ["gpt2"]
    scores = pd.concat(map(pd.read_parquet, paths)).query("model == 'gpt2'").dropna(subset="brain_score")
    scores = scores.astype({"brain_score": float})
    each = scores.pivot(index="layer", columns=["target", "subject"], values="brain_score").idxmax()
    expected = each.groupby("target").agg(n_subjects="size", mean="mean", sem="sem")
    means = scores.groupby(["layer", "target"])["brain_score"].mean().unstack("target")
    found = found.set_index("target")
    assert found["best_layer"].to_dict() == means.idxmax().to_dict()
    assert len(set(found["best_layer"])) > 1
    np.testing.assert_allclose(found[["n_subjects", "mean", "sem"]], expected, rtol=1e-12)
    write_table(found.reset_index(), tmp_path / "best.parquet", units=UNITS)
    assert all(read_units(tmp_path / "best.parquet").values())


def test_no_model_with_two_layers_gives_no_rows(write_layers, tmp_path):
    """The table has its columns and their types all the same."""
    several = best_layers(write_layers(LAYERS), N_LAYER_TARGETS)
    none = best_layers(write_layers([("gpt2", 0), ("other", 3)]), N_LAYER_TARGETS)
    assert len(none) == 0
    assert none.dtypes.to_dict() == several.dtypes.to_dict()
    write_table(none, tmp_path / "best.parquet", units=UNITS)
    assert list(pd.read_parquet(tmp_path / "best.parquet")) == list(several)


def test_layers_of_one_base_are_compared(write_layers, tmp_path):
    """A second base, with the order of the layers reversed, has rows of its own and leaves the first as it was."""
    paths = write_layers(LAYERS)
    alone = best_layers(paths, N_LAYER_TARGETS)
    both = []
    for number, path in enumerate(paths):
        table = pd.read_parquet(path).astype({"model": str, "base": str})
        other = table[table["model"] == "gpt2"].assign(base="lexical", layer=lambda t: 8 - t["layer"])
        cells = pd.concat([table, other]).groupby(["model", "layer", "base"], sort=True)
        both.append(tmp_path / f"{number}.parquet")
        write_table((frame for _, frame in cells), both[-1], units=UNITS)
    found = best_layers(both, N_LAYER_TARGETS)
    pd.testing.assert_frame_equal(found[found["base"] == "paper"].reset_index(drop=True), alone)
    other = found[found["base"] == "lexical"].set_index("target")["best_layer"]
    assert (8 - other).to_dict() == alone.set_index("target")["best_layer"].to_dict()
