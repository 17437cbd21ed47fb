"""Count the words of a text corpus by what they do in a sentence."""

from brainforecast import lexicon
from brainforecast.job import job
from brainforecast.parser import load_parser
from brainforecast.tables import software_versions, write_table


def build_lexicon(path_to_lexicon: str, *, corpus: list[str], parser: str) -> None:
    """Write the dictionary: label, word, count."""
    table = lexicon.build_lexicon(corpus, load_parser(parser))
    about = {"corpus": corpus, "parser": parser, **software_versions(["spacy"])}
    write_table(table, path_to_lexicon, units=lexicon.UNITS, provenance=about)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_lexicon(
            snakemake.output.lexicon,  # noqa: F821
            corpus=snakemake.params.corpus,  # noqa: F821
            parser=snakemake.params.parser,  # noqa: F821
        )
