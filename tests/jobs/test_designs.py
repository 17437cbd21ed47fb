"""Steps of the encoding jobs: params and named inputs of the rules become the files of each design and each cell."""

import logging

import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile

from brainforecast.encoding.designs import FeatureSettings, Story, WindowSettings, build_designs, features_at_offset
from brainforecast.encoding.folds import FoldSettings
from brainforecast.encoding.lexical import WordTimes
from brainforecast.encoding.scoring import Encoding
from brainforecast.errors import BadInput
from brainforecast.jobs.designs import DesignStep, check_features_vary, read_stories, read_times, sharing
from brainforecast.jobs.scoring import encodings, locate_designs
from brainforecast.storage.activations import write_activations
from helpers.datasets import assert_bad_input

INPUTS = {
    "words": ["words/a.parquet", "words/b.parquet"],
    "activations": ["activations/m/a.safetensors", "activations/m/b.safetensors"],
    "static": ["activations/glove/a.safetensors", "activations/glove/b.safetensors"],
    "continuations": ["continuations/m/a.safetensors", "continuations/m/b.safetensors"],
}
STEP = {
    "name": "layer-2_source-true_width-7",
    "layer": 2,
    "source": "true",
    "width": 7,
    "distances": [0, 8],
    "lexical": [],
    "layer_0": None,
    "vectors": "activations",
    "ahead": None,
}


def test_a_step_knows_its_windows():
    step = DesignStep.from_params(STEP, INPUTS, n_components=20)
    assert (step.name, step.layer) == ("layer-2_source-true_width-7", 2)
    assert step.windows == WindowSettings("true", 7, [0, 8], n_components=20, lexical=[], layer_0=False)
    beside = {"lexical": ["word_rate"], "layer_0": "activations"}
    present = DesignStep.from_params({**STEP, "source": "present", "width": 1, **beside}, INPUTS, 20)
    assert present.windows == WindowSettings("present", 1, [0, 8], 20, lexical=["word_rate"], layer_0=True)
    assert (step.layer_0, present.layer_0) == ((), INPUTS["activations"])


@pytest.mark.parametrize(
    ("changed", "vectors", "ahead"),
    [
        ({}, INPUTS["activations"], []),
        ({"source": "static", "layer": 0, "vectors": "static"}, INPUTS["static"], []),
        ({"source": "generated", "ahead": "continuations"}, INPUTS["activations"], INPUTS["continuations"]),
    ],
)
def test_a_step_takes_its_files_by_the_name_of_the_input(changed, vectors, ahead):
    step = DesignStep.from_params({**STEP, **changed}, INPUTS, n_components=20)
    assert (list(step.vectors), list(step.ahead)) == (vectors, ahead)


def test_a_step_without_its_input_is_an_error():
    with pytest.raises(KeyError, match="components"):
        DesignStep.from_params({**STEP, "source": "semantic", "ahead": "components"}, INPUTS, n_components=20)


def test_snakemake_inputs_are_taken_as_they_are():
    """A rule's inputs in a script: named lists, of one story too, and an empty one."""
    iocontainers = pytest.importorskip("snakemake.iocontainers")
    files = iocontainers.InputFiles(["library", "a.safetensors", "ahead-a.safetensors"])
    for name, start, end in (("activations", 1, 2), ("continuations", 2, 3), ("static", 3, 3)):
        files._set_name(name, start, end)
    step = DesignStep.from_params({**STEP, "ahead": "continuations"}, dict(files.items()), n_components=20)
    assert (list(step.vectors), list(step.ahead)) == (["a.safetensors"], ["ahead-a.safetensors"])


def test_steps_with_the_same_words_are_built_together():
    """The present and the widths of one layer and source; another layer, source or base has its own words."""
    words = ["a.safetensors"]

    def step(name, layer, source, width, **more):
        return DesignStep(name, layer, WindowSettings(source, width, [1], 20), words, **more)

    steps = [
        step("present", 8, "present", 1),
        step("layer 7", 7, "true", 2),
        step("width 2", 8, "true", 2),
        step("shuffled", 8, "shuffled", 2),
        step("width 9", 8, "true", 9),
        step("verdict", 8, "present", 1, layer_0=words),
    ]
    found = [[member.name for member in group] for group in sharing(steps)]
    assert found == [["present", "width 2", "width 9"], ["layer 7"], ["shuffled"], ["verdict"]]


def test_stories_are_read_at_the_layer_of_the_step(tmp_path):
    """Vectors, times, the words to come and layer 0 of each story, in the order of the names."""
    rng = np.random.default_rng(0)
    onsets, paths, arrays = [np.arange(4.0), np.arange(6.0)], {"vectors": [], "ahead": []}, []
    for story, times in zip("ab", onsets, strict=True):
        shapes = {"vectors": (len(times), 3), "ahead": (len(times), 2, 3)}
        written = {key: {k: rng.normal(size=s).astype(np.float32) for k in (0, 2)} for key, s in shapes.items()}
        for key, layers in written.items():
            paths[key].append(tmp_path / f"{story}-{key}.safetensors")
            write_activations(layers, paths[key][-1], metadata={})
        arrays.append(written)
    windows = WindowSettings("generated", 2, [1], n_components=3)
    step = DesignStep("design", 2, windows, **paths, layer_0=paths["vectors"])
    spoken = [WordTimes(times, times + 0.5, np.ones(len(times)), np.ones(len(times))) for times in onsets]
    for story, name, times, written in zip(
        read_stories(step, "ab", spoken, [[4, 6]], tr=1.0), "ab", spoken, arrays, strict=True
    ):
        assert story.name == name
        assert story.times is times
        np.testing.assert_array_equal(story.onsets, times.onsets)
        np.testing.assert_array_equal(story.layer_0, written["vectors"][0])
        np.testing.assert_array_equal(story.vectors, written["vectors"][2])
        np.testing.assert_array_equal(story.ahead, written["ahead"][2])
    alone = DesignStep("design", 0, step.windows, paths["vectors"])
    assert all(story.ahead is story.layer_0 is None for story in read_stories(alone, "ab", spoken, [[4, 6]], tr=1.0))


@pytest.fixture
def per_tr(tmp_path):
    """The step of features per TR: tables of 9 and 12 rows of two stories, with their arrays."""
    rng, paths = np.random.default_rng(0), [tmp_path / f"{story}.safetensors" for story in "ab"]
    tables = [rng.standard_normal((n, 2)).astype(np.float32) for n in (9, 12)]
    for path, X in zip(paths, tables, strict=True):
        write_activations({0: X}, path, metadata={"rows": "TR"})
    return DesignStep("design", 0, WindowSettings("present", 1, [0], n_components=2), paths), tables


@pytest.mark.parametrize("tr", [2.0, 1.5, 0.72, 1 / 3])
@pytest.mark.parametrize("row_offset", [-1, 0, 1, 2])
def test_features_per_tr_are_rows_of_the_run(per_tr, tr, row_offset, caplog):
    """Where words of the same TR go; what comes after the run is left out, in runs of several lengths."""
    step, tables = per_tr
    words = [WordTimes(np.arange(3.0), np.arange(3.0), np.ones(3), np.ones(3))] * 2
    settings = FeatureSettings(tr=tr, row_offset=row_offset, seed=0, block=20)
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        stories = read_stories(step, "ab", words, [[9, 12], [8, 10]], tr=tr)
    assert not caplog.records
    for n_trs in ([9, 12], [8, 10], [1, 2]):
        expected = []
        for X, n in zip(tables, n_trs, strict=True):
            rows = np.zeros((n, 2))
            for t in range(n):
                if 0 <= t + row_offset < n:
                    rows[t + row_offset] = X[t]
            expected.append(rows)
        found = features_at_offset(stories, n_trs, "present", settings)(0)
        np.testing.assert_array_equal(found, np.concatenate(expected))


@pytest.mark.parametrize(
    ("varying", "parts"),
    [
        ([0, 1, 2], None),
        ([1, 2], ["fold 1 is scored on", "vary in every fold"]),
        ([0, 1], ["fold 3 is scored on"]),
        ([0], ["fold 1 is fitted on", "encoding.folds.n_folds"]),
        ([], ["fold 1 is fitted on"]),
    ],
)
def test_features_that_are_constant_in_a_fold(tmp_path, varying, parts):
    """The user's own, that vary in these chunks of 9 rows alone; models of other kinds pass."""
    X = np.full((3, 9, 2), 1.5)
    X[varying] = np.random.default_rng(0).standard_normal((len(varying), 9, 2))
    settings = FeatureSettings(tr=1.0, row_offset=0, seed=0, block=20)
    windows = WindowSettings("present", 1, [0], n_components=2)
    designs = build_designs(
        [Story("a", X.reshape(27, 2), np.arange(27) + 0.5)], [[27]], windows, settings, FoldSettings("paper", 3, 0)
    )
    step = DesignStep("design", 0, windows, [tmp_path / "a.safetensors"])
    write_activations({0: X.reshape(27, 2)}, step.vectors[0], metadata={"source": "gpt2"})
    check_features_vary(step, designs)
    write_activations({0: X.reshape(27, 2)}, step.vectors[0], metadata={"rows": "TR", "source": "lab/mine/a.csv"})
    if parts is None:
        check_features_vary(step, designs)
        return
    with pytest.raises(BadInput) as error:
        check_features_vary(step, designs)
    assert_bad_input(error, "lab/mine: found features that are constant", *parts)


def test_features_per_tr_of_another_length(per_tr, caplog):
    """More rows than volumes are logged; fewer, and another number of features, are refused."""
    step, _ = per_tr
    words = [WordTimes(np.arange(3.0), np.arange(3.0), np.ones(3), np.ones(3))] * 2
    with caplog.at_level(logging.INFO, logger="brainforecast"):
        read_stories(step, "ab", words, [[9, 10]], tr=2.0)
    assert "b.safetensors: the rows after the first 10 are not used" in caplog.text
    with pytest.raises(BadInput) as error:
        read_stories(step, "ab", words, [[9, 12], [9, 13]], tr=2.0)
    assert_bad_input(error, "b.safetensors: found 12 rows, one per TR", "13 or more")
    write_activations({0: np.zeros((12, 3))}, step.vectors[1], metadata={"rows": "TR"})
    with pytest.raises(BadInput) as error:
        read_stories(step, "ab", words, [[9, 12]], tr=2.0)
    assert_bad_input(error, "b.safetensors: found 3 features", "2, as in", "a.safetensors")


def test_times_of_words_come_with_letters_and_frequencies(tmp_path):
    """From the table of words; frequencies where a column needs them, an envelope where there is audio."""
    table = pd.DataFrame({"word": ["The,", "snarfblat's"], "onset": [0.5, 1.0], "offset": [0.75, 2.0], "sentence": 0})
    table.to_parquet(tmp_path / "words.parquet")
    wavfile.write(tmp_path / "audio.wav", 100, np.full(400, 0.5, np.float32))
    audio = {"path_to_audio": tmp_path / "audio.wav", "shift": 1.0}
    times = read_times(tmp_path / "words.parquet", ["word_frequency"], language="en", tr=1.0, **audio)
    assert (times.onsets.tolist(), times.offsets.tolist(), times.n_letters.tolist()) == ([0.5, 1], [0.75, 2], [3, 10])
    assert times.frequency[0] > 7 and times.frequency[1] == 0
    np.testing.assert_allclose(times.envelope, [0, 0.5, 0.5, 0.5, 0.5])
    counted = read_times(tmp_path / "words.parquet", ["word_rate"], language="tlh", tr=1.0)
    assert counted.envelope is None and np.isnan(counted.frequency).all()


def test_designs_of_cells_are_found_by_the_stem_of_their_file():
    """A cell names job and design; the order of the files does not matter."""
    cells = [
        {
            "designs": [
                ["layer-2_base-paper_source-present_width-0", "layer-2_base-paper_source-present_width-0"],
                ["3-designs", "windows"],
            ]
        },
        {"designs": [["layer-2_base-paper_source-present_width-0", "layer-2_base-paper_source-present_width-0"]]},
    ]
    present, windows = (
        "designs/s/m/layer-2_base-paper_source-present_width-0.safetensors",
        "designs/s/m/3-designs.safetensors",
    )
    expected = [
        [(present, "layer-2_base-paper_source-present_width-0"), (windows, "windows")],
        [(present, "layer-2_base-paper_source-present_width-0")],
    ]
    assert locate_designs(cells, [windows, present]) == locate_designs(cells, [present, windows]) == expected


def test_the_noise_ceiling_has_the_design_of_its_subject():
    path = "listeners/sub-01_design.safetensors"
    cells = [{"designs": [["sub-01_design", "layer-0_base-paper_source-present_width-0"]]}]
    assert locate_designs(cells, [path]) == [[(path, "layer-0_base-paper_source-present_width-0")]]


def test_each_base_has_the_encoding_of_its_delays():
    """A scoring job may hold cells of several bases."""
    params = {"delays": {"paper": [0, 1], "verdict": [0, 1, 2]}, "alphas": [1.0, 10.0], "blocked": True}
    assert encodings(params) == {
        "paper": Encoding([0, 1], [1.0, 10.0], blocked=True),
        "verdict": Encoding([0, 1, 2], [1.0, 10.0], blocked=True),
    }
