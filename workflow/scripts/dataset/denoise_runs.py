"""Denoise the runs of a subject: confounds and drifts regressed out, volumes censored, targets standardised."""

from collections.abc import Sequence

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.readers.denoising import DenoiseSettings, denoise_subject
from brainforecast.readers.subject_runs import SubjectRuns, describe_own_targets
from brainforecast.storage.denoised import write_denoised


def denoise_runs(
    paths_to_runs: list[str],
    paths_to_confounds: list[str],
    path_to_targets: str,
    path_to_denoised: str,
    *,
    runs: SubjectRuns,
    settings: DenoiseSettings,
    own_atlas: dict | None = None,
    own_masks: Sequence[str] = (),
) -> None:
    """Write every run of one subject, denoised and whole, with the reasons why volumes are censored."""
    targets, own = pd.read_parquet(path_to_targets), describe_own_targets(runs, own_atlas, paths_to_runs, own_masks)
    write_denoised(denoise_subject(paths_to_runs, paths_to_confounds, targets, runs, settings, own), path_to_denoised)


if __name__ == "__main__":
    with job(snakemake):
        denoise_runs(
            list(snakemake.input.runs),
            list(snakemake.input.confounds),
            snakemake.input.targets,
            snakemake.output.denoised,
            runs=SubjectRuns(snakemake.wildcards.subject, **snakemake.params.runs),
            settings=DenoiseSettings(**snakemake.params.settings),
            own_atlas=snakemake.params.own_atlas,
            own_masks=list(snakemake.input.own_masks),
        )
