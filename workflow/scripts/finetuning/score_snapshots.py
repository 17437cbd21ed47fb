"""Score what each snapshot of a training has learned, on text it was not trained on, beside the pretrained model."""

import torch

from brainforecast.finetuning.probes import score_snapshots_of
from brainforecast.jobs.context import job
from brainforecast.storage.parquet import software_versions, write_table
from brainforecast.storage.training_tables import PROBE, TRAINED


def score_snapshots(
    path_to_corpus: str, path_to_snapshots: str, path_to_table: str, *, alpha: float, threads: int, **probe: object
) -> None:
    """Write perplexity and retrieval of the word ahead, a row per snapshot; `probe` goes to the library as it is."""
    torch.set_num_threads(threads)
    table = score_snapshots_of(path_to_snapshots, path_to_corpus, **probe).assign(finetuning_alpha=alpha)
    write_table(table, path_to_table, units=PROBE | TRAINED, provenance=software_versions(["torch", "transformers"]))


if __name__ == "__main__":
    with job(snakemake):
        score_snapshots(
            snakemake.input.corpus,
            snakemake.input.snapshots,
            snakemake.output.table,
            alpha=float(snakemake.wildcards.alpha),
            source=snakemake.params.source,
            objective=snakemake.params.objective,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
        )
