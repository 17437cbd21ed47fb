"""Checks of the components: probes against planted classes, counts of futures by hand."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.storage.columns import CONTENT, FUNCTION
from brainforecast.syntax.diagnostics import StoryComponents, check_futures, check_parts, probe


def test_probes_decode_classes():
    """Linearly separable classes are decoded; of noise, no more than chance; rare classes are left out."""
    rng = np.random.default_rng(2)
    classes = np.array(["NOUN", "VERB", "ADV"])[rng.integers(0, 3, 600)]
    classes[5] = "SYM"
    noise = rng.standard_normal((600, 20))
    separable = noise + 4 * (classes[:, None] == ["NOUN", "VERB"]) @ rng.standard_normal((2, 20))
    accuracy, chance, n = probe(separable, classes)
    assert (accuracy > 0.9, n) == (True, 599)
    assert 0.33 < chance < 0.4
    assert probe(noise, classes)[0] < chance + 0.06


def test_parts_of_speech_are_in_the_syntactic_part_alone():
    """Planted: words = class + meaning, and futures share the class; the cosine is that of the shares."""
    rng = np.random.default_rng(3)
    names = ["ADJ", "NOUN", "VERB"]
    kind = rng.integers(0, 3, 500)
    of_class, meaning = 2 * rng.standard_normal((3, 40)), rng.standard_normal((500, 40))
    ahead = np.zeros((500, 2, 40))
    for o in (1, 2):
        ahead[:-o, o - 1] = of_class[kind[o:]] + 0.1 * rng.standard_normal((500 - o, 40))
    story = StoryComponents(of_class[kind] + meaning, ahead, [f"T|{names[k]}|d" for k in kind])
    rows = pd.DataFrame(check_parts([story], [1, 2]))
    probes = rows[(rows["check"] == CONTENT) & (rows["ahead"] == 2)].set_index("part")
    assert probes["value"]["syntactic"] > 0.95
    assert probes["value"]["semantic"] < probes["chance"]["semantic"] + 0.08
    assert (probes["n"] == 498).all()
    assert (rows.loc[rows["check"] == FUNCTION, "n"] == 0).all()
    assert 0.5 < rows.loc[rows["check"] == "cosine", "value"].iloc[0] < 1


def test_counts_of_futures():
    """By hand: two words of one story and one of another, two futures each."""
    futures = pd.DataFrame(
        {
            "story": [0, 0, 0, 0, 1, 1],
            "word": [0, 0, 1, 1, 0, 0],
            "future": [0, 1] * 3,
            "tree_agreement": [1.0] * 4 + [0.5] * 2,
            "passed": [True, True, True, True, True, False],
            "n_words": 4,
            "n_drawn": 3,
            "n_matched": [4, 4, 4, 4, 2, 0],
            "n_drawn_matched": [3, 3, 3, 3, 1, 0],
        }
    )
    labels = pd.DataFrame({"origin": ["own", "own", "wider", "kept"]})
    rows = {(row["check"], row["part"]): (row["value"], row["n"]) for row in check_futures(futures, labels)}
    assert rows["labels that match", None] == (pytest.approx(18 / 24), 24)
    assert rows["labels that match, words of their own class", None] == (pytest.approx(13 / 18), 18)
    assert rows["tree agreement", None] == (pytest.approx(5 / 6), 6)
    assert rows["futures that pass", None] == (pytest.approx(5 / 6), 6)
    assert rows["words with too few", None] == (pytest.approx(1 / 3), 3)
    assert rows["origin of words", "own"] == (0.5, 4)
