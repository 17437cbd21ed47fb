"""The jobs of a verdict and of a sensitivity analysis: what they read, and their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from brainforecast.cells import design_names
from brainforecast.planning.bases import powers_of_ten
from brainforecast.planning.fanout import Fanout
from brainforecast.planning.sensitivity import KEPT, SensitivityPlan, Variant
from brainforecast.planning.study import Study


@dataclass(frozen=True, eq=False)
class ControlJobs:
    """The jobs that score the regions of each subject under common shifts and in simulated brains.

    Parameters
    ----------
    study : one with a verdict; its properties are evaluated only where a job of a verdict is.
    """

    study: Study

    def cells(self, *bases: str) -> list[dict]:
        """The cells of some bases or of all as parameters: base, job and name of its designs, distances."""
        model, fanout = self.study.reported["model"], self.study.fanout
        return [
            {**cell, "designs": [[fanout.job_of(model, name), name] for name in cell["designs"]]}
            for cell in self.study.verdict.cells(*bases)
        ]

    def design_files(self, subject: str, *bases: str) -> list[str]:
        """The files of designs that the cells of a subject are scored with."""
        jobs = dict.fromkeys(job for cell in self.cells(*bases) for job, _ in cell["designs"])
        story_set, model = self.study.plan.story_set(subject), self.study.reported["model"]
        return self.study.in_results(f"designs/{story_set}/{model}/{{job}}.safetensors", job=jobs)

    @property
    def encoding(self) -> dict:
        """How a design predicts responses, with delays by base."""
        return {"delays": self.study.verdict.delays, **self.study.ridge}

    @property
    def bases(self) -> list[str]:
        """The bases, in the order of the files."""
        return [cell["base"] for cell in self.study.verdict.cells()]

    @property
    def words(self) -> dict[str, object]:
        """What simulated brains follow: the stories in order, a layer, and windows of this width and distance."""
        cell: Mapping = self.study.reported
        _, distance = self.study.verdict.distances
        return {"stories": self.study.stories, "layer": cell["layer"], "width": cell["width"], "distance": distance}


@dataclass(frozen=True, eq=False)
class VariantJobs:
    """The jobs that build the designs of each variant of the reported cell, and score regions with them.

    Parameters
    ----------
    study : any; without a sensitivity analysis or a verdict it has no variants.
    """

    study: Study

    def __post_init__(self) -> None:
        SensitivityPlan(self.study.config, self.study.plan)  # what is wrong in it stops before any job

    @cached_property
    def plan(self) -> SensitivityPlan:
        """The variants."""
        return SensitivityPlan(self.study.config, self.study.plan)

    @property
    def built(self) -> list[str]:
        """Variants with designs of their own."""
        return [variant.name for variant in self.plan.variants if variant.designs == variant.name]

    def design_inputs(self, story_set: str, variant: str) -> dict[str, list[str]]:
        """The files that the designs of a variant are built from, by the name of the input."""
        study, (fanout, model, job) = self.study, self._design_job(variant)
        return {
            name: study.in_results(f"{folder}/{of_model}/{{story}}.safetensors", story=study.stories_of_set(story_set))
            for name, folder, of_model in fanout.design_inputs(model, job, study.models.static_model(model))
        }

    def design_steps(self, variant: str) -> list[dict]:
        """The designs of a variant as parameters (`fanout.Fanout.design_steps`)."""
        fanout, model, job = self._design_job(variant)
        return fanout.design_steps(model, job, self.study.config["encoding"])

    def audio_files(self, story_set: str, variant: str) -> list[str]:
        """The audio that the designs of a variant take the envelope from; none without it."""
        needed = any("envelope" in step["lexical"] for step in self.design_steps(variant))
        return [self.study.audio_of(story) for story in self.study.stories_of_set(story_set)] if needed else []

    def audio_shifts(self, story_set: str, variant: str) -> list[float]:
        """Seconds from the clock of each of `audio_files` to the scan's."""
        stories = self.study.stories_of_set(story_set) if self.audio_files(story_set, variant) else []
        return [self.study.plan.stories[story].shift for story in stories]

    def features(self, variant: str) -> dict:
        """How words become features per TR, with the seed of the variant."""
        config = self.study.config
        return {
            "tr": self.study.plan.tr,
            "row_offset": config["encoding"]["row_offset"],
            "seed": self.plan.variant(variant).seed,
            "block": config["sources"]["shuffled"]["block"],
        }

    def folds(self, variant: str) -> dict:
        """How rows are split; to the gap of strict folds the measured memory of the responses is added."""
        folds, of_variant = dict(self.study.config["encoding"]["folds"]), self.plan.variant(variant)
        strict = {"scheme": "strict", "gap": max(of_variant.delays), "kept": KEPT}
        return folds | strict if of_variant.strict else folds

    def autocorrelation(self, *variants: str) -> list[str]:
        """The measured autocorrelation, if one of these variants needs it for its gap."""
        strict = any(self.plan.variant(name).strict for name in variants)
        return self.study.in_results("group/autocorrelation.parquet") if strict else []

    def design_files(self, subject: str) -> list[str]:
        """The files of designs that the variants of a subject are scored with."""
        story_set = self.study.plan.story_set(subject)
        return self.study.in_results(f"variants/{story_set}/{{variant}}.safetensors", variant=self.built)

    @property
    def cells(self) -> list[dict]:
        """Every variant as parameters: its designs, as the job and the names in its file, and how it is scored."""
        return [self._cell(variant) for variant in self.plan.variants]

    @property
    def table(self) -> dict:
        """What the table of the group has: for each variant its distances, then the contrast and the exclusions."""
        return {
            "variants": [
                {"name": variant.name, "base": variant.base, "distances": list(variant.distances)}
                for variant in self.plan.variants
            ],
            "pair": list(self.plan.pair),
            "curve": list(self.plan.curve),
            "contrast": self.plan.contrast,
            "excluded": self.plan.exclusions,
        }

    def _cell(self, variant: Variant) -> dict:
        grid = next(grid for grid in self.plan.grids(variant.name) if grid.width > 0)
        component_base = self.study.config["sources"]["syntactic"]["base"]
        folds = self.folds(variant.name)
        return {
            "name": variant.name,
            "designs": [[variant.designs, name] for name in design_names(grid, component_base)],
            "distances": list(variant.distances),
            "folds": folds,
            "measured": variant.strict,
            "encoding": {
                "delays": list(variant.delays),
                "alphas": powers_of_ten(**self.study.config["encoding"]["alphas"]),
                "blocked": folds["scheme"] == "strict",
            },
        }

    def _design_job(self, variant: str) -> tuple[Fanout, str, str]:
        fanout = self.plan.fanout(self.plan.variant(variant))
        ((model, job),) = fanout.design_jobs
        return fanout, model, job
