"""Read a subject's runs into one array: one run after the other, targets that are finite in every volume."""

from collections.abc import Sequence

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.readers.responses import read_subject
from brainforecast.readers.subject_runs import SubjectRuns, describe_own_targets
from brainforecast.storage.responses import save_responses


def read_responses(
    paths_to_runs: list[str],
    paths_to_words: list[str],
    path_to_targets: str,
    path_to_responses: str,
    *,
    path_to_denoised: str | None = None,
    own_atlas: dict | None = None,
    own_masks: Sequence[str] = (),
    **planned: object,
) -> None:
    """Write one subject's responses to all stories; `planned` is what `SubjectRuns` takes."""
    targets, runs = pd.read_parquet(path_to_targets), SubjectRuns(**planned)
    own = describe_own_targets(runs, own_atlas, paths_to_runs, own_masks)
    save_responses(read_subject(paths_to_runs, paths_to_words, targets, runs, path_to_denoised, own), path_to_responses)


if __name__ == "__main__":
    with job(snakemake):
        read_responses(
            list(snakemake.input.runs),
            list(snakemake.input.words),
            snakemake.input.targets,
            snakemake.output.responses,
            path_to_denoised=next(iter(snakemake.input.denoised), None),
            own_atlas=snakemake.params.own_atlas,
            own_masks=list(snakemake.input.own_masks),
            subject=snakemake.wildcards.subject,
            **snakemake.params.runs,
        )
