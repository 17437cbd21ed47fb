"""Score one subject's responses with the present words, or with the present and each window."""

from brainforecast.cells import Grid
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.context import job
from brainforecast.jobs.scoring import encodings as encodings_of
from brainforecast.jobs.scoring import locate_designs, read_regions, score_grids
from brainforecast.storage.responses import load_responses
from brainforecast.storage.scores import write_scores


def score_cells(
    path_to_responses: str,
    designs: list[list[tuple[str, str]]],
    path_to_scores: str,
    *,
    subject: str,
    grids: list[Grid],
    encodings: dict[str, Encoding],
    path_to_targets: str | None = None,
) -> None:
    """Write brain scores of the cells of grids, each with its designs and the encoding of its base.

    Parameters
    ----------
    path_to_targets : the table of targets, of which some grid keeps regions; else None.
    """
    regions = read_regions(grids, path_to_targets)
    scores = score_grids(load_responses(path_to_responses), subject, grids, designs, encodings, regions)
    write_scores(scores, path_to_scores)


if __name__ == "__main__":
    with job(snakemake):
        cells = snakemake.params.cells
        keys = ("model", "layer", "base", "source", "width", "distances", "keep", "score")
        score_cells(
            snakemake.input.responses,
            locate_designs(cells, snakemake.input.designs),
            snakemake.output.scores,
            subject=snakemake.wildcards.subject,
            grids=[Grid(*(cell[key] for key in keys)) for cell in cells],
            encodings=encodings_of(snakemake.params.encoding),
            path_to_targets=next(iter(snakemake.input.targets), None),
        )
