"""Stories in other languages than English: French with its parser, to scores, Chinese without one, to the report."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from transformers import GPT2Config, GPT2LMHeadModel

from brainforecast.storage.activations import read_layer, read_metadata
from brainforecast.storage.parquet import read_provenance
from brainforecast.writing.frequency import zipf_frequencies
from helpers.datasets import FRENCH_PARSER, write_dataset, write_lines, write_table_of_words
from helpers.grammar import FRENCH_CORPUS
from helpers.language_models import ENDS, WIDE, save_tiny
from helpers.pages import visible_text
from helpers.studies import ENCODING, Study, tiny_model
from helpers.texts_languages import chinese, french
from helpers.vocabularies import gpt2, qwen

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

N_WORDS = 100
HORIZON = 2
FEW = {"fanout": {"cells_per_job": 100, "distances_per_job": 10}, "encoding": ENCODING}
CELLS = {"models": ["tiny"], "layers": [2], "base": "lexical", "widths": [2], "distances": [0, 2]}
MAPS = {"model": "tiny", "layer": 2, "base": "lexical", "source": "true", "width": 2, "distance": 2}
TEXT_SOURCES = ["true", "shuffled", "random", "static", "generated"]


def writer(words, language):
    """A function that writes two listeners of a story of these words, two in each volume."""

    def write(root: Path) -> dict:
        dataset = write_dataset(root, subjects=["01", "02"], stories={"tale": len(words) // 2 + 1})
        write_table_of_words(root / "stimuli/tale/words.tsv", [(w, 0.5 + i, 0.5) for i, w in enumerate(words)])
        return dataset | {"language": language}

    return write


def random_model(tokenizer, folder) -> dict:
    """A tiny GPT-2 with random weights and a real vocabulary."""
    config = GPT2Config(vocab_size=len(tokenizer), n_positions=64, n_embd=16, n_layer=2, n_head=2, **ENDS, **WIDE)
    return {"tiny": tiny_model(save_tiny(GPT2LMHeadModel, config, tokenizer, folder))}


@pytest.fixture(scope="module")
def french_study(new_study, tmp_path_factory) -> Study:
    """A run in French to the tables, with every source but the static one."""
    corpus = write_lines(tmp_path_factory.mktemp("corpus") / "corpus.txt", FRENCH_CORPUS)
    sources = ["true", "shuffled", "generated", "syntactic", "semantic"]
    study = new_study(
        writer(french()[:N_WORDS], "fr"),
        models=random_model(gpt2(), tmp_path_factory.mktemp("gpt2")),
        sources={
            "shuffled": {"block": 20},
            "generated": {"n_futures": 1, "horizon": HORIZON},
            "syntactic": {"n_futures": 2, "n_candidates": 3, "horizon": HORIZON, "corpus": [str(corpus)]},
        },
        analyses={
            "brain_score": {"models": ["tiny"], "layers": [0, 1, 2]},
            "forecast": CELLS | {"sources": sources},
        },
        maps=MAPS,
        **FEW,
    )
    study.run("results/tiny/group/brain_scores.parquet", "results/tiny/group/forecast_scores.parquet")
    return study


@pytest.fixture(scope="module")
def chinese_study(new_study, tmp_path_factory) -> Study:
    """A complete run in Chinese with every source but those that need a parser, and the base of verdicts."""
    study = new_study(
        writer(chinese()[:N_WORDS], "zh-Hans"),
        models=random_model(qwen(), tmp_path_factory.mktemp("qwen")),
        sources={"shuffled": {"block": 20}, "generated": {"n_futures": 1, "horizon": HORIZON}},
        analyses={
            "brain_score": {"models": ["tiny"], "layers": [0, 1, 2], "base": "verdict"},
            "forecast": CELLS | {"sources": TEXT_SOURCES},
        },
        maps=MAPS,
        **FEW,
    )
    study.run()
    return study


def scores_by_source(study: Study) -> pd.DataFrame:
    """The forecast scores of all subjects and targets, a column per source."""
    scores = pd.read_parquet(study.results / "subjects/forecast_scores.parquet")
    return scores.pivot(index=["subject", "distance", "target"], columns="source", values="forecast_score")


def assert_scored(study: Study, sources: list[str]) -> None:
    """Each source has its own scores, and all are numbers."""
    table = scores_by_source(study)
    assert list(table) == sorted(sources) and np.isfinite(table).all(axis=None)
    columns = [table[source].to_numpy() for source in sources]
    assert not [i for i in range(len(sources)) for j in range(i) if np.allclose(columns[i], columns[j])]
    brain_scores = pd.read_parquet(study.results / "group/brain_scores.parquet")
    assert {0, 1, 2} <= set(brain_scores["layer"]) and brain_scores["mean"].notna().all()


def test_french_runs_to_scores(french_study):
    assert_scored(french_study, ["true", "shuffled", "generated", "syntactic", "semantic"])


def test_french_futures_are_french(french_study):
    """From the corpus, by the labels of the parser of the language: elided words stay so, and none is unlabelled."""
    words = french()[:N_WORDS]
    labels = pd.read_parquet(french_study.results / "futures/tale_labels.parquet")
    assert labels["text"].tolist() == words and (labels["label"] != "").all()
    assert labels["label"].str.contains("Number=Sing").any() and (labels["origin"] != "kept").mean() > 0.3
    futures = pd.read_parquet(french_study.results / "futures/tale.parquet")
    drawn = {word for text in futures["text"] for word in text.split(" ")}
    lexicon = pd.read_parquet(french_study.results / "lexicon.parquet")
    assert len(drawn & set(lexicon["word"]) - set(words)) > 10
    provenance = read_provenance(french_study.results / "lexicon.parquet")
    assert (provenance["parser"], provenance["language"]) == (FRENCH_PARSER, "fr")
    path = french_study.results / "components/tiny/tale.safetensors"
    assert read_layer(path, 2).shape == (N_WORDS, HORIZON, 16) and read_metadata(path)["language"] == "fr"


def test_the_parts_add_up_to_the_whole_in_french(french_study):
    """The syntactic part is not zero where a word has a future, and differs from the true activations."""
    ahead = read_layer(french_study.results / "components/tiny/tale.safetensors", 2)
    X = read_layer(french_study.results / "activations/tiny/tale.safetensors", 2)
    assert ahead[:-1, 0].any(axis=1).all() and not ahead[-1].any()
    assert not np.allclose(ahead[:-1, 0], X[1:])


def test_chinese_runs_to_a_report(chinese_study):
    """Windows of every source that needs no parser, and all bases; nothing of syntax."""
    assert_scored(chinese_study, TEXT_SOURCES)
    assert "model tiny" in visible_text((chinese_study.results / "report.html").read_text())
    names = {str(path.relative_to(chinese_study.results)) for path in chinese_study.results.rglob("*")}
    assert not [name for name in names if "lexicon" in name or name.startswith(("futures", "components"))]
    scores = pd.read_parquet(chinese_study.results / "subjects/brain_scores.parquet")
    assert set(scores["base"]) == {"verdict", "lexical"} and scores["brain_score"].notna().all()


def test_chinese_words_stay_as_the_alignment_cut_them(chinese_study):
    """Joined without spaces, each with a vector; generated words are words of a Chinese text; frequencies are known."""
    words = chinese()[:N_WORDS]
    assert pd.read_parquet(chinese_study.results / "words/tale.parquet")["word"].tolist() == words
    X = read_layer(chinese_study.results / "activations/tiny/tale.safetensors", 2)
    assert X.shape == (N_WORDS, 16) and X.any(axis=1).all()
    path = chinese_study.results / "continuations/tiny/tale.safetensors"
    assert read_layer(path, 2).shape == (N_WORDS, HORIZON, 16)
    assert (zipf_frequencies(words, "zh-Hans") > 2).mean() > 0.9


def test_syntax_without_a_parser_is_refused_while_planning(chinese_study):
    """One line names the analysis, and what to give or leave out; the study itself has nothing left to do."""
    changed = chinese_study.with_config("syntax", analyses__syntax=CELLS | {"sources": ["true", "syntactic"]})
    output = chinese_study.run("-n", "--configfile", changed, exit_code=1)
    (line,) = [line for line in output.splitlines() if "analyses.syntax.sources" in line]
    assert "zh-Hans" in line and "sources.syntactic.parser and sources.syntactic.corpus" in line
    assert "without syntactic and semantic" in line and "Traceback" not in output
    assert chinese_study.planned() == {}
