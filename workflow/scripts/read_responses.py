"""Read a subject's runs into one array: stories one after the other, targets that are finite throughout."""

import pandas as pd

from brainforecast.job import job
from brainforecast.responses import read_subject
from brainforecast.responses_file import save_responses


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
    """Write one subject's responses to all their stories."""
    targets = pd.read_parquet(path_to_targets)
    about = {"subject": subject, "stories": stories, "n_dropped": n_dropped, "tr": tr}
    responses = read_subject(paths_to_runs, paths_to_words, targets, response=response, space=space, **about)
    save_responses(responses, path_to_responses)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        read_responses(
            list(snakemake.input.runs),  # noqa: F821
            list(snakemake.input.words),  # noqa: F821
            snakemake.input.targets,  # noqa: F821
            snakemake.output.responses,  # noqa: F821
            subject=snakemake.wildcards.subject,  # noqa: F821
            stories=snakemake.params.stories,  # noqa: F821
            n_dropped=snakemake.params.n_dropped,  # noqa: F821
            tr=snakemake.params.tr,  # noqa: F821
            response=snakemake.params.response,  # noqa: F821
            space=snakemake.params.space,  # noqa: F821
        )
