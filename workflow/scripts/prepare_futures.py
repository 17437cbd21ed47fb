"""Prepare futures of every word of a story that share the grammar of what really follows."""

import pandas as pd

from brainforecast.futures import LABEL_UNITS, UNITS, Drawing, draw_futures
from brainforecast.job import job
from brainforecast.lexicon import Lexicon
from brainforecast.parser import load_parser
from brainforecast.tables import software_versions, write_table
from brainforecast.windows import story_seed


def prepare_futures(
    path_to_words: str,
    path_to_lexicon: str,
    path_to_futures: str,
    path_to_labels: str,
    *,
    parser: str,
    drawing: dict,
    seed: tuple[int, int],
) -> None:
    """Write a row per word and future (its text, how well its tree agrees, how many labels match) and one per word."""
    words, lexicon = pd.read_parquet(path_to_words), Lexicon(pd.read_parquet(path_to_lexicon))
    ways = {"drawing": Drawing(**drawing), "seed": seed}
    heard = words["word"].tolist(), words["sentence"].tolist()
    futures, labels = draw_futures(*heard, lexicon, load_parser(parser), **ways)
    about = {"parser": parser, **drawing, **software_versions(["spacy"])}
    write_table(futures, path_to_futures, units=UNITS, provenance=about)
    write_table(labels, path_to_labels, units=LABEL_UNITS, provenance=about)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        prepare_futures(
            snakemake.input.words,  # noqa: F821
            snakemake.input.lexicon,  # noqa: F821
            snakemake.output.futures,  # noqa: F821
            snakemake.output.labels,  # noqa: F821
            parser=snakemake.params.parser,  # noqa: F821
            drawing=snakemake.params.drawing,  # noqa: F821
            seed=story_seed(snakemake.params.seed, snakemake.wildcards.story),  # noqa: F821
        )
