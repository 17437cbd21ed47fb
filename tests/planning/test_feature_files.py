"""The user's own features while planning: what a config can have of them, and files that do not fit their stories."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from safetensors.numpy import save_file

from brainforecast.errors import BadInput
from brainforecast.jobs.plan_checks import check_models
from brainforecast.planning.config import check_config
from brainforecast.planning.models.features import story_files
from brainforecast.planning.notes import with_notes
from brainforecast.planning.study import Study, plan_of
from helpers.datasets import REPOSITORY, assert_bad_input, write_dataset
from helpers.planned_studies import SCHEMA

LENGTHS = {"fable": 10, "myth": 8}
WORDS = {story: 2 * n_trs - 2 for story, n_trs in LENGTHS.items()}
WINDOWS = {"models": ["mine"], "layers": [0], "sources": ["true"], "widths": [2], "distances": [1, 2]}
PRESENT = {"models": ["mine"], "layers": [0]}


@pytest.fixture
def planned(tmp_path):
    """A function that plans a study of `tmp_path/mine`, with these analyses and other sections."""

    def make(*analyses: dict, **sections: object) -> Study:
        given = {
            "dataset": write_dataset(tmp_path / "data", stories=LENGTHS),
            "models": {"mine": {"source": f"features:{tmp_path / 'mine'}"}},
            "analyses": {f"a{i}": analysis for i, analysis in enumerate(analyses or [PRESENT])},
        } | sections
        config = check_config(given, SCHEMA)
        return Study(config, with_notes(plan_of(config), given, config))

    (tmp_path / "mine").mkdir()
    return make


@pytest.fixture
def arrays(tmp_path):
    """A function that writes an array for each story, (n_words, 3) or with layers before."""

    def write(*n_layers: int) -> None:
        for story, n_words in WORDS.items():
            np.save(tmp_path / f"mine/{story}.npy", np.zeros((*n_layers, n_words, 3)))

    return write


@pytest.fixture
def tables(tmp_path):
    """A function that writes a table per TR for each story, with this number of rows more than volumes."""

    def write(more: int = 0, columns: str = "ab") -> None:
        for story, n_trs in LENGTHS.items():
            table = pd.DataFrame({name: np.arange(n_trs + more) for name in columns})
            table.to_csv(tmp_path / f"mine/{story}.csv", index=False)

    return write


def refused(study: Study, *parts: object) -> None:
    """Check that a study is refused in one line with these parts."""
    with pytest.raises(BadInput) as error:
        check_models(study)
    assert_bad_input(error, *parts)


def test_features_that_fit(planned, arrays, tables, tmp_path):
    """Per word with windows of every source that rearranges words, layers, and per TR without windows."""
    sources = ["true", "shuffled", "random", "static"]
    arrays()
    check_models(planned(WINDOWS | {"sources": sources}, PRESENT | {"base": "verdict"}))
    arrays(5)
    study = planned(PRESENT | {"layers": {"first": 0, "last": 4}}, WINDOWS | {"layers": [4]})
    check_models(study)
    assert story_files(study.config["models"]["mine"]["source"], "myth") == [str(tmp_path / "mine/myth.npy")]
    for path in (tmp_path / "mine").iterdir():
        path.unlink()
    tables(3)
    study = planned(PRESENT, PRESENT | {"base": "lexical"})
    check_models(study)


def test_what_is_not_used_is_noted(planned, tables, arrays, tmp_path):
    """Rows after the run, columns that are no features, and keys of a language model."""
    source = f"features:{tmp_path / 'mine'}"
    tables(3)
    study = planned(models={"mine": {"source": source, "context": 64, "word_vector": "mean"}})
    notes = " | ".join(study.plan.notes)
    assert "rows of mine after the last volume of the longest run, not used: fable 3, myth 3" in notes
    assert "config key models.mine.context is not used" in notes and "models.mine.word_vector is not used" in notes
    for story, n_words in WORDS.items():
        table = pd.DataFrame({"offset": 1.0, "word": [f"word{i}" for i in range(n_words)], "a": 1})
        table.to_csv(tmp_path / f"mine/{story}.csv", index=False)
    notes = " | ".join(planned().plan.notes)
    assert "columns of mine that are not features: offset" in notes and "not used" not in notes
    assert "though named" not in notes


def test_columns_of_the_rows_are_noted(planned, tmp_path):
    """A clock or an index in a table is a feature unless it is left out when the table is written: a line names it."""
    for story, n_trs in LENGTHS.items():
        table = pd.DataFrame({name: np.arange(n_trs) for name in ("onset", "TR", "loud")})
        table.to_csv(tmp_path / f"mine/{story}.csv", index=False)
    notes = " | ".join(planned().plan.notes)
    assert "columns of mine that are features, though named as times or numbers: onset, TR" in notes


def test_files_that_are_not_there(planned, arrays, tmp_path):
    """A line with the key, and no error from what only asks for the input of a job."""
    source = f"features:{tmp_path / 'mine'}"
    refused(planned(), "config key models.mine.source", "no file of story fable", "which is empty")
    assert story_files(source, "fable") == []
    arrays()
    (tmp_path / "mine/myth.npy").rename(tmp_path / "mine/myths.npy")
    refused(planned(), "no file of story myth in", "nearest is myths.npy")
    elsewhere = {"models": {"mine": {"source": f"features:{tmp_path / 'mein'}"}}}
    refused(planned(**elsewhere), "config key models.mine.source", f"no folder {tmp_path / 'mein'}", "nearest is mine")


def test_words_and_layers_that_do_not_fit(planned, arrays, tmp_path):
    """Each is found by the head of a file, and the key that names a layer is in the line."""
    arrays()
    refused(planned(PRESENT | {"layers": [0, 3]}), "analyses.a0.layers: found layer 3", "0: features without layers")
    np.save(tmp_path / "mine/myth.npy", np.zeros((WORDS["myth"] - 1, 3)))
    refused(planned(), tmp_path / "mine/myth.npy", "13 x 3", "14 rows, the words of the story")
    np.save(tmp_path / "mine/myth.npy", np.zeros((3, WORDS["myth"])))
    refused(planned(), "myth.npy: found 3 x 14, which looks transposed", "14 rows")
    np.save(tmp_path / "mine/myth.npy", np.zeros((WORDS["myth"], 4)))
    refused(planned(), "myth.npy: found 4 features", "3, as in", "fable.npy")
    np.save(tmp_path / "mine/myth.npy", np.zeros((WORDS["myth"], 3), object))
    refused(planned(), "pickled objects are not read")
    for story, n_words in WORDS.items():
        (tmp_path / f"mine/{story}.npy").unlink()
        tensors = {f"layer-{k}": np.zeros((n_words, 2), np.float32) for k in (4, 8)}
        save_file(tensors, tmp_path / f"mine/{story}.safetensors")
    four = PRESENT | {"layers": [4]}
    check_models(planned(four))
    refused(planned(four, PRESENT | {"layers": [6]}), "analyses.a1.layers: found layer 6", "one of the layers 4, 8 of")
    refused(planned(four | {"base": "verdict"}), "fable.safetensors: found layer 0 of mine", "one of the layers 4, 8")
    static = WINDOWS | {"layers": [4], "sources": ["static"]}
    refused(planned(static), "fable.safetensors: found layer 0 of mine")


def test_layers_side_by_side(planned, arrays, tmp_path):
    """The layers joined must be there; analyses name layer 0."""
    arrays(3)
    mine = {"source": f"features:{tmp_path / 'mine'}"}
    check_models(planned(models={"mine": mine | {"side_by_side": [1, 2]}}))
    check_models(planned(models={"mine": mine | {"side_by_side": {"depths": [0.5, 1]}}}))
    refused(planned(models={"mine": mine | {"side_by_side": [1, 3]}}), "models.mine.side_by_side: found layer 3")


def test_stories_of_several_kinds(planned, tables, tmp_path):
    """Per TR and per word, other columns, or columns in another order."""
    for columns, parts in (
        ("ba", ["myth.csv: found column b where", "has a", "the 2 columns of", "in their order"]),
        ("abc", ["myth.csv: found 3 columns", "the 2 columns of"]),
    ):
        tables()
        pd.DataFrame({name: np.arange(8) for name in columns}).to_csv(tmp_path / "mine/myth.csv", index=False)
        refused(planned(), *parts)
    (tmp_path / "mine/myth.csv").unlink()
    np.save(tmp_path / "mine/myth.npy", np.zeros((WORDS["myth"], 2)))
    refused(planned(), "myth.npy: found a row per word", "a row per TR, as in", "fable.csv")
    tables()
    refused(planned(), "myth.csv and myth.npy in", "one file of features of story myth")


@pytest.mark.parametrize(
    ("analysis", "parts"),
    [
        (WINDOWS, ["analyses.a0.sources: found true", "none with mine: it has a row per TR, and no words"]),
        (PRESENT | {"base": "verdict"}, ["analyses.a0.base: found verdict", "paper or lexical with mine"]),
    ],
)
def test_features_per_tr_have_no_words(planned, tables, analysis, parts):
    tables()
    refused(planned(analysis), *parts)


def test_features_per_tr_are_no_static_vectors(planned, tables, tmp_path):
    tables()
    models = {name: {"source": f"features:{tmp_path / 'mine'}"} for name in ("mine", "other")}
    (tmp_path / "words").mkdir()
    models["other"]["source"] = f"features:{tmp_path / 'words'}"
    for story, n_words in WORDS.items():
        np.save(tmp_path / f"words/{story}.npy", np.zeros((n_words, 3)))
    windows = WINDOWS | {"models": ["other"], "sources": ["static"]}
    study = planned(windows, models=models, sources={"static": {"model": "mine"}})
    refused(study, "config key sources.static.model: found mine", "a model with a vector per word")


def test_volumes_that_do_not_fit(planned, tables, tmp_path):
    """Fewer rows than volumes; as many as the file of a run whose first volumes are dropped."""
    tables(-1)
    refused(planned(), "fable.csv: found 9 rows", "a row for each volume of the longest run of story fable, 10")
    tables()
    study = planned()
    runs = {
        subject: tuple(replace(run, n_trs=run.n_trs - 2, n_dropped=2) for run in of_subject)
        for subject, of_subject in study.plan.runs.items()
    }
    dropped = Study(study.config, replace(study.plan, runs=runs))
    refused(dropped, "fable.csv: found 10 rows, the volumes of a run's file", "8: without the first 2")
    tables(-2)
    check_models(dropped)
    uncounted = {subject: tuple(replace(run, n_trs=None) for run in of_subject) for subject, of_subject in runs.items()}
    check_models(Study(study.config, replace(study.plan, runs=uncounted)))


def test_tables_that_lost_their_words(planned, tmp_path):
    """A row for each word, but no column word: not taken as volumes; nor is one story of them, if another has not."""
    for story, n_words in WORDS.items():
        pd.DataFrame({"a": np.arange(n_words)}).to_csv(tmp_path / f"mine/{story}.csv", index=False)
    refused(planned(), "fable.csv: found no column word, and 18 rows, as many as the story has words", "10 volumes")
    pd.DataFrame({"a": np.arange(LENGTHS["myth"])}).to_csv(tmp_path / "mine/myth.csv", index=False)
    check_models(planned())


@pytest.mark.parametrize("source", ["generated", "syntactic", "semantic"])
def test_features_make_no_upcoming_words(planned, source):
    with pytest.raises(BadInput) as error:
        planned(WINDOWS | {"sources": ["true", source]})
    assert_bad_input(error, "config key analyses.a0.sources", f"{source} of mine", "mine is a folder of features")


def test_features_are_not_trained(planned):
    finetuning = yaml.safe_load((REPOSITORY / "config/finetune_pieman.yaml").read_text())["finetuning"]
    finetuning = next(iter(finetuning.values())) | {"base": "mine"}
    with pytest.raises(BadInput) as error:
        planned(finetuning={"more": finetuning})
    assert_bad_input(error, "config key finetuning.more.base", "mine, a folder of features", "a language model")


def test_a_folder_is_a_path(planned, arrays, tmp_path):
    """A ~ is not expanded, as in any other path of a config; a space before it is none of its letters."""
    arrays()
    check_models(planned(models={"mine": {"source": f"features: {tmp_path / 'mine'}"}}))
    with pytest.raises(BadInput) as error:
        planned(models={"mine": {"source": "features:~/features"}})
    assert_bad_input(error, "config key models.mine.source", "~ that only a shell expands")
