"""Syntax and semantics in the grid: windows, baselines, peaks, checks and what the report says of them."""

import numpy as np
import pandas as pd
import pytest

from brainforecast.cells import Grid, grids
from brainforecast.encoding.windows import offset_vectors, shift
from brainforecast.errors import BadInput
from brainforecast.planning.config import check_config
from brainforecast.report.components import check_table, peak_table
from brainforecast.results.component_peaks import DIFFERENCE, component_peak_rows
from brainforecast.results.subject_scores import SubjectScores
from brainforecast.storage.columns import CONTENT, FUNCTION
from brainforecast.storage.scores import Scores
from brainforecast.syntax.diagnostics import StoryComponents, check_convergence, check_futures, check_parts, probe
from helpers.datasets import REPOSITORY, assert_bad_input

SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
RNG = np.random.default_rng(0)
WORDS = RNG.standard_normal((9, 3))
AHEAD = RNG.standard_normal((9, 4, 3))
AHEAD[8] = 0  # nothing follows the last word
CELL = {"model": "gpt2", "layer": 8, "width": 7}
PARTS = {"models": ["gpt2"], "layers": [8], "sources": ["syntactic", "semantic"], "widths": 7, "distances": [1, 2]}


def source(name):
    """The vectors of a source at each offset."""
    return offset_vectors(name, WORDS, seed=0, block=2, ahead=AHEAD)


# --- windows ---------------------------------------------------------------------------------------------------------


def test_words_to_come_are_seen_from_the_present():
    """Offset o beside word n is the o-th word of the futures of n."""
    for offset in (1, 2, 4):
        assert np.array_equal(source("syntactic")(offset), AHEAD[:, offset - 1])
    assert not source("syntactic")(5).any()


def test_words_heard_are_seen_from_just_before():
    """Word n + o <= n has the part it had when it was the next word; before the first word there is nothing."""
    for offset in (0, -1, -4):
        found = source("syntactic")(offset)
        for n in range(9):
            expected = AHEAD[n + offset - 1, 0] if n + offset - 1 >= 0 else np.zeros(3)
            assert np.array_equal(found[n], expected)


@pytest.mark.parametrize("offset", [-3, 0, 1, 3])
def test_the_parts_add_up_to_the_true_word(offset):
    """Wherever there is a syntactic part; elsewhere both are zero."""
    syntactic, semantic = source("syntactic")(offset), source("semantic")(offset)
    known = syntactic.any(axis=1)
    assert known.any()
    assert (syntactic + semantic)[known] == pytest.approx(shift(WORDS, offset)[known])
    assert not semantic[~known].any()


# --- baselines -------------------------------------------------------------------------------------------------------


def test_the_base_is_config():
    """paper: the whole present beside both; component: each beside its own part."""
    assert {(g.source, g.width) for g in grids({"syntax": PARTS})} == {
        ("present", 0), ("syntactic", 7), ("semantic", 7)}  # fmt: skip
    more = {**PARTS, "sources": ["syntactic", "semantic", "true"]}
    assert {(g.source, g.width) for g in grids({"syntax": more}, "component")} == {
        ("present", 0), ("syntactic", 0), ("semantic", 0), ("syntactic", 7), ("semantic", 7), ("true", 7)}  # fmt: skip


def test_gains_are_over_the_own_base(tmp_path):
    """F of a part is over its own baseline where that was scored, of other sources over the whole present."""
    means = {("present", 0): 0.1, ("syntactic", 0): 0.03, ("syntactic", 7): 0.2, ("true", 7): 0.15}
    for number, ((name, width), mean) in enumerate(means.items()):
        values = np.full((1, 3, 2), mean, np.float32)
        grid = Grid("gpt2", 8, name, width, (0,) if width == 0 else (2,))
        Scores("01", grid, np.arange(2), values, values).write(tmp_path / str(number))
    scores = SubjectScores([tmp_path / str(number) for number in range(4)])
    assert [grid.source for grid in scores.present] == ["present"]
    found = {grid.source: scores.forecasts(grid).curves.mean[0] for grid in scores.windowed}
    assert found["syntactic"] == pytest.approx([0.17, 0.17])
    assert found["true"] == pytest.approx([0.05, 0.05])


def config(**syntactic):
    """A small config with the parts."""
    return {
        "dataset": {"name": "one", "root": "data", "response": "region", "desc": "hubs"},
        "models": {"gpt2": {"source": "gpt2"}, "glove": {"source": "vectors.npy"}},
        "analyses": {"syntax": PARTS, "all": {**PARTS, "sources": ["true"], "distances": [0, 8]}},
        "sources": {"syntactic": syntactic},
        "maps": {"model": "gpt2", "layer": 8},
    }


def test_defaults_are_the_papers():
    """Ten futures, threshold .8, function words too, the base of the equations."""
    found = check_config(config(), SCHEMA)["sources"]["syntactic"]
    wanted = {"n_futures": 10, "threshold": 0.8, "function_words": True, "base": "paper", "too_few": "best"}
    assert found | wanted == found


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"horizon": 1}, "analyses.syntax.distances"),
        ({"n_candidates": 3}, "sources.syntactic.n_candidates"),
        ({"base": "both"}, "sources.syntactic.base"),
        ({"corpus": []}, "sources.syntactic.corpus"),
    ],
)
def test_settings_that_cannot_be(changes, where):
    """One line names the key."""
    with pytest.raises(BadInput) as told:
        check_config(config(**changes), SCHEMA)
    assert_bad_input(told, f"config key {where}")


def test_word_vectors_have_no_parts():
    """A dictionary of vectors hears no sentence."""
    asked = config()
    asked["analyses"]["syntax"] = {**PARTS, "models": ["glove"], "layers": [0]}
    with pytest.raises(BadInput) as told:
        check_config(asked, SCHEMA)
    assert_bad_input(told, "analyses.syntax", "syntactic", "word vectors")


# --- peaks -----------------------------------------------------------------------------------------------------------


def region_peaks(folder, n_subjects=6):
    """Tables of regional distances: syntax peaks at 3, semantics at 8, with some noise."""
    rng, paths = np.random.default_rng(1), []
    for subject in range(n_subjects):
        frames = []
        for name, peak in (("semantic", 8.0), ("syntactic", 3.0), ("true", 6.0)):
            regions = pd.DataFrame({"level": "roi", "hemi": ["L", "L", None], "roi": ["a", "b", "a"]})
            regions["peak_distance"] = peak + rng.normal(0, 0.5, 3)
            frames.append(regions.assign(**CELL, source=name))
        paths.append(folder / f"{subject}.parquet")
        write_groups(frames, paths[-1])
    return paths


def write_groups(frames, path):
    """A table with a row group per cell."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)


def test_peaks_and_their_difference(tmp_path):
    """Means over subjects of each source's peak; semantic minus syntactic within subjects, tested."""
    paths = region_peaks(tmp_path)
    table = component_peak_rows(paths)
    subjects = pd.concat(pd.read_parquet(path) for path in paths)
    for name in ("true", "syntactic", "semantic"):
        expected = subjects[subjects["source"] == name].groupby(["hemi", "roi"], dropna=False)["peak_distance"].mean()
        found = table[table["source"] == name]
        assert found["mean"].to_numpy() == pytest.approx(expected.to_numpy())
        assert found["p_value"].isna().all()
    differs = table[table["source"] == DIFFERENCE]
    assert differs["mean"].to_numpy() == pytest.approx([5, 5, 5], abs=0.8)
    assert (differs["p_value"] == 2 / 2**6).all()
    said = peak_table(table, CELL, 0.05)
    assert [row[-1] for row in said.rows] == ["6"]


def test_no_parts_no_rows(tmp_path):
    """A run that takes nothing apart has a table without rows, and the report no table."""
    write_groups([pd.DataFrame({"level": ["all"], "hemi": ["L"], "roi": ["all"], "peak_distance": [3.0]})
                  .assign(**CELL, source="true")], tmp_path / "one.parquet")  # fmt: skip
    table = component_peak_rows([tmp_path / "one.parquet"])
    assert table.empty
    assert peak_table(table, CELL, 0.05) is None


# --- checks ----------------------------------------------------------------------------------------------------------


def test_probes_read_what_is_there():
    """Classes that a line can tell are read; of noise, no more than chance; rare classes are left out."""
    rng = np.random.default_rng(2)
    classes = np.array(["NOUN", "VERB", "ADV"])[rng.integers(0, 3, 600)]
    classes[5] = "SYM"
    noise = rng.standard_normal((600, 20))
    told = noise + 4 * (classes[:, None] == ["NOUN", "VERB"]) @ rng.standard_normal((2, 20))
    accuracy, chance, n = probe(told, classes)
    assert (accuracy > 0.9, n) == (True, 599)
    assert 0.33 < chance < 0.4
    assert probe(noise, classes)[0] < chance + 0.06


def test_the_syntactic_part_holds_the_speech_and_the_semantic_does_not():
    """Planted: words = class + meaning, and futures share the class; the cosine is that of the shares."""
    rng = np.random.default_rng(3)
    names = ["ADJ", "NOUN", "VERB"]
    kind = rng.integers(0, 3, 500)
    of_class, meaning = 2 * rng.standard_normal((3, 40)), rng.standard_normal((500, 40))
    ahead = np.zeros((500, 2, 40))
    for o in (1, 2):
        ahead[:-o, o - 1] = of_class[kind[o:]] + 0.1 * rng.standard_normal((500 - o, 40))
    heard = StoryComponents(of_class[kind] + meaning, ahead, [f"T|{names[k]}|d" for k in kind])
    rows = pd.DataFrame(check_parts([heard], [1, 2]))
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


def test_the_report_says_every_check():
    """Each row has words of its own, its value and what it is taken over."""
    changes = {"change": [np.nan, 0.5], "reliability": [0.4, 0.6], "n": 90}
    counts = {"n_words": [4], "n_drawn": [3], "n_matched": [4], "n_drawn_matched": [3]}
    future = {"story": [0], "word": [0], "future": [0], "tree_agreement": [1.0], "passed": [True]}
    rows = [
        *check_convergence([pd.DataFrame({"layer": 8, "n_futures": [1, 2], **changes})]),
        *check_futures(pd.DataFrame(future | counts), pd.DataFrame({"origin": ["own"]})),
    ]
    table = check_table(pd.DataFrame(rows))
    assert len(table.rows) == len({row[0] for row in table.rows}) == len(rows)
    assert not any("{" in row[0] for row in table.rows)
    assert check_table(pd.DataFrame(columns=["check"])) is None
