"""Tokenise a corpus once and keep its blocks where training can memory-map them."""

from brainforecast import corpus as text
from brainforecast.job import job
from brainforecast.pretrained import load_tokenizer


def prepare_corpus(path_to_corpus: str, *, source: str, corpus: dict, context: int, n_blocks: int) -> None:
    """Write the blocks to train on and those held out."""
    text.prepare_corpus(corpus, load_tokenizer(source), path_to_corpus, context=context, n_blocks=n_blocks)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        prepare_corpus(
            snakemake.output.corpus,  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            corpus=snakemake.params.corpus,  # noqa: F821
            context=snakemake.params.context,  # noqa: F821
            n_blocks=snakemake.params.n_blocks,  # noqa: F821
        )
