"""Read a subject's runs into one array: one run after the other, targets that are finite in every volume."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.readers.responses import SubjectRuns, read_subject
from brainforecast.storage.responses import save_responses


def read_responses(
    paths_to_runs: list[str],
    paths_to_words: list[str],
    path_to_targets: str,
    path_to_responses: str,
    *,
    subject: str,
    stories: list[str],
    n_dropped: list[int],
    tr: float,
    response: str,
    space: str | None,
) -> None:
    """Write one subject's responses to all stories."""
    targets = pd.read_parquet(path_to_targets)
    runs = SubjectRuns(subject, stories, n_dropped, tr, response, space)
    save_responses(read_subject(paths_to_runs, paths_to_words, targets, runs), path_to_responses)


if __name__ == "__main__":
    with job(snakemake):
        read_responses(
            list(snakemake.input.runs),
            list(snakemake.input.words),
            snakemake.input.targets,
            snakemake.output.responses,
            subject=snakemake.wildcards.subject,
            stories=snakemake.params.stories,
            n_dropped=snakemake.params.n_dropped,
            tr=snakemake.params.tr,
            response=snakemake.params.response,
            space=snakemake.params.space,
        )
