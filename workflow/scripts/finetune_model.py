"""Fine-tune a language model to forecast, one share of the forecasting term; a killed job goes on where it was."""

from brainforecast.forecast_training import finetune
from brainforecast.job import job


def finetune_model(path_to_corpus: str, path_to_snapshots: str, *, source: str, **training: object) -> None:
    """Write a folder per snapshot and the curve of losses; `training` goes to the library as it is."""
    finetune(source, path_to_corpus, path_to_snapshots, **training)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        finetune_model(
            snakemake.input.corpus,  # noqa: F821
            snakemake.output.snapshots,  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            alpha=float(snakemake.wildcards.alpha),  # noqa: F821
            objective=snakemake.params.objective,  # noqa: F821
            training=snakemake.params.training,  # noqa: F821
            seed=snakemake.params.seed,  # noqa: F821
            threads=snakemake.threads,  # noqa: F821
        )
