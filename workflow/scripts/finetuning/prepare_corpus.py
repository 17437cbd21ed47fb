"""Tokenise a corpus once and keep its blocks where training can memory-map them."""

from brainforecast.finetuning import corpus as text
from brainforecast.jobs.context import job
from brainforecast.language.pretrained import load_tokenizer


def prepare_corpus(path_to_corpus: str, *, source: str, corpus: dict, context: int, n_blocks: int) -> None:
    """Write the blocks to train on and those held out."""
    text.prepare_corpus(corpus, load_tokenizer(source), path_to_corpus, context=context, n_blocks=n_blocks)


if __name__ == "__main__":
    with job(snakemake):
        prepare_corpus(
            snakemake.output.corpus,
            source=snakemake.params.source,
            corpus=snakemake.params.corpus,
            context=snakemake.params.context,
            n_blocks=snakemake.params.n_blocks,
        )
