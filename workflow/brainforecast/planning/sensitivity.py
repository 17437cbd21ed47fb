"""Variants of the reported cell: each changes one setting, so that a reader sees how far a result depends on it.

They are scored by region, never by target, and do not vote in a verdict. A verdict shows the sign of its F in strict
folds; that is a variant too, so it is scored without config `sensitivity`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from brainforecast.cells import VERDICT, Grid, grids, is_features, is_word_vectors, mirror, of_targets
from brainforecast.checkpoints import PAPER_CONTEXT
from brainforecast.dataset.formats import FORMATS
from brainforecast.dataset.plan import Plan
from brainforecast.errors import BadInput
from brainforecast.planning.bases import delays_of
from brainforecast.planning.fanout import Fanout
from brainforecast.sources import SOURCES

AS_REPORTED, STRICT, LONG_DELAYS, VERDICT_STRICT = "as_reported", "strict", "long_delays", "verdict-strict"
SHUFFLED = "shuffled"  # the source of the variants shuffle-1, shuffle-2 ...
KEPT = 0.5  # share of the training rows of each fold that a measured gap leaves at least
FEWEST_FOLDS = 3  # of strict folds: penalties are chosen on the others
REPORTED = ("model", "layer", "base", "source", "width")


@dataclass(frozen=True)
class Variant:
    """The reported cell with one setting changed, or a cell of the verdict in strict folds.

    distances : of its windows; delays : TRs; seed : of what its source draws; strict : whether folds are, with a gap
    that is measured; designs : the variant whose designs it is scored with.
    """

    name: str
    designs: str
    model: str
    base: str
    source: str
    distances: tuple[int, ...]
    delays: tuple[int, ...]
    n_components: int
    seed: int
    strict: bool = False

    @property
    def is_shuffled(self) -> bool:
        """Whether it is one of several draws of a control, which are shown as a band."""
        return self.name.startswith("shuffle-")


@dataclass(frozen=True, eq=False)
class SensitivityPlan:
    """The variants of a study; none without a sensitivity analysis or a verdict.

    Parameters
    ----------
    config : checked; plan : its runs.

    Raises
    ------
    BadInput : an exclusion names a subject that the study has not, or leaves fewer than two.
    """

    config: Mapping
    plan: Plan

    def __post_init__(self) -> None:
        subjects = self.plan.subjects
        for name, excluded in self.exclusions.items():
            unknown = [subject for subject in excluded if subject not in subjects]
            if unknown or len(subjects) - len(excluded) < 2:
                found = f"{', '.join(unknown or excluded)} of {len(subjects)} subjects"
                expected = "subjects of this study" if unknown else "two subjects or more who are not left out"
                raise BadInput(f"config key sensitivity.exclusions.{name.removeprefix('exclude-')}", found, expected)

    @property
    def wanted(self) -> bool:
        """Whether a study has variants."""
        return bool(self.config["sensitivity"] or self.config["verdict"])

    @property
    def pair(self) -> tuple[int, int]:
        """Distances of the mirror window and of the window, words."""
        distance = distance_of(self.config)
        return mirror(self.config["maps"]["width"], distance), distance

    @property
    def exclusions(self) -> dict[str, list[str]]:
        """Subjects left out of the group, by the name of the variant."""
        section = self.config["sensitivity"] or {}
        return {f"exclude-{name}": subjects for name, subjects in section.get("exclusions", {}).items()}

    @property
    def contrast(self) -> Mapping | None:
        """The contrast of peaks that is shown for each variant: the first one of distances, if there is any."""
        found = (contrast for contrast in self.config["contrasts"] if contrast["measure"] == "forecast_distance")
        return next(found, None) if self.config["sensitivity"] else None

    @cached_property
    def curve(self) -> tuple[int, ...]:
        """Distances of the curve whose peak the contrast compares: every second one of the reported cell's."""
        if not self.contrast:
            return ()
        cell = tuple(self.config["maps"][key] for key in REPORTED)
        found = of_targets(grids(self.config["analyses"], self._component_base))
        (reported,) = (grid for grid in found if tuple(getattr(grid, key) for key in REPORTED) == cell)
        return reported.distances[::2]

    @cached_property
    def variants(self) -> list[Variant]:
        """Every variant that is scored, in the order of the tables."""
        return [*self._of_sensitivity(), *self._of_verdict()]

    def variant(self, name: str) -> Variant:
        """The variant of this name."""
        return next(variant for variant in self.variants if variant.name == name)

    @cached_property
    def n_cells(self) -> int:
        """Cells of all variants: the present alone, and the windows."""
        return sum(1 + len(variant.distances) for variant in self.variants)

    def grids(self, *names: str) -> list[Grid]:
        """The present and the windows of some variants or of all."""
        cell = self.config["maps"]
        window = {"layers": [cell["layer"]], "widths": [cell["width"]]}
        analyses = {
            variant.name: window
            | {"models": [variant.model], "sources": [variant.source], "base": variant.base}
            | {"distances": list(variant.distances)}
            for variant in self.variants
            if variant.name in (names or [variant.name])
        }
        return grids(analyses, self._component_base)

    def fanout(self, variant: Variant) -> Fanout:
        """The one design job of a variant."""
        n_cells = 2 + len(variant.distances)
        return Fanout(self.grids(variant.name), self._component_base, n_cells, n_cells)

    def _of_sensitivity(self) -> list[Variant]:
        section, cell, encoding = self.config["sensitivity"], self.config["maps"], self.config["encoding"]
        if not section:
            return []
        reported = Variant(
            *(AS_REPORTED, AS_REPORTED, cell["model"], cell["base"], cell["source"]),
            distances=tuple(sorted({*self.pair, *self.curve})),
            delays=tuple(delays_of(cell["base"], encoding, self.plan.tr)),
            n_components=encoding["n_components"],
            seed=self.config["seed"],
        )
        found = {AS_REPORTED: {}}
        if section["strict"]:
            found[STRICT] = {"strict": True}
        long = tuple(delays_of(VERDICT, encoding, self.plan.tr))
        if section["long_delays"] and long != reported.delays:  # the same designs: delays come after the components
            found[LONG_DELAYS] = {"delays": long, "designs": AS_REPORTED}
        found |= {f"components-{n}": {"n_components": n} for n in section["components"]}
        found |= {f"{kind}-{value}": {"model": name} for (kind, value), name in _variant_names(self.config).items()}
        for draw in range(1, section["shuffles"] + 1):
            found[f"shuffle-{draw}"] = {"source": SHUFFLED, "seed": self.config["seed"] + draw, "distances": self.pair}
        return [replace(reported, **{"name": name, "designs": name} | changed) for name, changed in found.items()]

    def _of_verdict(self) -> list[Variant]:
        if not self.config["verdict"]:
            return []
        cell, encoding = self.config["maps"], self.config["encoding"]
        strict = Variant(
            *(VERDICT_STRICT, VERDICT_STRICT, cell["model"], VERDICT, cell["source"]),
            distances=self.pair,
            delays=tuple(delays_of(VERDICT, encoding, self.plan.tr)),
            n_components=encoding["n_components"],
            seed=self.config["seed"],
            strict=True,
        )
        return [strict]

    @property
    def _component_base(self) -> str:
        return self.config["sources"]["syntactic"]["base"]


def distance_of(config: Mapping) -> int:
    """Distance of the window whose F and M are shown, words: that of the verdict, or else of the reported cell."""
    return (config["verdict"] or config["maps"])["distance"]


def variant_models(config: Mapping) -> dict[str, dict]:
    """The reported model with another context, or another vector of words, as entries of config `models`.

    With its context its stride changes in proportion, so that every token still sees the same share of it.
    """
    reported, found = config["models"][config["maps"]["model"]], {}
    for (key, value), name in _variant_names(config).items():
        found[name] = reported | {key: value}
        if key == "context" and reported["stride"]:
            found[name]["stride"] = max(1, reported["stride"] * value // (reported["context"] or value))
    return found


def check_sensitivity(config: Mapping) -> None:
    """Variants are of the reported cell, by region, and each changes something that it has.

    Raises
    ------
    BadInput : a variant that cannot be scored, or that changes nothing.
    """
    section, cell = config["sensitivity"], config["maps"]
    folds, strict = config["encoding"]["folds"], config["verdict"] or section["strict"]
    if strict and folds["n_folds"] < FEWEST_FOLDS:
        expected = f"{FEWEST_FOLDS} or more, of which strict folds choose penalties"
        raise BadInput("config key encoding.folds.n_folds", folds["n_folds"], expected)
    if not section:
        return
    if distance_of(config) < cell["width"]:
        expected = f"at least maps.width, {cell['width']}: nearer windows are in part their own mirror"
        raise BadInput("config key sensitivity", f"distance {distance_of(config)}", expected)
    response = FORMATS[config["dataset"]["response"]]
    if not response.of_regions and not config["atlas"]:
        found = f"{response.units} without regions"
        raise BadInput("config key sensitivity", found, "an atlas: variants are scored by region")
    model = config["models"][cell["model"]]
    reported = {"components": config["encoding"]["n_components"], "contexts": model["context"] or PAPER_CONTEXT}
    for key, value in {**reported, "word_vectors": model["word_vector"]}.items():
        if value in section[key]:
            raise BadInput(f"config key sensitivity.{key}", value, "another value than the reported cell has")
    if section["contexts"] and model["stride"] and model["context"] is None:
        found = f"null, with a stride of {model['stride']} tokens"
        expected = "its tokens: in sensitivity.contexts the stride stays the same share of the context"
        raise BadInput(f"config key models.{cell['model']}.context", found, expected)
    for key in ("contexts", "word_vectors"):
        if section[key] and (is_word_vectors(model) or is_features(model) or SOURCES[cell["source"]].product):
            found = f"maps.model {cell['model']} with source {cell['source']}"
            expected = "none: it needs a language model, and a source of the story's own words"
            raise BadInput(f"config key sensitivity.{key}", found, expected)


def _variant_names(config: Mapping) -> dict[tuple[str, object], str]:
    """Names of `variant_models`, by the key of config `models` that is changed, and its value."""
    section, model = config["sensitivity"] or {}, config["maps"]["model"]
    changed = [("context", value) for value in section.get("contexts", ())]
    changed += [("word_vector", value) for value in section.get("word_vectors", ())]
    return {(key, value): f"{model}-{key.replace('_', '-')}-{value}" for key, value in changed}
