"""Fan-out: which cells each scoring job takes, which designs each design job builds, and what these jobs read.

Cells that differ only in distance form a `cells.Grid`. Grids are cut into blocks of distances and grouped into jobs of
a reasonable length; the tables do not depend on this grouping.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from brainforecast.cells import LISTENERS, VERDICT, Grid, design_names
from brainforecast.planning.bases import lexical_of
from brainforecast.sources import PRESENT, SOURCES

WINDOWS_PER_JOB = 200  # of a design job: their components of all folds are in memory, 1.6 MB each of 4,000 volumes
Jobs = dict[tuple[str, str], list[Grid]]  # by model and job name, as in the paths of its files


@dataclass(frozen=True, eq=False)
class Fanout:
    """The design jobs of a story set and the scoring jobs of a subject.

    Parameters
    ----------
    grids : everything the analyses score.
    component_base : config `sources.syntactic.base`.
    distances_per_job, cells_per_job : config `fanout`.
    control_grids : what a verdict scores by region, in jobs of its own: it only adds designs (`planning.verdict`).
    """

    grids: Sequence[Grid]
    component_base: str
    distances_per_job: int
    cells_per_job: int | None
    control_grids: Sequence[Grid] = ()

    @cached_property
    def scoring_jobs(self) -> Jobs:
        """The cells of each scoring job of a subject."""
        return group_into_jobs(self.grids, self.distances_per_job, self.cells_per_job)

    @cached_property
    def design_jobs(self) -> Jobs:
        """The grids of each design job of a story set; the noise ceiling has a design for each subject instead.

        Designs that only a verdict needs have jobs of their own: it changes nothing for the jobs of the analyses.
        """
        scored = {(grid.model, grid.design) for grid in self.grids}
        grids = [grid for grid in (*sorted(self.grids), *sorted(self.control_grids)) if grid.model != LISTENERS]
        parts: tuple[list[Grid], list[Grid]] = ([], [])
        for grid in distinct_designs(grids):
            parts[(grid.model, grid.design) not in scored].append(grid)
        jobs = (group_designs_into_jobs(part, self.cells_per_job) for part in parts)
        return {key: grids for part in jobs for key, grids in part.items()}

    @cached_property
    def _job_of_design(self) -> dict[tuple[str, str], str]:
        return {(model, grid.design): job for (model, job), grids in self.design_jobs.items() for grid in grids}

    def job_of(self, model: str, design: str) -> str:
        """The job that builds a design, by its name (`cells.Grid.design`)."""
        return self._job_of_design[model, design]

    def design_jobs_of(self, model: str, job: str) -> list[str]:
        """The design jobs whose files a scoring job of a language model reads."""
        grids = self.scoring_jobs[model, job]
        names = [name for grid in grids for name in design_names(grid, self.component_base)]
        return list(dict.fromkeys(self._job_of_design[model, name] for name in names))

    def cells(self, model: str, job: str, subject: str) -> list[dict]:
        """The cells of a scoring job as parameters: each grid, with the job and the name of each design it needs."""
        grids = self.scoring_jobs[model, job]
        if model == LISTENERS:
            return [{**vars(grid), "designs": [[f"sub-{subject}_design", grid.design]]} for grid in grids]
        pairs = zip(grids, self._designs_of_cells[model, job], strict=True)
        return [{**vars(grid), "designs": designs} for grid, designs in pairs]

    @cached_property
    def _designs_of_cells(self) -> dict[tuple[str, str], list[list[list[str]]]]:
        """Job and name of the designs of each grid of a scoring job: the same for all subjects, so made once."""
        return {
            (model, job): [
                [[self._job_of_design[model, name], name] for name in design_names(grid, self.component_base)]
                for grid in grids
            ]
            for (model, job), grids in self.scoring_jobs.items()
            if model != LISTENERS
        }

    def design_steps(self, model: str, job: str, encoding: Mapping) -> list[dict]:
        """The designs of a job as parameters; `vectors`, `ahead` and `layer_0` name the inputs they are built from.

        Parameters
        ----------
        encoding : config section: which lexical columns stand beside the present of a lexical or verdict base.
        """
        return [
            {
                "name": grid.design,
                "layer": 0 if source.static else grid.layer,
                "source": grid.source,
                "width": max(grid.width, 1),  # the present is the window of one word at distance 0
                "distances": list(grid.distances),
                "lexical": lexical_of(grid.base, encoding) if grid.width == 0 else [],
                "layer_0": "activations" if grid.base == VERDICT and grid.width == 0 else None,
                "vectors": "static" if source.static else "activations",
                "ahead": source.product,
            }
            for grid in self.design_jobs[model, job]
            for source in [SOURCES["true" if grid.source == PRESENT else grid.source]]
        ]

    def design_inputs(self, model: str, job: str, static_model: str) -> Iterator[tuple[str, str, str]]:
        """Yield input name, folder and model of each product that the designs of a job are built from, each once.

        Parameters
        ----------
        static_model : the model whose layer 0 is the source `static`.
        """
        steps = self.design_steps(model, job, {"lexical": []})
        vectors = [name for step in steps for name in (step["vectors"], step["layer_0"]) if name]
        for name in dict.fromkeys(vectors):
            yield name, "activations", static_model if name == "static" else model
        for name in dict.fromkeys(step["ahead"] for step in steps if step["ahead"]):
            yield name, name, model


def distinct_designs(grids: Sequence[Grid]) -> list[Grid]:
    """Grids with one design each: windows beside several bases share theirs, at the distances of all of them."""
    merged: dict[tuple[str, str], Grid] = {}
    for grid in grids:
        first = merged.setdefault((grid.model, grid.design), grid)
        merged[grid.model, grid.design] = replace(first, distances=tuple(sorted({*first.distances, *grid.distances})))
    return list(merged.values())


def group_into_jobs(grids: Sequence[Grid], distances_per_job: int, cells_per_job: int | None) -> Jobs:
    """Group blocks of distances into the scoring jobs of a subject.

    Consecutive blocks of one model share a job of at most `cells_per_job` cells; None gives each block its own job, and
    so does the finest grain, one distance per job. A job of one block has the block's name.
    """
    blocks = [[block] for grid in grids for block in grid.blocks(distances_per_job)]
    jobs = _group_neighbours(blocks, None if distances_per_job == 1 else cells_per_job)
    return {(job[0].model, _job_name(job[0].name, job)): job for job in jobs}


def group_designs_into_jobs(grids: Sequence[Grid], cells_per_job: int | None) -> Jobs:
    """Group grids, at all their distances, into the jobs that build the designs of a story set.

    A design over many distances costs little more than one over a single distance, and designs of several widths of one
    layer and source little more than one of them: so a curve is never cut here, and widths are in one job, or in few,
    of at most `cells_per_job` and WINDOWS_PER_JOB windows. A job of one grid has the name of its design.
    """
    most = cells_per_job and min(cells_per_job, WINDOWS_PER_JOB)
    families: dict[tuple, list[Grid]] = {}
    for grid in grids:
        source = "true" if grid.source == PRESENT else grid.source  # the present is a window of one true word
        families.setdefault((grid.model, grid.layer, source), []).append(grid)
    parts = [part for family in families.values() for part in _group_neighbours([[grid] for grid in family], most)]
    return {(job[0].model, _job_name(job[0].design, job)): job for job in _group_neighbours(parts, most)}


def _group_neighbours(parts: Iterable[list[Grid]], max_cells: int | None) -> list[list[Grid]]:
    """Join consecutive parts of one model, up to `max_cells` cells; a larger part, or any if None, is alone."""
    jobs: list[list[Grid]] = []
    for part in parts:
        last = jobs[-1] if jobs and max_cells else []
        fits = sum(len(grid.distances) for grid in (*last, *part)) <= (max_cells or 0)
        if last and fits and last[0].model == part[0].model:
            last.extend(part)
        else:
            jobs.append(list(part))
    return jobs


def _job_name(first: str, blocks: Sequence[Grid]) -> str:
    return first + (f"_and-{len(blocks) - 1}-more" if len(blocks) > 1 else "")
