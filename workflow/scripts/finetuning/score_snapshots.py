"""Score what each snapshot of a training has learned, on held-out text, compared with the pretrained model."""

import torch

from brainforecast.files import from_input
from brainforecast.finetuning.objective import ObjectiveSettings
from brainforecast.finetuning.probes import ProbeSettings, evaluate_snapshots
from brainforecast.jobs.context import job
from brainforecast.pretrained.loading import LoadSettings, read_load_settings
from brainforecast.storage.parquet import software_versions, write_table
from brainforecast.storage.training_tables import PROBE, TRAINED


def score_snapshots(
    path_to_corpus: str,
    path_to_snapshots: str,
    path_to_table: str,
    *,
    alpha: float,
    source: str,
    objective: dict,
    settings: dict,
    seed: int,
    threads: int,
    loading: LoadSettings,
) -> None:
    """Write perplexity and retrieval of the word ahead, a row per snapshot; `settings` is the config's `probe`."""
    torch.set_num_threads(threads)
    table = evaluate_snapshots(
        path_to_snapshots,
        path_to_corpus,
        source=source,
        objective=ObjectiveSettings.from_config(objective),
        settings=ProbeSettings(**settings),
        seed=seed,
        loading=loading,
    )
    table = table.assign(finetuning_alpha=alpha)
    write_table(table, path_to_table, units=PROBE | TRAINED, provenance=software_versions(["torch", "transformers"]))


if __name__ == "__main__":
    with job(snakemake):
        score_snapshots(
            snakemake.input.corpus,
            snakemake.input.snapshots,
            snakemake.output.table,
            alpha=float(snakemake.wildcards.alpha),
            source=from_input(snakemake.params.source, snakemake.input.model),
            objective=snakemake.params.objective,
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
        )
