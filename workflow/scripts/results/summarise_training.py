"""Merge the loss curves and the probes of all trainings into two tables."""

from pathlib import Path

from brainforecast.checkpoints import finetuning_of
from brainforecast.jobs.context import job
from brainforecast.storage.parquet import read_json, write_table
from brainforecast.storage.training_tables import CURVE, PROBE, TRAINED, read_trainings


def summarise_training(
    paths_to_snapshots: list[str],
    paths_to_probes: list[str],
    path_to_provenance: str,
    paths_to_tables: dict[str, str],
) -> None:
    """Write the losses along the steps, and what each snapshot has learned."""
    provenance, names = read_json(path_to_provenance), map(finetuning_of, paths_to_snapshots)
    losses = read_trainings([Path(path) / "losses.parquet" for path in paths_to_snapshots], names)
    probes = read_trainings(paths_to_probes, map(finetuning_of, paths_to_probes))
    write_table(losses, paths_to_tables["losses"], units=CURVE | TRAINED, provenance=provenance)
    write_table(probes, paths_to_tables["probe"], units=PROBE | TRAINED, provenance=provenance)


if __name__ == "__main__":
    with job(snakemake):
        summarise_training(
            snakemake.input.snapshots,
            snakemake.input.probes,
            snakemake.input.provenance,
            dict(snakemake.output.items()),
        )
