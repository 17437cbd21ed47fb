"""Tokenise a corpus once and write its blocks so that training can memory-map them."""

from brainforecast.files import from_input
from brainforecast.finetuning import corpus as text
from brainforecast.jobs.context import job
from brainforecast.pretrained.loading import LoadSettings, load_tokenizer, read_load_settings


def prepare_corpus(
    path_to_corpus: str, *, source: str, corpus: dict, context: int, n_blocks: int, loading: LoadSettings
) -> None:
    """Write the blocks to train on and those held out; `corpus` is a section of the config."""
    settings = text.CorpusSettings(**corpus)
    tokenizer = load_tokenizer(source, loading)
    text.prepare_corpus(settings, tokenizer, path_to_corpus, context=context, n_blocks=n_blocks)


if __name__ == "__main__":
    with job(snakemake):
        prepare_corpus(
            snakemake.output.corpus,
            source=from_input(snakemake.params.source, snakemake.input.model),
            corpus=snakemake.params.corpus,
            context=snakemake.params.context,
            n_blocks=snakemake.params.n_blocks,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
        )
