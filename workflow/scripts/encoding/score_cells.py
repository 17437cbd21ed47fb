"""Score one subject's responses with the present words, or with the present and each window."""

from brainforecast.cells import Grid
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.context import job
from brainforecast.jobs.scoring import locate_designs, score_grid
from brainforecast.storage.responses import load_responses
from brainforecast.storage.scores import write_scores


def score_cells(
    path_to_responses: str,
    designs: list[list[tuple[str, str]]],
    path_to_scores: str,
    *,
    subject: str,
    grids: list[Grid],
    encoding: Encoding,
) -> None:
    """Write brain scores of the cells of grids, each with its designs; no window gives the baseline R(X)."""
    measured = load_responses(path_to_responses)
    pairs = zip(grids, designs, strict=True)
    write_scores([score_grid(measured, subject, grid, needed, encoding) for grid, needed in pairs], path_to_scores)


if __name__ == "__main__":
    with job(snakemake):
        cells = snakemake.params.cells
        keys = ("model", "layer", "source", "width", "distances")
        score_cells(
            snakemake.input.responses,
            locate_designs(cells, snakemake.input.designs),
            snakemake.output.scores,
            subject=snakemake.wildcards.subject,
            grids=[Grid(*(cell[key] for key in keys)) for cell in cells],
            encoding=Encoding(**snakemake.params.encoding),
        )
