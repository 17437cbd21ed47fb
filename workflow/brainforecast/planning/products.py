"""Every table, map and figure of a run, declared once: its name, and whether a study has it.

`rule all`, the inputs of the report and the order of its figures are read from here. Captions are
``workflow/report/<caption>.rst``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from brainforecast.planning.study import Study

Wanted = Callable[[Study], object]


def always(study: Study) -> bool:
    """For products that every study has."""
    return True


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
class Map:
    """A group map: ``maps/hemi-<hemi>_stat-<name>.func.gii``, drawn as ``figures/surface_<name>.png``."""

    name: str
    wanted: Wanted = always


@dataclass(frozen=True)
class Figure:
    """A figure: ``figures/<name>.{png,svg}``; the report embeds the SVG or, if `pixels`, the PNG.

    Parameters
    ----------
    category : its heading in Snakemake's own report.
    caption : name of its caption; the figure's name if not given.
    """

    name: str
    category: str
    wanted: Wanted = always
    caption: str | None = None
    pixels: bool = False


def has_verdict(study: Study) -> bool:
    """Whether the forecast of the reported cell is judged."""
    return study.verdict.wanted


def has_variants(study: Study) -> bool:
    """Whether variants of the reported cell are scored: for a sensitivity analysis, or strict folds for a verdict."""
    return bool(study.config["sensitivity"] or study.config["verdict"])


TABLES = (
    Table("brain_scores"),
    Table("forecast_scores"),
    Table("forecast_distance"),
    Table("forecast_depth"),
    Table("roi_scores"),
    Table("best_layer", in_report=False),
    Table("reliability"),
    Table("widths"),
    Table("symmetry"),
    Table("contrasts"),
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
    Table("roi_distances", of_subjects=True),
    Table("roi_depths", of_subjects=True),
)

MAPS = (  # those of `results.maps.STATS`
    Map("brainscore"),
    Map("brainscoreq"),
    Map("noiseceiling", lambda study: study.has_ceiling),
    Map("normalisedscore", lambda study: study.has_ceiling),
    Map("bestlayer", lambda study: study.has_best_layer),
    Map("forecastscore"),
    Map("forecastscoreq"),
    Map("forecastdistance"),
    Map("forecastdistancemasked"),
    Map("forecastdepth", lambda study: study.has_depth),
    Map("forecastdepthmasked", lambda study: study.has_depth),
)


def has_regions(study: Study) -> bool:
    """Whether targets are regions or have regions."""
    return bool(study.config["atlas"]) or not study.on_surface


def scores_several_layers(study: Study) -> bool:
    """Whether a language model is scored at several layers of the reported base, or several models are."""
    grids = [grid for grid in study.grids if grid.base == study.reported["base"]]
    return len({(grid.model, grid.layer) for grid in grids if grid.model in study.config["models"]}) > 1


SYNTAX, SIMULATION = "Syntax and semantics", "Simulation"
FIGURES = (  # in the order of the report
    Figure("verdicts", "Forecast", has_verdict),
    Figure("forecast_curves", "Forecast"),
    Figure("sensitivity", "Forecast", lambda study: study.config["sensitivity"]),
    Figure("sources", "Forecast", lambda study: study.reported_sources - {"true", "shuffled"}),
    Figure("components", SYNTAX, lambda study: study.has_components),
    Figure("component_peaks", SYNTAX, lambda study: study.has_components),
    Figure("component_checks", SYNTAX, lambda study: study.has_components),
    Figure("forecast_depths", "Forecast", lambda study: study.has_depth),
    Figure("widths", "Forecast", lambda study: study.has_widths),
    Figure("recovery", SIMULATION, lambda study: study.is_simulated),
    Figure("component_recovery", SYNTAX, lambda study: study.has_components and study.planted_component_layers),
    *(
        Figure(f"surface_{map_.name}", "Maps", lambda study, map_=map_: study.on_surface and map_.wanted(study),
               caption="surface", pixels=True)
        for map_ in MAPS
    ),
    Figure("region_brain_scores", "Regions", has_regions),
    Figure("region_forecast_scores", "Regions", has_regions),
    Figure("region_forecast_curves", "Regions", has_regions),
    Figure("symmetry", "Regions", lambda study: study.on_surface and study.config["atlas"]),
    Figure("region_forecast_distances", "Regions", lambda study: not study.on_surface),
    Figure("region_forecast_depths", "Regions", lambda study: not study.on_surface and study.has_depth),
    Figure("region_normalisedscore", "Regions", lambda study: not study.on_surface and study.has_ceiling, "region"),
    Figure("region_bestlayer", "Regions", lambda study: not study.on_surface and study.has_best_layer, "region"),
    Figure("finetuning_gains", "Fine-tuning", lambda study: study.has_gains),
    Figure("finetuning_training", "Fine-tuning", lambda study: study.config["finetuning"]),
    Figure("layers", "Layers", scores_several_layers),
)  # fmt: skip


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
        return self.study.in_results("report.html") + tables + truth

    @cached_property
    def tables(self) -> list[Table]:
        """The tables of this study."""
        return [table for table in TABLES if table.wanted(self.study)]

    @cached_property
    def maps(self) -> list[str]:
        """The names of its maps."""
        return [map_.name for map_ in MAPS if map_.wanted(self.study)]

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures of this study, in the order of the report."""
        return [figure for figure in FIGURES if figure.wanted(self.study)]

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
    def captions(self) -> list[str]:
        """The captions of the figures; figures of one kind share theirs."""
        names = sorted({figure.caption or figure.name for figure in self.figures})
        return [self.study.in_project(f"workflow/report/{name}.rst") for name in names]


def figure_named(name: str) -> Figure:
    """A figure as declared; for a name with a wildcard, as in ``surface_{stat}``, one of those that share a caption."""
    return next(figure for figure in FIGURES if name in (figure.name, f"{figure.caption}_{{stat}}"))
