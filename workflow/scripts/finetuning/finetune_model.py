"""Fine-tune a language model to forecast, for one share of the forecasting term; a killed job resumes."""

from brainforecast.files import from_input
from brainforecast.finetuning.launch import Finetuning, finetune
from brainforecast.finetuning.objective import ObjectiveSettings
from brainforecast.finetuning.trainer import TrainingSettings
from brainforecast.jobs.context import job
from brainforecast.pretrained.loading import LoadSettings, read_load_settings


def finetune_model(
    path_to_corpus: str,
    path_to_snapshots: str,
    *,
    source: str,
    alpha: float,
    objective: dict,
    training: dict,
    seed: int,
    threads: int,
    loading: LoadSettings,
) -> None:
    """Write a folder per snapshot and the curve of losses; `objective` and `training` are sections of the config."""
    sections = ObjectiveSettings.from_config(objective), TrainingSettings(**training)
    finetune(Finetuning(source, alpha, *sections, seed, threads, loading), path_to_corpus, path_to_snapshots)


if __name__ == "__main__":
    with job(snakemake):
        finetune_model(
            snakemake.input.corpus,
            snakemake.output.snapshots,
            source=from_input(snakemake.params.source, snakemake.input.model),
            alpha=float(snakemake.wildcards.alpha),
            objective=snakemake.params.objective,
            training=snakemake.params.training,
            seed=snakemake.params.seed,
            threads=snakemake.threads,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
        )
