"""Prepare futures of every word of a story that share the grammar of the true words."""

from dataclasses import asdict

import pandas as pd

from brainforecast.encoding.windows import story_seed
from brainforecast.jobs.context import job
from brainforecast.storage.parquet import software_versions, write_table
from brainforecast.syntax.futures import LABEL_UNITS, UNITS, DrawingSettings, draw_futures
from brainforecast.syntax.lexicon import Lexicon
from brainforecast.syntax.parser import load_parser


def prepare_futures(
    path_to_words: str,
    path_to_lexicon: str,
    path_to_futures: str,
    path_to_labels: str,
    *,
    parser: str,
    language: str,
    drawing: DrawingSettings,
    seed: tuple[int, int],
) -> None:
    """Write the futures (a row per word and future: text, tree agreement, matching labels) and the labels of words."""
    words, lexicon = pd.read_parquet(path_to_words), Lexicon(pd.read_parquet(path_to_lexicon))
    story = words["word"].tolist(), words["sentence"].tolist()
    nlp = load_parser(parser, language)
    futures, labels = draw_futures(*story, lexicon, nlp, drawing=drawing, seed=seed, language=language)
    about = {"parser": parser, "parser_version": nlp.meta["version"], "language": language}
    provenance = {**about, **asdict(drawing), **software_versions(["spacy"])}
    write_table(futures, path_to_futures, units=UNITS, provenance=provenance)
    write_table(labels, path_to_labels, units=LABEL_UNITS, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        prepare_futures(
            snakemake.input.words,
            snakemake.input.lexicon,
            snakemake.output.futures,
            snakemake.output.labels,
            parser=snakemake.params.parser,
            language=snakemake.params.language,
            drawing=DrawingSettings(**snakemake.params.drawing),
            seed=story_seed(snakemake.params.seed, snakemake.wildcards.story),
        )
