"""Every table, map and figure of a run, declared once: its name, and whether a study has it.

`rule all`, the inputs of the report and the order of its figures are read from here.
"""

from dataclasses import dataclass
from functools import cached_property

from brainforecast.cells import of_targets
from brainforecast.planning.map_names import MapNames, map_names_of
from brainforecast.planning.maps import (
    MAPS,
    SUBJECT_MAPS,
    Wanted,
    always,
    has_distances,
    has_forecast,
    has_peak_tests,
    maps_beside,
)
from brainforecast.planning.models.compared import compares_models, draws_models
from brainforecast.planning.study import Study


@dataclass(frozen=True)
class Table:
    """A table of the group, or of the subjects where the report reads them.

    Parameters
    ----------
    name : of ``group/<name>.parquet``, or ``subjects/<name>.parquet/``.
    wanted : whether a study has it.
    of_subjects : whether it is the table of each subject.
    in_report : whether the report reads it.
    """

    name: str
    wanted: Wanted = always
    of_subjects: bool = False
    in_report: bool = True


@dataclass(frozen=True)
class Figure:
    """A figure, ``figures/<name>.{png,svg}``, and its caption, ``.rst``; the report embeds SVG or, if `pixels`, PNG.

    Parameters
    ----------
    category : its heading in Snakemake's own report.
    kind : the first part of its name, where one rule draws a figure for each map.
    """

    name: str
    category: str
    wanted: Wanted = always
    kind: str | None = None
    pixels: bool = False


def has_verdict(study: Study) -> bool:
    """Whether the forecast of the reported cell is judged."""
    return study.verdict.wanted


def has_variants(study: Study) -> bool:
    """Whether variants of the reported cell are scored: for a sensitivity analysis, or strict folds for a verdict."""
    return bool(study.config["sensitivity"] or study.config["verdict"])


TABLES = (
    Table("models"),
    Table("model_scores", compares_models),
    Table("model_comparison", compares_models),
    Table("brain_scores"),
    Table("forecast_scores", has_forecast),
    Table("forecast_distance", has_forecast),
    Table("forecast_depth", has_forecast),
    Table("roi_scores"),
    Table("best_layer", in_report=False),
    Table("reliability", has_forecast),
    Table("widths", has_forecast),
    Table("symmetry"),
    Table("contrasts", has_forecast),
    Table("verdicts", has_verdict),
    Table("verdict_checks", has_verdict),
    Table("component_peaks", lambda study: study.has_components),
    Table("component_checks", lambda study: study.has_components),
    Table("finetuning_gains", lambda study: study.has_gains),
    Table("finetuning_losses", lambda study: study.config["finetuning"]),
    Table("finetuning_probe", lambda study: study.config["finetuning"]),
    Table("sensitivity", has_variants),
    Table("shift_draws", has_verdict, in_report=False),
    Table("shifts", has_verdict, in_report=False),
    Table("simulated_brains", has_verdict, in_report=False),
    Table("roi_distances", has_forecast, of_subjects=True),
    Table("roi_depths", has_forecast, of_subjects=True),
)
SUBJECT_TABLES = {  # made of the scores of each subject
    "brain_scores": always,
    "forecast_scores": has_forecast,
    "forecast_distance": has_forecast,
    "forecast_depth": has_forecast,
    "roi_scores": always,
    "roi_distances": has_forecast,
    "roi_depths": has_forecast,
}
MAP_TABLES = {  # that the maps are made of
    "brain_scores": always,
    "best_layer": always,
    "forecast_scores": has_forecast,
    "forecast_distance": has_distances,
    "forecast_depth": has_forecast,
}


def has_regions(study: Study) -> bool:
    """Whether targets are regions or have regions."""
    return bool(study.config["atlas"]) or of_regions(study)


def of_regions(study: Study) -> bool:
    """Whether each target is a region: of a table, of parcels, or of an atlas of each subject."""
    return study.anatomy.of_regions


def on_meshes(study: Study) -> bool:
    """Whether maps can be drawn on the cortex: vertices of a surface that there are meshes of."""
    return study.anatomy.has_meshes


def in_slices(study: Study) -> bool:
    """Whether maps are drawn as slices: of voxels."""
    return study.anatomy.response.in_volume and not of_regions(study)


def scores_several_layers(study: Study) -> bool:
    """Whether a language model is scored at several layers of the reported base, or several models are."""
    grids = [grid for grid in of_targets(study.grids) if grid.base == study.reported["base"]]
    return len({(grid.model, grid.layer) for grid in grids if grid.model in study.config["models"]}) > 1


MODELS, SYNTAX, SIMULATION = "Models", "Syntax and semantics", "Simulation"
FIGURES = (  # in the order of the report
    Figure("verdicts", "Forecast", has_verdict),
    Figure("forecast_curves", "Forecast", has_distances),
    Figure("sensitivity", "Forecast", lambda study: study.config["sensitivity"]),
    Figure("sources", "Forecast", lambda study: study.has_distances and study.reported_sources - {"true", "shuffled"}),
    Figure("components", SYNTAX, lambda study: study.has_components and study.has_distances),
    Figure("component_peaks", SYNTAX, lambda study: study.has_components and study.has_distances),
    Figure("component_checks", SYNTAX, lambda study: study.has_components),
    Figure("forecast_depths", "Forecast", lambda study: study.has_depth),
    Figure("widths", "Forecast", lambda study: study.has_widths and study.has_tests),
    Figure("recovery", SIMULATION, lambda study: study.is_simulated and study.has_distances),
    Figure("component_recovery", SYNTAX, lambda study: study.has_components and study.has_distances
           and study.planted_component_layers),
    *(
        Figure(f"surface_{map_.name}", "Maps", lambda study, map_=map_: on_meshes(study) and map_.wanted(study),
               kind="surface", pixels=True)
        for map_ in MAPS
    ),
    *(
        Figure(f"volume_{map_.name}", "Maps", lambda study, map_=map_: in_slices(study) and map_.wanted(study),
               kind="volume", pixels=True)
        for map_ in MAPS
    ),
    Figure("region_brain_scores", "Regions", has_regions),
    Figure("region_forecast_scores", "Regions", lambda study: study.has_forecast and has_regions(study)),
    Figure("region_forecast_curves", "Regions", lambda study: study.has_distances and has_regions(study)),
    Figure("symmetry", "Regions", lambda study: has_peak_tests(study) and study.config["atlas"]
           and not of_regions(study)),
    Figure("region_forecast_distances", "Regions", lambda study: study.has_distances and of_regions(study)),
    Figure("region_forecast_depths", "Regions", lambda study: of_regions(study) and study.has_depth),
    Figure("region_normalisedscore", "Regions", lambda study: of_regions(study) and study.has_ceiling, "region"),
    Figure("region_bestlayer", "Regions", lambda study: of_regions(study) and study.has_best_layer, "region"),
    Figure("finetuning_gains", "Fine-tuning", lambda study: study.has_gains),
    Figure("finetuning_training", "Fine-tuning", lambda study: study.config["finetuning"]),
    Figure("model_layers", MODELS, draws_models),
    Figure("model_differences", MODELS, draws_models),
    Figure("layers", "Layers", scores_several_layers),
)  # fmt: skip


MOST_DOTS = 12  # subjects whom figures of regions show one by one: more dots cannot be read apart
PAGE = ("template", "parts", "reading", "methods")  # of the report, in Jinja
BESIDE = ("style.css", "page.js", "brain.js")


@dataclass(frozen=True, eq=False)
class Products:
    """The products of one study."""

    study: Study

    @property
    def final(self) -> list[str]:
        """The products of a complete run; the report needs all the others."""
        names = [table.name for table in self.tables if not table.of_subjects]
        tables = self.study.in_results("group/{table}.parquet", table=names)
        truth = self.study.in_results("truth.parquet") if self.study.is_simulated else []
        maps = [*self.map_files, *self.subject_map_files]
        return self.study.in_results("report.html") + tables + self.study.in_results(*maps) + truth

    @cached_property
    def tables(self) -> list[Table]:
        """The tables of this study."""
        return [table for table in TABLES if table.wanted(self.study)]

    @property
    def subject_tables(self) -> dict[str, str]:
        """Pattern of the file of each table that the scores of a subject are merged into, by name."""
        wanted = [name for name, wanted in SUBJECT_TABLES.items() if wanted(self.study)]
        return {name: f"results/{{dataset}}/subjects/{name}.parquet/sub-{{subject}}.parquet" for name in wanted}

    @property
    def map_tables(self) -> dict[str, str]:
        """Pattern of the file of each group table that the maps are made of, by name."""
        wanted = [name for name, wanted in MAP_TABLES.items() if wanted(self.study)]
        return {name: f"results/{{dataset}}/group/{name}.parquet" for name in wanted}

    @cached_property
    def maps(self) -> list[str]:
        """The names of its maps."""
        return [map_.name for map_ in MAPS if map_.wanted(self.study)]

    @cached_property
    def map_names(self) -> MapNames:
        """How the files of maps are named."""
        return map_names_of(self.study.anatomy)

    def maps_beside(self, stat: str) -> list[str]:
        """The files of the maps that the figure of a map is drawn with."""
        names = [name for beside in maps_beside(stat, self.maps).values() for name in beside]
        return self.study.in_results(*(file for name in names for file in self.map_names.files(name)))

    @property
    def map_files(self) -> list[str]:
        """The files of the group's maps, below the results of the study."""
        return [file for name in self.maps for file in self.map_names.files(name)]

    def maps_of(self, subject: str) -> list[str]:
        """The files of the maps of a subject, below the results of the study."""
        stats = [map_.name for map_ in SUBJECT_MAPS if map_.wanted(self.study)]
        return [file for name in stats for file in self.map_names.files(name, subject)]

    @property
    def subject_map_tables(self) -> dict[str, str]:
        """Pattern of the file of each subject table that maps are made of, by name."""
        return {name: pattern for name, pattern in self.subject_tables.items() if name in MAP_TABLES}

    @property
    def subject_map_files(self) -> list[str]:
        """The files of the maps of every subject, where the config requests them."""
        subjects = self.study.subjects if self.study.config["maps"]["subjects"] else []
        return [file for subject in subjects for file in self.maps_of(subject)]

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures of this study, in the order of the report."""
        return [figure for figure in FIGURES if figure.wanted(self.study)]

    def subject_dots(self, table: str) -> list[str]:
        """A table of every subject, for figures that show each as a dot: none for one subject, and for many."""
        return self.study.of_subjects(table) if 1 < len(self.study.subjects) <= MOST_DOTS else []

    @property
    def report_tables(self) -> dict[str, str | list[str]]:
        """The file of every group table that the report reads, and the files of every subject table, by name."""
        files = {name: "truth" if name == "truth" else f"group/{name}" for name in self.report_group_tables}
        group = {name: self.study.in_results(f"{file}.parquet")[0] for name, file in files.items()}
        return group | {name: self.study.of_subjects(name) for name in self.report_subject_tables}

    @property
    def report_group_tables(self) -> list[str]:
        """The group tables that the report reads, and the planted truth of a simulated cortex."""
        group = [table.name for table in self.tables if table.in_report and not table.of_subjects]
        return [*group, "truth"] if self.study.is_simulated else group

    @property
    def report_subject_tables(self) -> list[str]:
        """The subject tables that the report reads."""
        return [table.name for table in self.tables if table.in_report and table.of_subjects]

    @property
    def figure_files(self) -> list[str]:
        """The files of the figures in the report: PNG of maps, SVG of the rest."""
        files = [f"figures/{figure.name}.{'png' if figure.pixels else 'svg'}" for figure in self.figures]
        return self.study.in_results(*files)

    @property
    def interactive_maps(self) -> list[str]:
        """The data of the brain that a reader can turn, of a study whose maps are drawn on the cortex."""
        return self.study.in_results("figures/interactive_maps.json") if on_meshes(self.study) and self.maps else []

    @property
    def page_files(self) -> list[str]:
        """What the report's page is made of."""
        names = [*(f"{name}.html.j2" for name in PAGE), *BESIDE]
        return [self.study.in_project(f"workflow/report/{name}") for name in names]

    @property
    def captions(self) -> list[str]:
        """The captions of the figures."""
        return self.study.in_results(*(f"figures/{figure.name}.rst" for figure in self.figures))


def figure_named(name: str) -> Figure:
    """A figure as declared; for a name with a wildcard, as in ``surface_{stat}``, one of those of this kind."""
    return next(figure for figure in FIGURES if name in (figure.name, f"{figure.kind}_{{stat}}"))
