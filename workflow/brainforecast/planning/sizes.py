"""How large each job of a study is, before any data exist: volumes, words, targets, distances and the like.

The memory and run time that rules request (`resources`) and the cost of a run (`jobs.cost`) both start from this.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainforecast.cells import TARGETS, Grid, depths_of
from brainforecast.dataset.alignment_rows import AlignmentOptions, Row
from brainforecast.dataset.alignments import read_rows
from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput
from brainforecast.planning.anatomy import ATLAS_REGIONS, Anatomy
from brainforecast.planning.bases import delays_of, n_columns
from brainforecast.planning.fanout import Fanout
from brainforecast.planning.models.entries import Models
from brainforecast.planning.models.needs import kept_ahead, operations, seconds_of_steps
from brainforecast.planning.models.sizes import ModelSizes
from brainforecast.planning.sensitivity import SensitivityPlan
from brainforecast.planning.verdict import VerdictPlan
from brainforecast.sources import PRESENT

LONGEST = 4000  # volumes of a subject where neither runs nor alignments are here yet: 98 minutes of stories
WORDS_PER_VOLUME = 4  # of a story that is not here yet, 160 words a minute and more
AFTER_SPEECH = 12.0  # s that a scanner runs on after the last word: in Narratives, within a few volumes
RUN_PATH = re.compile(r"sub-([A-Za-z0-9]+)/.*_task-([A-Za-z0-9]+)_")
AHEAD = (("generated", "generated", "continuations"), ("syntactic", "drawn", "components"))  # source, name, product
OF_CELLS = ("model", "cells", "designs", "variant", "score")  # wildcards that say which cells a job is of
OF_MODELS = ("parameters", "weights", "width")  # of a language model
OF_FOLDS = ("folds", "plain_folds", "strict_folds", "inner_folds")  # how alphas are chosen
OF_KINDS = ("operations", "steps", "ahead", "tokens", "snapshots")  # of one kind of job of a language model
QUANTITIES = ("volumes", "story_volumes", "words", "candidates", "targets", "distances", "columns", "offsets", "layers",
              "cells", "kept", "kept_regions", "baselines", "curves", "depths", "subjects", "regions", "draws",
              "brains", "variants", *OF_FOLDS, *OF_MODELS, *OF_KINDS)  # fmt: skip


@dataclass(frozen=True, eq=False)
class StudySizes:
    """The sizes of jobs, from a plan, its grids and its config.

    Parameters
    ----------
    plan : subjects, runs and stories; fanout : what is scored, in which jobs; config : checked.
    folder : of the demo's texts, which become stories; models : the language models.
    """

    plan: Plan
    fanout: Fanout
    config: Mapping
    folder: str | Path
    models: Models

    def of_job(self, wildcards: Mapping[str, str], kind: str | None = None) -> dict[str, float]:
        """Sizes of the job with these wildcards, by the names in QUANTITIES, and those of `in_memory`.

        A job has the stories of its subject, of its story set, its one story, or else those of the study, each with
        its longest run in `story_volumes`; `volumes` are of all runs of its subjects. Of its cells,
        `kept` are stored by target, `kept_regions` as means over regions, and `baselines` of the kept have no window;
        `curves` over distances and `depths` over layers are located in every target;
        `distances` counts those that are scored, in units of all targets, with `columns` of a design and its delays
        on average, made of words at `offsets` of each layer and source. Of the `folds`, `plain_folds` choose alpha on
        single rows, `strict_folds` on blocks of training rows, `inner_folds` blocks in all, without which the design is
        fitted anew. `candidates` are the words that are drawn and parsed to make the futures of each word. `parameters`
        (millions), `weights` (MB in memory) and `width` are those of the job's language model, 0 without one.

        Parameters
        ----------
        kind : of a job of a language model, a key of `models.needs.TOKENS`: it has `operations` (10^12), `steps` (s
            that its passes take on a GPU, however small they are), `ahead` (vectors that are kept after each word),
            `tokens` of a training (thousands) and its `snapshots`; 0 for any other job.
        """
        run = RUN_PATH.match(wildcards.get("path", ""))
        stories, volumes = self._stories(
            {**wildcards, **(dict(zip(("subject", "story"), run.groups(), strict=True)) if run else {})}
        )
        return self.in_memory(wildcards) | {
            "volumes": volumes,
            "story_volumes": sum(self._longest_runs[story] for story in dict.fromkeys(stories)),
            "words": sum(self.words[story] for story in stories),
            "candidates": self._n_candidates,
            **self._of_cells(wildcards),
            **self._of_kind(wildcards, kind),
        }

    def in_memory(self, wildcards: Mapping[str, str]) -> dict[str, float]:
        """Sizes of what the job with these wildcards may hold in memory at once; the dataset need not be here.

        `longest` is the volumes of its subject, or of the longest one; `cells` are its cells, of so many `columns` on
        average, `kept` those of them that are kept by target, `study_cells` and `largest_grid` the cells of the study
        and of its largest grid; `draws` (common shifts), `brains` (simulated) and the cells of all `variants` are
        scored in each of the `regions` of a subject; `strict` is whether folds are; `distances` and folds as `of_job`.
        """
        own = wildcards if {"cells", "designs", "variant"} & wildcards.keys() else {}
        of_cells = self._of_cells({key: value for key, value in own.items() if key != "score"})
        folds = self.config["encoding"]["folds"]
        n_folds, strict = folds["n_folds"], folds["scheme"] == "strict"
        return {
            "longest": self.longest.get(wildcards.get("subject"), self.longest[None]),
            "targets": self.n_targets,
            "cells": of_cells["cells"],
            "kept": of_cells["kept"],
            "columns": of_cells["columns"],
            "subjects": len(self.plan.subjects),
            "distances": of_cells["distances"],
            "folds": n_folds,
            "plain_folds": 0 if strict else n_folds,
            "strict_folds": n_folds if strict else 0,
            "inner_folds": n_folds * (n_folds - 1) if strict else 0,
            "strict": strict,
            "components": self.config["encoding"]["n_components"],
            "study_cells": self.study_cells,
            "largest_grid": self.largest_grid,
            "regions": self.n_regions,
            "draws": self._verdict.most_draws,
            "brains": len(self._verdict.brains),
            "variants": self._variants.n_cells,
        }

    def of_model_job(self, wildcards: Mapping[str, str]) -> dict[str, float]:
        """Sizes of the job of a language model with these wildcards: a model and a story, or a fine-tuning.

        Returns
        -------
        those of `models.sizes.ModelSizes.of_model`; of what is generated, and drawn, after each word: `_words` of all
        futures, `_horizon`, words of one, and `_layers` that are kept; of a fine-tuning processes, blocks (of a
        batch), block (tokens), steps, snapshots, probe_blocks, training_tokens.
        """
        story, model = wildcards.get("story"), wildcards.get("model") or self._base(wildcards)
        n_words = self._measured[story][0] if story in self._measured else None
        sizes = self.model_sizes.of_model(model, n_words or LONGEST * WORDS_PER_VOLUME)
        for source, name, product in AHEAD:
            sizes[f"{name}_words"] = self._n_ahead(source)
            sizes[f"{name}_horizon"] = self.config["sources"][source]["horizon"]
            sizes[f"{name}_layers"] = len(self.models.product_layers(model, product))
        return sizes | self._of_training(wildcards.get("finetuning"))

    def require_model(self, wildcards: Mapping[str, str], inputs: Sequence[str]) -> None:
        """Raise FileNotFoundError while the model of a job is still to be fetched (`ModelSizes.require`)."""
        self.model_sizes.require(wildcards.get("model") or self._base(wildcards), inputs)

    @cached_property
    def model_sizes(self) -> ModelSizes:
        """The sizes of language models."""
        return ModelSizes(self.config, self.models)

    @cached_property
    def study_cells(self) -> int:
        """Cells of one subject."""
        return n_cells(self.fanout.grids)

    @cached_property
    def largest_grid(self) -> int:
        """Cells of the largest grid."""
        return max(len(grid.distances) for grid in self.fanout.grids)

    @cached_property
    def n_targets(self) -> int:
        """Targets, counted or estimated (`anatomy.Anatomy.n_targets`)."""
        return Anatomy(self.config, self.plan).n_targets

    @property
    def n_regions(self) -> int:
        """Regions whose mean series a verdict is on: the targets, or those assumed for an atlas."""
        return self.n_targets if Anatomy(self.config, self.plan).of_regions else ATLAS_REGIONS

    @cached_property
    def longest(self) -> dict[str | None, int]:
        """Volumes of all runs of each subject; under None, the largest of these."""
        totals = dict.fromkeys(self.plan.runs, 0)
        for (subject, _), volumes in self.volumes.items():
            totals[subject] += volumes
        return {**totals, None: max(totals.values())}

    @cached_property
    def words(self) -> dict[str, int]:
        """Words of each story.

        Raises
        ------
        BadInput : an alignment that is not here yet, or cannot be read.
        """
        for story, (n_words, _) in self._measured.items():
            if n_words is None:
                self._read_rows(story)
        return {story: n_words for story, (n_words, _) in self._measured.items()}

    @cached_property
    def volumes(self) -> dict[tuple[str, str], int]:
        """Volumes by subject and story, of all its runs: as counted, else up to AFTER_SPEECH after the last word."""
        volumes: dict[tuple[str, str], int] = {}
        for subject, runs in self.plan.runs.items():
            for run in runs:
                of_run = run.n_trs or math.ceil(self._expected_volumes(run.story, len(runs)))
                volumes[subject, run.story] = volumes.get((subject, run.story), 0) + of_run
        return volumes

    def _base(self, wildcards: Mapping[str, str]) -> str | None:
        """The model that a fine-tuning starts from; None for another job."""
        name = wildcards.get("finetuning")
        return self.config["finetuning"][name]["base"] if name else None

    def _of_cells(self, wildcards: Mapping[str, str]) -> dict[str, float]:
        """What jobs with these cells have in common, whatever their subject: counted once."""
        key = tuple(map(wildcards.get, OF_CELLS))
        if key not in self._counted:
            grids = self._grids(wildcards)
            windows = [grid for grid in grids if grid.source != PRESENT]
            by_score = {"forecast_scores": windows, "brain_scores": [grid for grid in grids if grid.source == PRESENT]}
            of_score = by_score.get(wildcards.get("score", ""), grids)
            by_target = [grid for grid in of_score if grid.keep == TARGETS]
            self._counted[key] = {
                "distances": sum(len(grid.distances) * self._share(grid) for grid in of_score),
                "columns": _mean((self._columns(grid), len(grid.distances)) for grid in grids),
                "offsets": _n_offsets(grids),
                "layers": len({(grid.model, grid.layer) for grid in grids}),
                "cells": n_cells(of_score),
                "kept": n_cells(by_target),
                "kept_regions": n_cells(of_score) - n_cells(by_target),
                "baselines": n_cells(grid for grid in by_target if grid.width == 0),
                "curves": max(1, sum(len(grid.distances) > 1 for grid in windows if grid.keep == TARGETS)),
                "depths": len(depths_of(grid for grid in windows if grid.keep == TARGETS)),
            }
        return self._counted[key]

    @cached_property
    def _counted(self) -> dict[tuple[str | None, ...], dict[str, float]]:
        return {}

    @cached_property
    def _longest_runs(self) -> dict[str, int]:
        """Volumes of each story, of the subject who has most."""
        found: dict[str, int] = {}
        for (_, story), volumes in self.volumes.items():
            found[story] = max(volumes, found.get(story, 0))
        return found

    def _of_kind(self, wildcards: Mapping[str, str], kind: str | None) -> dict[str, float]:
        """What only jobs of a language model have, 0 for another job; `layers` are those that it extracts."""
        found = dict.fromkeys((*OF_MODELS, *OF_KINDS), 0.0)
        model = wildcards.get("model") or self._base(wildcards)
        if not self.model_sizes.is_loaded(model) or wildcards.keys() & {"subject", "story_set"}:
            return found
        sizes = self.of_model_job(wildcards)
        found |= {name: sizes[name] for name in OF_MODELS}
        found |= {"tokens": sizes.get("training_tokens", 0) / 1000, "snapshots": sizes.get("snapshots", 0)}
        if kind:
            found["operations"] = operations(kind, sizes) / 1e12
            found["steps"] = seconds_of_steps(kind, sizes)
            found["ahead"] = kept_ahead(kind, sizes)
        return found | ({"layers": sizes["kept"]} if kind == "extract" else {})

    @property
    def _n_candidates(self) -> int:
        section = self.config["sources"]["syntactic"]
        return section["n_candidates"] * section["horizon"]

    def _share(self, grid: Grid) -> float:
        """What a grid scores, of all targets."""
        return 1.0 if grid.score == TARGETS else self.n_regions / self.n_targets

    def _n_ahead(self, section: str) -> int:
        return self.config["sources"][section]["n_futures"] * self.config["sources"][section]["horizon"]

    def _of_training(self, finetuning: str | None) -> dict[str, float]:
        if not finetuning:
            return {}
        section = self.config["finetuning"][finetuning]
        training, probe = section["training"], section["evaluation"]["probe"]
        steps = training["n_steps"] * training["accumulation"]
        return {
            "processes": training["processes"],
            "blocks": training["batch_size"],
            "block": training["context"],
            "steps": steps,
            "snapshots": training["snapshots"]["n"],
            "probe_blocks": probe["fit_blocks"] + probe["test_blocks"],
            "training_tokens": steps * training["batch_size"] * training["processes"] * training["context"],
        }

    @cached_property
    def _verdict(self) -> VerdictPlan:
        return VerdictPlan(self.config, self.plan)

    @cached_property
    def _variants(self) -> SensitivityPlan:
        return SensitivityPlan(self.config, self.plan)

    def _expected_volumes(self, story: str, n_runs: int) -> float:
        last_word = self._measured[story][1]
        return LONGEST / n_runs if last_word is None else (last_word + AFTER_SPEECH) / self.plan.tr

    @cached_property
    def _measured(self) -> dict[str, tuple[int | None, float | None]]:
        """Words of each story, and the end of the last one in s on the clock of the first volume kept."""
        return {story: self._measure(story) for story in self.plan.stories}

    def _read_rows(self, story: str) -> list[Row]:
        planned = self.plan.stories[story]
        options = AlignmentOptions.from_config(self.config.get("stimuli"), planned.section, planned.span)
        return read_rows(planned.alignment, options)

    def _measure(self, story: str) -> tuple[int | None, float | None]:
        simulation = self.config["simulation"] or {}
        if simulation.get("stories"):
            n_words = len((Path(self.folder) / f"{story}.txt").read_text(encoding="utf-8").split())
            return n_words, simulation["start"] + n_words / simulation["words_per_second"]
        try:
            rows = self._read_rows(story)
        except BadInput:  # still to be fetched, or broken: the job that reads it reports that
            return None, None
        last = max((row.offset for row in rows if row.offset is not None), default=None)
        return len(rows), None if last is None else last + self.plan.stories[story].shift

    def _stories(self, wildcards: Mapping[str, str]) -> tuple[list[str], int]:
        """Stories of a job and their total volumes; for one story, over all its subjects."""
        if "story" in wildcards and "subject" not in wildcards:
            story = wildcards["story"]
            return [story], sum(n for (_, of_run), n in self.volumes.items() if of_run == story)
        subject = wildcards.get("subject") or next(iter(self.plan.story_sets.get(wildcards.get("story_set"), [])), None)
        if subject is None:
            return list(self.plan.stories), sum(self.volumes.values())
        stories = [run.story for run in self.plan.runs[subject] if wildcards.get("story", run.story) == run.story]
        return stories, sum(self.volumes[subject, story] for story in dict.fromkeys(stories))

    def _grids(self, wildcards: Mapping[str, str]) -> list[Grid]:
        """The grids of a job: those assigned to it, or those of its model where it has one."""
        for key, jobs in (("cells", self.fanout.scoring_jobs), ("designs", self.fanout.design_jobs)):
            if key in wildcards:
                return list(jobs[wildcards["model"], wildcards[key]])
        if "variant" in wildcards:
            return self._variants.grids(wildcards["variant"])
        return [grid for grid in self.fanout.grids if grid.model == wildcards.get("model", grid.model)]

    def _columns(self, grid: Grid) -> int:
        """Columns of a base and, where there is one, of the window beside it, with their delays."""
        encoding = self.config["encoding"]
        window = encoding["n_components"] if grid.width > 0 else 0
        return len(delays_of(grid.base, encoding, self.plan.tr)) * (n_columns(grid.base, encoding) + window)


def n_cells(grids: Iterable[Grid]) -> int:
    """Cells of some grids."""
    return sum(len(grid.distances) for grid in grids)


def _n_offsets(grids: Iterable[Grid]) -> int:
    """Offsets of words in the windows of some grids, those of each layer and source apart; the present is offset 0."""
    used: dict[tuple, set[int]] = {}
    for grid in grids:
        source = "true" if grid.source == PRESENT else grid.source
        offsets = used.setdefault((grid.model, grid.layer, source), set())
        for distance in grid.distances:
            offsets.update(range(distance - max(grid.width, 1) + 1, distance + 1))
    return sum(map(len, used.values()))


def _mean(weighted: Iterable[tuple[float, float]]) -> float:
    """The mean of values by their weights; 0 without any."""
    pairs = list(weighted)
    return sum(value * weight for value, weight in pairs) / max(1, sum(weight for _, weight in pairs))
