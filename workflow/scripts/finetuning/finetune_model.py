"""Fine-tune a language model to forecast, one share of the forecasting term; a killed job goes on where it was."""

from brainforecast.finetuning.launch import finetune
from brainforecast.jobs.context import job


def finetune_model(path_to_corpus: str, path_to_snapshots: str, *, source: str, **training: object) -> None:
    """Write a folder per snapshot and the curve of losses; `training` goes to the library as it is."""
    finetune(source, path_to_corpus, path_to_snapshots, **training)


if __name__ == "__main__":
    with job(snakemake):
        finetune_model(
            snakemake.input.corpus,
            snakemake.output.snapshots,
            source=snakemake.params.source,
            alpha=float(snakemake.wildcards.alpha),
            objective=snakemake.params.objective,
            training=snakemake.params.training,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
        )
