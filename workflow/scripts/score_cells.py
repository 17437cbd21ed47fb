"""Score one subject's responses with the present words, or with the present and each window of a block of distances."""

from brainforecast.cells import Grid
from brainforecast.design_file import read_design
from brainforecast.job import job
from brainforecast.responses_file import load_responses
from brainforecast.scores_file import Scores
from brainforecast.scoring import Encoding, score_windows


def score_cells(
    path_to_responses: str,
    path_to_present: str,
    paths_to_windows: list[str],
    path_to_scores: str,
    *,
    subject: str,
    grid: Grid,
    encoding: Encoding,
) -> None:
    """Brain scores of the cells of a grid, fold by fold; no window gives the baseline R(X)."""
    measured = load_responses(path_to_responses)
    present = read_design(path_to_present, measured.n_trs)
    windows = [read_design(path, measured.n_trs, grid.distances).scores for path in paths_to_windows]
    brain_score, alpha = score_windows(measured.responses, present, windows[0] if windows else None, encoding)
    Scores(subject, grid, measured.target, brain_score, alpha).write(path_to_scores)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        wildcards, params = snakemake.wildcards, snakemake.params  # noqa: F821
        score_cells(
            snakemake.input.responses,  # noqa: F821
            snakemake.input.present,  # noqa: F821
            snakemake.input.windows,  # noqa: F821
            snakemake.output.scores,  # noqa: F821
            subject=wildcards.subject,
            grid=Grid(wildcards.model, int(wildcards.layer), wildcards.source, int(wildcards.width), params.distances),
            encoding=Encoding(**params.encoding),
        )
