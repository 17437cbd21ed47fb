"""Score what each snapshot of a training has learned, on text it was not trained on, beside the pretrained model."""

import torch

from brainforecast.forecast_probe import score_snapshots_of
from brainforecast.job import job
from brainforecast.tables import software_versions, write_table
from brainforecast.training_tables import PROBE, TRAINED


def score_snapshots(
    path_to_corpus: str, path_to_snapshots: str, path_to_table: str, *, alpha: float, threads: int, **probe: object
) -> None:
    """Write perplexity and retrieval of the word ahead, a row per snapshot; `probe` goes to the library as it is."""
    torch.set_num_threads(threads)
    table = score_snapshots_of(path_to_snapshots, path_to_corpus, **probe).assign(finetuning_alpha=alpha)
    write_table(table, path_to_table, units=PROBE | TRAINED, provenance=software_versions(["torch", "transformers"]))


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        score_snapshots(
            snakemake.input.corpus,  # noqa: F821
            snakemake.input.snapshots,  # noqa: F821
            snakemake.output.table,  # noqa: F821
            alpha=float(snakemake.wildcards.alpha),  # noqa: F821
            source=snakemake.params.source,  # noqa: F821
            objective=snakemake.params.objective,  # noqa: F821
            settings=snakemake.params.settings,  # noqa: F821
            seed=snakemake.params.seed,  # noqa: F821
            threads=snakemake.threads,  # noqa: F821
        )
