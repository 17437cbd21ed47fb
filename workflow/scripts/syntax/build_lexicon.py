"""Count the words of a text corpus by grammatical label."""

from brainforecast.jobs.context import job
from brainforecast.storage.parquet import software_versions, write_table
from brainforecast.syntax import lexicon
from brainforecast.syntax.parser import load_parser


def build_lexicon(path_to_lexicon: str, *, corpus: list[str], parser: str, language: str) -> None:
    """Write the dictionary: label, word, count."""
    nlp = load_parser(parser, language)
    table = lexicon.build_lexicon(corpus, nlp, language)
    provenance = {"corpus": corpus, "parser": parser, "parser_version": nlp.meta["version"], "language": language}
    provenance |= {**software_versions(["spacy"])}
    write_table(table, path_to_lexicon, units=lexicon.UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        build_lexicon(
            snakemake.output.lexicon,
            corpus=snakemake.params.corpus,
            parser=snakemake.params.parser,
            language=snakemake.params.language,
        )
