"""How large each job of a study is, known before any data are there: volumes, words, targets, distances and the like.

Standard library only: the Snakefile reads this.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainforecast.cells import Grid
from brainforecast.dataset.alignments import read_rows
from brainforecast.dataset.plan import Plan
from brainforecast.sources import PRESENT

N_TARGETS = {None: 100, "fsaverage5": 20_484, "fsaverage6": 81_924}  # of regions: not known before they are read
AFTER = 12.0  # s that a scanner runs on after the last word; the runs of Narratives do, within a few volumes
QUANTITIES = ("volumes", "words", "passes", "futures", "targets", "distances", "columns", "layers", "cells", "curves",
              "subjects")  # fmt: skip


@dataclass(frozen=True)
class StudySizes:
    """What a plan, its grids and its config say about the size of jobs.

    Parameters
    ----------
    plan : which subject heard what; grids : what is scored; config : checked.
    jobs, designs : the grids of each scoring job of a subject, and of each design job of a story set, by model and name
    (`cells.deal`, `cells.deal_designs`).
    folder : of the demo's texts, which become stories.
    """

    plan: Plan
    grids: Sequence[Grid]
    jobs: Mapping[tuple[str, str], Sequence[Grid]]
    designs: Mapping[tuple[str, str], Sequence[Grid]]
    config: Mapping
    folder: str | Path

    def of(self, wildcards: Mapping[str, str]) -> dict[str, float]:
        """Sizes of the job with these wildcards, by the names in QUANTITIES.

        What a job has is that of its subject, its story set, its story, or else of the study; `passes` are times that
        a language model hears each word, `futures` words it goes on by, `columns` those of a design with its delays.
        """
        run = re.match(r"sub-([A-Za-z0-9]+)/.*_task-([A-Za-z0-9]+)_", wildcards.get("path", ""))
        stories, volumes = self._heard(
            {**wildcards, **(dict(zip(("subject", "story"), run.groups(), strict=True)) if run else {})}
        )
        grids = self._grids(wildcards)
        windows = [grid for grid in grids if grid.source != PRESENT]
        encoding, generated = self.config["encoding"], self.config["sources"]["generated"]
        told = {"forecast_scores": windows, "brain_scores": [grid for grid in grids if grid.source == PRESENT]}
        cells = sum(len(grid.distances) for grid in told.get(wildcards.get("score", ""), grids))
        return {
            "volumes": volumes,
            "words": sum(self.words[story] for story in stories),
            "passes": self._passes(wildcards.get("model"), sum(self.words[story] for story in stories)),
            "futures": generated["n_futures"] * generated["horizon"],
            "targets": N_TARGETS[self.config["dataset"]["space"]],
            "distances": cells,
            "columns": len(encoding["delays"]) * encoding["n_components"] * (2 if windows else 1),
            "layers": len({(grid.model, grid.layer) for grid in grids}),
            "cells": cells,
            "curves": max(1, sum(len(grid.distances) > 1 for grid in windows)),
            "subjects": len(self.plan.subjects),
        }

    @cached_property
    def words(self) -> dict[str, int]:
        """Words of each story."""
        return {story: n for story, (n, _) in self._stories.items()}

    @cached_property
    def volumes(self) -> dict[tuple[str, str], int]:
        """Volumes of each run, by subject and story: as counted, else until AFTER its last word."""
        tr = self.plan.tr
        return {
            (subject, run.story): run.n_trs or math.ceil((self._stories[run.story][1] + AFTER) / tr)
            for subject, runs in self.plan.runs.items()
            for run in runs
        }

    @cached_property
    def _stories(self) -> dict[str, tuple[int, float]]:
        """Words of each story, and the end of the last one in s on the clock of the first volume kept."""
        return {story: self._measure(story) for story in self.plan.stories}

    def _measure(self, story: str) -> tuple[int, float]:
        simulation = self.config["simulation"] or {}
        if simulation.get("stories"):
            n_words = len((Path(self.folder) / f"{story}.txt").read_text(encoding="utf-8").split())
            return n_words, simulation["start"] + n_words / simulation["words_per_second"]
        rows = read_rows(self.plan.stories[story].alignment)
        last = max((row.offset for row in rows if row.offset is not None), default=0.0)
        return len(rows), last + self.plan.stories[story].shift

    def _heard(self, wildcards: Mapping[str, str]) -> tuple[list[str], int]:
        """Stories of a job, and their volumes together; of a story, those of everyone who heard it."""
        if "story" in wildcards and "subject" not in wildcards:
            story = wildcards["story"]
            return [story], sum(n for (_, heard), n in self.volumes.items() if heard == story)
        subject = wildcards.get("subject") or next(iter(self.plan.story_sets.get(wildcards.get("story_set"), [])), None)
        if subject is None:
            return list(self.plan.stories), sum(self.volumes.values())
        stories = [run.story for run in self.plan.runs[subject] if wildcards.get("story", run.story) == run.story]
        return stories, sum(self.volumes[subject, story] for story in stories)

    def _grids(self, wildcards: Mapping[str, str]) -> list[Grid]:
        """The grids a job is about: dealt to it, or those of its model where it has one."""
        for key, dealt in (("cells", self.jobs), ("designs", self.designs)):
            if key in wildcards:
                return list(dealt[wildcards["model"], wildcards[key]])
        return [grid for grid in self.grids if grid.model == wildcards.get("model", grid.model)]

    def _passes(self, model: str | None, n_words: int) -> float:
        """Times each word is heard: context / stride, and once where a story is no longer than the context."""
        if model not in self.config["models"]:
            return 1.0
        hearing = self.config["models"][model]
        return max(1.0, min(hearing["context"], n_words) / hearing["stride"])
