"""The statistics that are drawn as maps: of which table and column, in which unit, and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainforecast.results.selection import base_name, layer_name, window_name
from brainforecast.sources import COMPONENTS

BETWEEN_SUBJECTS = "two-sided Wilcoxon signed-rank test over subjects against 0"
CORRECTION = "Benjamini-Hochberg false discovery rate over the targets of the cell"
UNMASKED = "where the curve is flat, a peak is chance: read the masked map"
KEYS_OF = {  # what a statistic depends on -> the keys of its cell
    "model": ("model", "base"),
    "layer": ("model", "layer", "base"),
    "curve": ("model", "layer", "base", "source", "width"),
    "window": ("model", "layer", "base", "source", "width", "distance"),
    "depth": ("model", "base", "source", "width", "distance"),
}


@dataclass(frozen=True)
class Statistic:
    """One statistic of all targets.

    Attributes
    ----------
    table, column : where its values are, in the tables of the group or of a subject.
    title : the statistic in words; ``{ahead}`` is F at the distance of the maps, ``{passing}`` which targets pass.
    quantity : label of its axis, without the unit.
    unit : unit of the values.
    of : what it depends on, a key of `KEYS_OF`; "" for what no model has a part in.
    description : what a value means, in one sentence or two.
    test : the test behind the values or behind their mask; "" for none.
    transform : ``minus_log10`` or ``masked`` (only where q is below the level); "" for the values as they are.
    source : of the window, where it is not that of the cell.
    among : of a peak, what it is found among, a key of `brainforecast.planning.maps.scored_values`; "" for no peak.
    """

    table: str
    column: str
    title: str
    quantity: str
    unit: str
    of: str
    description: str
    test: str = ""
    transform: str = ""
    source: str = ""
    among: str = ""


Q_TEXT = "Minus the decimal logarithm of q; 2 is q = .01."
F_TEXT = (
    "Gain in R when the window of upcoming words is added to the words so far; mean over folds, then over subjects."
)


def _of_component(source: str) -> dict[str, Statistic]:
    """F of a syntactic or semantic window, and its test."""
    title = f"{source.capitalize()} forecast score {{ahead}}"
    F = f"{source} forecast score F"
    return {
        f"{source}score": Statistic(
            source, "mean", title, F, "gain in r", "window", f"{F_TEXT} The window holds the {source} component of "
            "the upcoming words.", source=source,
        ),
        f"{source}scoreq": Statistic(
            source, "q_value", f"{title}, test against 0", "−log₁₀ q", "-log10 q", "window", Q_TEXT,
            BETWEEN_SUBJECTS, "minus_log10", source=source,
        ),
    }  # fmt: skip


GROUP = {
    "brainscore": Statistic(
        "brain_scores", "mean", "Brain score R", "brain score R", "Pearson r", "layer",
        "Correlation of the response predicted from the words so far with the measured one, on held-out time; mean "
        "over folds, then over subjects.",
    ),
    "brainscoreq": Statistic(
        "brain_scores", "q_value", "Brain score R, test against 0", "−log₁₀ q", "-log10 q", "layer",
        Q_TEXT, BETWEEN_SUBJECTS, "minus_log10",
    ),
    "noiseceiling": Statistic(
        "brain_scores", "noise_ceiling", "Noise ceiling: R reached by the mean of the other subjects", "noise ceiling",
        "Pearson r", "", "R that principal components of the other subjects' mean response to the same stories reach, "
        "with the same ridge and folds and without delays; mean over subjects.",
    ),
    "noiseceilingq": Statistic(
        "ceiling", "q_value", "Noise ceiling, test against 0", "−log₁₀ q", "-log10 q", "",
        Q_TEXT, BETWEEN_SUBJECTS, "minus_log10",
    ),
    "normalisedscore": Statistic(
        "brain_scores", "normalised", "Brain score over noise ceiling", "brain score R", "share of the ceiling",
        "layer", "Mean brain score R divided by the noise ceiling, never clipped; no value where the ceiling is not "
        "above 0.",
    ),
    "bestlayer": Statistic(
        "best_layer", "best_layer", "Layer with the highest brain score", "best layer", "layer", "model",
        "Layer of the language model whose brain score, mean over subjects, is highest; 0 is the embedding.",
        among="layers",
    ),
    "forecastscore": Statistic(
        "forecast_scores", "mean", "Forecast score {ahead}", "forecast score F", "gain in r", "window", F_TEXT,
    ),
    "forecastscoreq": Statistic(
        "forecast_scores", "q_value", "Forecast score {ahead}, test against 0", "−log₁₀ q", "-log10 q", "window",
        Q_TEXT, BETWEEN_SUBJECTS, "minus_log10",
    ),
    **{stat: statistic for source in COMPONENTS for stat, statistic in _of_component(source).items()},
    "forecastdistance": Statistic(
        "forecast_distance", "mean", "Forecast distance d*, every target", "forecast distance d*", "words", "curve",
        f"Distance at which each subject's forecast score peaks, mean over subjects; {UNMASKED}.",
        among="distances",
    ),
    "forecastdistancemasked": Statistic(
        "forecast_distance", "mean", "Forecast distance d*, {passing}", "forecast distance d*", "words", "curve",
        "Distance at which each subject's forecast score peaks, mean over subjects; no value where the test does not "
        "pass.",
        "one-sided Wilcoxon signed-rank test over subjects: {ahead} - {behind} is above 0", "masked", among="distances",
    ),
    "forecastdepth": Statistic(
        "forecast_depth", "mean", "Forecast depth k*, every target", "forecast depth k*, layer", "layer", "depth",
        f"Layer at which each subject's forecast score peaks, mean over subjects; {UNMASKED}.",
        among="depths",
    ),
    "forecastdepthmasked": Statistic(
        "forecast_depth", "mean", "Forecast depth k*, {passing}", "forecast depth k*, layer", "layer", "depth",
        "Layer at which each subject's forecast score peaks, mean over subjects; no value where the test does not "
        "pass.",
        "one-sided Wilcoxon signed-rank test over subjects: the mean over layers of F is above 0", "masked",
        among="depths",
    ),
}  # fmt: skip
SUBJECT = {
    "brainscore": Statistic(
        "brain_scores", "brain_score", "Brain score R", "brain score R", "Pearson r", "layer",
        "Correlation of the response predicted from the words so far with the measured one, on held-out time; mean "
        "over folds.",
    ),
    "noiseceiling": Statistic(
        "ceiling", "brain_score", "Noise ceiling: R reached by the mean of the other subjects", "noise ceiling",
        "Pearson r", "", "R that principal components of the other subjects' mean response to the same stories reach, "
        "with the same ridge and folds and without delays.",
    ),
    "listenercorrelation": Statistic(
        "ceiling", "listener_correlation", "Correlation with the other subjects", "correlation", "Pearson r", "",
        "Correlation with the same target in the other subjects' mean response to the same stories, nothing fitted.",
    ),
    "forecastscore": Statistic(
        "forecast_scores", "forecast_score", "Forecast score {ahead}", "forecast score F", "gain in r", "window",
        "Gain in R when the window of upcoming words is added to the words so far; mean over folds.",
    ),
    "forecastdistance": Statistic(
        "forecast_distance", "forecast_distance", "Forecast distance d*, every target", "forecast distance d*",
        "words", "curve", "Distance at which the forecast score peaks; where the curve is flat, a peak is chance.",
        among="distances",
    ),
    "forecastdepth": Statistic(
        "forecast_depth", "forecast_depth", "Forecast depth k*, every target", "forecast depth k*, layer", "layer",
        "depth", "Layer at which the forecast score peaks; where the curve is flat, a peak is chance.",
        among="depths",
    ),
}  # fmt: skip


def words_for(cell: Mapping[str, object], q_level: float) -> dict[str, str]:
    """What titles and tests of `Statistic` leave open, for one cell; without windows there is no F to name."""
    F = {name: f"F({cell[key]})" for name, key in (("ahead", "distance"), ("behind", "reference"))}
    return F | {"passing": f"targets with q < {q_level:g} in the mask test"}


def cell_of(statistic: Statistic, cell: Mapping[str, object]) -> dict[str, object]:
    """The keys of the reported cell that a statistic depends on, with its own source or, of k*, distance."""
    at = _own(statistic, cell)
    return {key: at[key] for key in KEYS_OF.get(statistic.of, ())}


def cell_words(statistic: Statistic, cell: Mapping[str, object]) -> str:
    """The cell of a statistic in words."""
    cell = _own(statistic, cell)
    texts = {
        "": lambda: "",
        "model": lambda: f"{cell['model']}{base_name(cell)}",
        "layer": lambda: layer_name(cell),
        "curve": lambda: f"{layer_name(cell)}, {window_name(cell)}",
        "window": lambda: f"{layer_name(cell)}, {window_name(cell)}",
        "depth": lambda: f"{cell['model']}{base_name(cell)}, {window_name(cell)}, d = {cell['distance']}",
    }
    return texts[statistic.of]()


def _own(statistic: Statistic, cell: Mapping[str, object]) -> dict[str, object]:
    """The reported cell with what a statistic has of its own: the distance of k*, the source of a component."""
    distance = {"distance": cell["depth_distance"]} if statistic.of == "depth" else {}
    return {**cell, **distance, **({"source": statistic.source} if statistic.source else {})}
