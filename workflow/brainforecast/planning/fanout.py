"""TODO."""

from collections.abc import Iterable, Sequence

from brainforecast.cells import Grid


def group_into_jobs(
    grids: Sequence[Grid], distances_per_job: int, cells_per_job: int | None
) -> dict[tuple[str, str], list[Grid]]:
    """The blocks that each scoring job of a subject takes, by model and name of the job.

    Blocks of one model are put together, in order, as long as they have `cells_per_job` cells at most; None keeps
    each to itself, and so does the finest grain, one distance per job. A job of one block has the block's name.
    """
    blocks = [block for grid in grids for block in grid.blocks(distances_per_job)]
    jobs = _group_neighbours(blocks, None if distances_per_job == 1 else cells_per_job)
    return {(job[0].model, _job_name(job[0].name, job)): job for job in jobs}


def group_designs_into_jobs(grids: Sequence[Grid], cells_per_job: int | None) -> dict[tuple[str, str], list[Grid]]:
    """The grids whose designs each design job of a story set makes, at all their distances, by model and name.

    A design over many distances costs little more than over one, so a curve is never cut here. A job of one grid has
    the name of its design.
    """
    return {(job[0].model, _job_name(job[0].design, job)): job for job in _group_neighbours(grids, cells_per_job)}


def _group_neighbours(blocks: Iterable[Grid], most: int | None) -> list[list[Grid]]:
    """Neighbours of one model in lists of so many cells at most, a larger block alone; None: each alone."""
    jobs: list[list[Grid]] = []
    for block in blocks:
        together = jobs[-1] if jobs and most else []
        fits = sum(len(other.distances) for other in together) + len(block.distances) <= (most or 0)
        if together and fits and together[0].model == block.model:
            together.append(block)
        else:
            jobs.append([block])
    return jobs


def _job_name(first: str, blocks: Sequence[Grid]) -> str:
    return first + (f"_and-{len(blocks) - 1}-more" if len(blocks) > 1 else "")
