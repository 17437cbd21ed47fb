"""A study: one checked config and its plan, and everything the rules derive from the two.

What a rule needs is a property or a method here, so it can be tested without running Snakemake. Paths are as
seen from the working folder; products are under ``results/<name>/``, fetched and shared files under ``resources/``.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from brainforecast.cells import LISTENERS, PAPER, REGIONS, TARGETS, Grid, grids, of_targets, widths_of_curve
from brainforecast.checkpoints import with_checkpoints
from brainforecast.dataset.plan import Plan, make_plan, plan_simulation, planted_layers
from brainforecast.dataset.stimuli import find_audio
from brainforecast.planning.anatomy import Anatomy
from brainforecast.planning.bases import delays_of, powers_of_ten
from brainforecast.planning.denoising import Denoising, plan_denoising
from brainforecast.planning.downloads import Downloads
from brainforecast.planning.fanout import Fanout
from brainforecast.planning.finetunings import Finetunings
from brainforecast.planning.models.entries import Models
from brainforecast.planning.sensitivity import SensitivityPlan
from brainforecast.planning.sizes import StudySizes
from brainforecast.planning.verdict import VerdictPlan
from brainforecast.sources import COMPONENTS

SHARED_FOLDERS = ("corpora", "finetuned", "hub", "models", "simulated")  # of ``resources/``, made by rules


def plan_of(config: Mapping) -> Plan:
    """The plan of a checked config: of its dataset, or of the runs that its simulation will write.

    Raises
    ------
    BadInput : a table, file name or config value that is wrong; no run left; no audio where an envelope is wanted.
    """
    simulation = config["simulation"] or {}
    if simulation.get("stories"):
        plan = plan_simulation(config["dataset"], simulation)
    else:
        resources = "resources/simulated" if simulation else "resources"
        plan = make_plan(config["dataset"], resources=resources, alignments=config["stimuli"])
    bases = {analysis["base"] for analysis in config["analyses"].values()} - {PAPER}
    if (bases or config["verdict"]) and "envelope" in config["encoding"]["lexical"]:
        for story in plan.stories:
            find_audio(config["dataset"]["root"], story, config["stimuli"]["audio"])
    return plan_denoising(config, plan)


@dataclass(frozen=True, eq=False)
class Study:
    """One config and its plan.

    Parameters
    ----------
    config : checked, defaults filled in (`config.check_config`).
    plan : which subjects, runs and stories are used.
    project : folder of the project, as seen from the working folder.
    """

    config: Mapping
    plan: Plan
    project: str = "."

    # --- dataset ------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the dataset; results go to ``results/<name>``."""
        return self.config["dataset"]["name"]

    @property
    def on_surface(self) -> bool:
        """Whether targets are vertices of a cortical surface."""
        return self.anatomy.on_surface

    @property
    def subjects(self) -> list[str]:
        """Subjects with at least one run that is used."""
        return self.plan.subjects

    @property
    def stories(self) -> list[str]:
        """Stories of all subjects."""
        return list(self.plan.stories)

    def stories_of(self, subject: str) -> list[str]:
        """The story of each run of a subject, in order; a story with two runs appears twice."""
        return [run.story for run in self.plan.runs[subject]]

    def stories_of_set(self, story_set: str) -> list[str]:
        """Stories of a story set, in order."""
        return self.stories_of(self.plan.story_sets[story_set][0])

    def lengths_of_set(self, story_set: str) -> list[list[int]]:
        """Volumes of each story of a set, as one combination; none if a run is not here yet to be counted."""
        lengths = [run.n_trs for run in self.plan.runs[self.plan.story_sets[story_set][0]]]
        return [lengths] if all(lengths) else []

    def subjects_of(self, story: str) -> list[str]:
        """Every subject of a story."""
        return [subject for subject in self.subjects if story in self.stories_of(subject)]

    def run_paths(self, subject: str) -> list[str]:
        """The run files of a subject, story after story; of surfaces, the left hemisphere before the right."""
        return [path for run in self.plan.runs[subject] for path in run.paths]

    def n_dropped(self, subject: str) -> list[int]:
        """Volumes dropped at the start of each run of a subject."""
        return [run.n_dropped for run in self.plan.runs[subject]]

    def n_trs(self, subject: str) -> list[int | None]:
        """Volumes used of each run of a subject, after those dropped; None where they are not counted yet."""
        return [run.n_trs for run in self.plan.runs[subject]]

    def n_volumes(self, subject: str) -> list[int | None]:
        """Volumes of each run's file of a subject; None where they are not counted yet."""
        return [run.n_volumes for run in self.plan.runs[subject]]

    def n_dropped_of(self, subject: str, story: str) -> int:
        """Volumes dropped at the start of a subject's run of one story."""
        return next(run.n_dropped for run in self.plan.runs[subject] if run.story == story)

    @property
    def story_starts(self) -> list[dict]:
        """Story, volumes dropped and shift in s of every run that is used."""
        return [
            {"story": run.story, "n_dropped": run.n_dropped, "shift": self.plan.stories[run.story].shift}
            for runs in self.plan.runs.values()
            for run in runs
        ]

    # --- files --------------------------------------------------------------------------------------------------------

    def in_results(self, *patterns: str, **values: str | Iterable[str]) -> list[str]:
        """Paths under the results of the study, one for each combination of the values, the last varying fastest."""
        lists = [[value] if isinstance(value, str) else list(value) for value in values.values()]
        named = [dict(zip(values, combination, strict=True)) for combination in product(*lists)]
        return [f"results/{self.name}/{pattern.format(**names)}" for pattern in patterns for names in named]

    def of_subjects(self, table: str) -> list[str]:
        """The files of one subject table, of all subjects."""
        return self.in_results(f"subjects/{table}.parquet/sub-{{subject}}.parquet", subject=self.subjects)

    def is_made(self, path: str) -> bool:
        """Whether a run makes or fetches a file; all others are the user's, also those under ``resources/``."""
        folders = [f"results/{self.name}", self.fetched, *(f"resources/{folder}" for folder in SHARED_FOLDERS)]
        return path.startswith(tuple(f"{folder}/" for folder in folders))

    def in_project(self, path: str) -> str:
        """A file of the project."""
        return os.path.normpath(os.path.join(self.project, path))

    def locate(self, path: str | None) -> str | None:
        """A path of the config, relative to the working folder; to the project if it exists only there."""
        only_in_project = path and not os.path.exists(path) and os.path.exists(self.in_project(path))
        return self.in_project(path) if only_in_project else path

    @property
    def fetched(self) -> str:
        """Folder of the files that are fetched for the dataset."""
        return f"resources/{self.name}"

    @cached_property
    def anatomy(self) -> Anatomy:
        """Space, surfaces and atlas."""
        return Anatomy(self.config, self.plan, self.fetched, self.locate)

    @property
    def downloads(self) -> Downloads:
        """What is fetched, and where from."""
        return Downloads(self.config, self.fetched)

    @property
    def fetched_files(self) -> list[str]:
        """Everything of the dataset, its surfaces and its atlas that this config fetches."""
        runs = [path for subject in self.subjects for path in self.run_paths(subject)]
        stimuli = [path for story in self.plan.stories.values() for path in (story.alignment, story.transcript)]
        return self.downloads.among([*runs, *stimuli, *self.anatomy.atlas_files, *self.anatomy.surface_files()])

    # --- simulation ---------------------------------------------------------------------------------------------------

    @property
    def simulation(self) -> Mapping:
        """Config `simulation`; empty where the data are measured."""
        return self.config["simulation"] or {}

    @property
    def is_simulated(self) -> bool:
        """Whether the responses are simulated."""
        return bool(self.simulation)

    @cached_property
    def planted(self) -> dict[str, list[int]]:
        """Layers that the simulation plants, by the source of windows ahead, else by the kind of region."""
        return planted_layers(self.locate(self.simulation["regions"])) if self.simulation else {}

    @property
    def planted_layers(self) -> list[int]:
        """Layers that the simulation plants, of any source."""
        return sorted({layer for layers in self.planted.values() for layer in layers})

    @property
    def planted_component_layers(self) -> list[int]:
        """Layers whose syntactic or semantic components the simulation plants."""
        return sorted({layer for source in COMPONENTS for layer in self.planted.get(source, ())})

    # --- analyses -----------------------------------------------------------------------------------------------------

    @cached_property
    def grids(self) -> list[Grid]:
        """Every grid of cells that is scored."""
        analyses = with_checkpoints(self.config["analyses"], self.config["finetuning"])
        return grids(analyses, self.config["sources"]["syntactic"]["base"])

    @property
    def denoising(self) -> Denoising:
        """What is removed from the runs before they are read."""
        return Denoising(self.config["dataset"], self.plan)

    @cached_property
    def fanout(self) -> Fanout:
        """The design and scoring jobs."""
        base, controls = self.config["sources"]["syntactic"]["base"], self.verdict.grids
        return Fanout(self.grids, base, **self.config["fanout"], control_grids=controls)

    @cached_property
    def verdict(self) -> VerdictPlan:
        """What a verdict needs beside the analyses."""
        return VerdictPlan(self.config, self.plan)

    @cached_property
    def models(self) -> Models:
        """The language models."""
        variants = SensitivityPlan(self.config, self.plan).grids()
        return Models(self.config, [*self.grids, *self.verdict.grids, *variants], self.planted)

    @cached_property
    def finetunings(self) -> Finetunings:
        """The fine-tunings."""
        return Finetunings(self.config, self.models)

    @cached_property
    def sizes(self) -> StudySizes:
        """The sizes of the jobs."""
        return StudySizes(self.plan, self.fanout, self.config, self.in_project("workflow/demo"), self.models)

    def design_inputs(self, story_set: str, model: str, job: str) -> dict[str, list[str]]:
        """The files that the designs of a job are built from, by the name of the input, in the order of the stories."""
        return {
            name: self.in_results(f"{folder}/{of_model}/{{story}}.safetensors", story=self.stories_of_set(story_set))
            for name, folder, of_model in self.fanout.design_inputs(model, job, self.models.static_model(model))
        }

    def design_steps(self, model: str, job: str) -> list[dict]:
        """The designs of a job as parameters (`fanout.Fanout.design_steps`)."""
        return self.fanout.design_steps(model, job, self.config["encoding"])

    def audio_files(self, story_set: str, model: str, job: str) -> list[str]:
        """The audio that the designs of a job take the envelope from, in the order of the stories; none without it."""
        wanted = any("envelope" in step["lexical"] for step in self.design_steps(model, job))
        return [self.audio_of(story) for story in self.stories_of_set(story_set)] if wanted else []

    def audio_shifts(self, story_set: str, model: str, job: str) -> list[float]:
        """Seconds from the clock of each of `audio_files` to the scan's, as for the words."""
        stories = self.stories_of_set(story_set) if self.audio_files(story_set, model, job) else []
        return [self.plan.stories[story].shift for story in stories]

    def audio_of(self, story: str) -> str:
        """The audio of a story, for models that read it."""
        return find_audio(self.config["dataset"]["root"], story, self.config["stimuli"]["audio"])

    def uncounted_responses(self, story_set: str) -> list[str]:
        """Responses of a story set whose volumes are known only from them; none if the plan knows them."""
        if self.lengths_of_set(story_set):
            return []
        return self.in_results("responses/sub-{subject}.safetensors", subject=self.plan.story_sets[story_set])

    def design_files(self, subject: str, model: str, job: str) -> list[str]:
        """The files of designs that a scoring job reads: those of its story set, or of its subject for the ceiling."""
        if model == LISTENERS:
            return self.in_results(f"listeners/sub-{subject}_design.safetensors")
        pattern = f"designs/{self.plan.story_set(subject)}/{model}/{{job}}.safetensors"
        return self.in_results(pattern, job=self.fanout.design_jobs_of(model, job))

    def targets_of(self, model: str, job: str) -> list[str]:
        """The table of targets, if a scoring job keeps only regions of some grid; others need not wait for it."""
        keeps_regions = any(grid.keep == REGIONS for grid in self.fanout.scoring_jobs[model, job])
        return self.in_results("targets.parquet") if keeps_regions else []

    def score_files(self, subject: str) -> list[str]:
        """The files of every scoring job of a subject."""
        jobs = self.fanout.scoring_jobs
        return [
            path for model, job in jobs for path in self.in_results(f"scores/sub-{subject}/{model}/{job}.safetensors")
        ]

    def encoding(self, model: str, job: str) -> dict:
        """How the designs of a scoring job predict responses, with delays by base; other subjects lag like oneself."""
        bases = sorted({grid.base for grid in self.fanout.scoring_jobs[model, job]})
        no_delays = [0] if model == LISTENERS else None
        delays = {base: no_delays or delays_of(base, self.config["encoding"], self.plan.tr) for base in bases}
        return {"delays": delays, **self.ridge}

    @property
    def ridge(self) -> dict:
        """How every design is fitted: its penalties, and whether they are chosen on blocks."""
        section = self.config["encoding"]
        return {"alphas": powers_of_ten(**section["alphas"]), "blocked": section["folds"]["scheme"] == "strict"}

    def corpus(self, finetuning: str) -> dict:
        """The text of a fine-tuning; a path of the project as seen from the working folder."""
        corpus = self.finetunings.corpus(finetuning)
        return {**corpus, "source": self.locate(corpus["source"])}

    @property
    def drawing(self) -> dict:
        """How futures of the same grammar are drawn."""
        keys = ("n_futures", "horizon", "n_candidates", "threshold", "too_few", "function_words")
        return {key: self.config["sources"]["syntactic"][key] for key in keys}

    # --- the reported cell --------------------------------------------------------------------------------------------

    @property
    def reported(self) -> Mapping:
        """The reported cell (config `maps`): shown in the maps and in the report."""
        return self.config["maps"]

    @property
    def has_forecast(self) -> bool:
        """Whether windows are scored, so that there is a forecast to report; else brain score alone is."""
        return self.reported["source"] is not None

    @property
    def has_distances(self) -> bool:
        """Whether the reported window is scored at several distances, so that there are curves F(d), and d*."""
        return self.reported["reference"] is not None

    @property
    def has_tests(self) -> bool:
        """Whether there are subjects to test over: one alone has scores, but no p or q."""
        return len(self.subjects) > 1

    @property
    def has_best_layer(self) -> bool:
        """Whether several layers of the reported model are scored beside the reported base."""
        reported = (self.reported["model"], self.reported["base"])
        return len({grid.layer for grid in of_targets(self.grids) if (grid.model, grid.base) == reported}) > 1

    @property
    def reported_sources(self) -> set[str]:
        """Sources that are scored with the reported model, layer, base and width."""
        keys = ("model", "layer", "base", "width")
        return {grid.source for grid in of_targets(self.grids) if self._is_reported(grid, *keys)}

    @property
    def has_ceiling(self) -> bool:
        """Whether a noise ceiling of targets is computed."""
        return any(grid.model == LISTENERS for grid in of_targets(self.grids))

    def listener_correlation(self, subject: str) -> list[str]:
        """The file of a subject's correlation with the other subjects' mean, if a noise ceiling is computed."""
        name = f"listeners/sub-{subject}_correlation.safetensors"
        return self.in_results(name) if self.has_ceiling else []

    @property
    def has_depth(self) -> bool:
        """Whether the reported window is scored, and kept by target, at several layers, so that k* can be found."""
        scored, keys = of_targets(self.grids), ("model", "base", "source", "width")
        windows = [grid for grid in scored if self._is_reported(grid, *keys)]
        keeps = [grid.keep for grid in windows if self.reported["depth_distance"] in grid.distances]
        return len(keeps) > 1 and set(keeps) == {TARGETS}

    @property
    def has_widths(self) -> bool:
        """Whether windows of several widths, or of single words, are scored at the reported layer."""
        widths = widths_of_curve(self.grids, self.reported)
        return len(widths) > 1 or 1 in widths

    @property
    def has_gains(self) -> bool:
        """Whether snapshots of a fine-tuning are scored, with the reported base."""
        reported = [grid for grid in of_targets(self.grids) if grid.base == self.reported["base"]]
        return any(grid.model not in {*self.config["models"], LISTENERS} for grid in reported)

    @property
    def has_components(self) -> bool:
        """Whether both syntactic and semantic windows are scored at the reported cell."""
        return set(COMPONENTS) <= self.reported_sources

    @property
    def component_checks_ahead(self) -> list[int]:
        """Words ahead at which syntactic and semantic components are checked."""
        horizon = self.config["sources"]["syntactic"]["horizon"]
        return sorted({1, min(4, horizon), min(8, horizon), horizon})

    def _is_reported(self, grid: Grid, *keys: str) -> bool:
        return all(getattr(grid, key) == self.reported[key] for key in keys) and grid.width > 0
