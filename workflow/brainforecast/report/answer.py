"""What the report opens with: one sentence that answers its title, with the numbers and the figure behind it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from brainforecast.controls.verdict import NOT_ABOVE_PASSIVE, SUPPORTED
from brainforecast.report.formatting import number, score_with_interval
from brainforecast.report.lookup import Row, first_row, row_list
from brainforecast.report.run import Run
from brainforecast.report.verdicts import WORDS, verdict_numbers, verdict_places
from brainforecast.results.selection import by_hemisphere, region_label, select_rows
from brainforecast.storage.columns import SCORE_CELLS

# the first of these that a report has opens it
FIRST_FIGURES = (
    "verdicts",
    "forecast_curves",
    "surface_brainscore",
    "volume_brainscore",
    "region_brain_scores",
    "layers",
)
KEY_NUMBERS = (
    "mean brain score R",
    "mean forecast score",
    "mean mirror difference",
    "noise ceiling",
    "highest brain scores",
)


def answer(run: Run, numbers: Sequence[Mapping], figures: Sequence[Mapping], q_level: float) -> dict[str, object]:
    """The opening of the report.

    Parameters
    ----------
    numbers, figures : of the whole report (`findings.key_numbers`, `page.embed_figures`).

    Returns
    -------
    sentence : the answer; details : further sentences; numbers : the three that matter most; figure : the first one, or
        None.
    """
    if "verdicts" in run.tables:
        sentence, details = _judged(run)
    elif run.has_forecast:
        sentence, details = _not_judged(run, q_level)
    else:
        sentence, details = _brain_scores(run, q_level)
    by_name = {figure["name"]: figure for figure in figures}
    first = next((by_name[name] for name in FIRST_FIGURES if name in by_name), None)
    # F and M are those that the answer is from: a verdict has a base of its own
    numbers = [*(verdict_numbers(run) if "verdicts" in run.tables else ()), *numbers]
    firsts = (next((found for found in numbers if found["label"].startswith(start)), None) for start in KEY_NUMBERS)
    chosen = [found for found in firsts if found][:3]
    return {"sentence": sentence, "details": details, "numbers": chosen, "figure": first}


def _judged(run: Run) -> tuple[str, list[str]]:
    """From the verdict on the whole brain, and those on lobes."""
    places = verdict_places(run)
    d, w = run.config["verdict"]["distance"], run.cell["width"]
    (whole,) = row_list(places[places["level"] == "all"])
    window = f"a window of {w} upcoming words whose last one is {d} ahead"
    if whole.verdict == SUPPORTED:
        sentence = (
            f"Yes, for the whole brain: {window} improves the prediction of the BOLD response, by more than its mirror "
            "in the past does, and both beyond chance alignment with the story."
        )
    elif whole.verdict == NOT_ABOVE_PASSIVE:
        share = f"{run.config['verdict']['share']:g}"
        sentence = (
            f"Not more than in a listener who never looks ahead: for the whole brain, a forecast {d} words ahead that "
            f"makes up a share of {share} of the signal, or more, is excluded."
        )
    else:
        sentence = (
            f"This study cannot decide for the whole brain ({whole.reason}): whether {window} adds to the prediction "
            "of the BOLD response beyond what a passive listener shows is open, with evidence in neither direction."
        )
    sentence = f"Simulated data. {sentence}" if run.simulated else sentence
    counted = (_places(places, "lobe", "Lobes"), _places(places, "roi", "Regions"), _seconds(run, d))
    return sentence, [text for text in counted if text]


def _seconds(run: Run, distance: int) -> str:
    """How long the distance is, which words of different lengths and pauses make differ from word to word."""
    return f"A word {distance} ahead starts {run.seconds(distance)} later: the median, and 5 to 95 % of the words."


def _places(places: pd.DataFrame, level: str, title: str) -> str:
    """How many places of a level have each verdict; the names of those that are supported."""
    here = places[places["level"] == level]
    if here.empty:
        return ""
    counts = here["verdict"].value_counts()
    found = [row.region for row in row_list(here[here["verdict"] == SUPPORTED])]
    named = f": {', '.join(dict.fromkeys(found))}" if 0 < len(found) <= 8 else ""
    words = [
        f"{counts.get(verdict, 0)} {word}{named if verdict == SUPPORTED else ''}" for verdict, word in WORDS.items()
    ]
    return f"{title}: {'; '.join(words)}."


def _not_judged(run: Run, q_level: float) -> tuple[str, list[str]]:
    """From the forecast score alone, which answers less."""
    cell = run.cell
    F = _row(run, score="forecast_score", **{key: cell[key] for key in ("source", "width", "distance")})
    sentence = (
        f"Not answered: F({cell['distance']}) is {score_with_interval(F)} over all targets, and without a verdict this "
        "report does not say whether that is more than a listener who never looks ahead would show."
        if F
        else "Not answered: the reported window is not scored over all targets."
    )
    sentence = f"Simulated data. {sentence}" if run.simulated else sentence
    how = "Set verdict in the config to compare F with its mirror, common shifts and passive listeners."
    return sentence, [how, _seconds(run, cell["distance"])]


def _brain_scores(run: Run, q_level: float) -> tuple[str, list[str]]:
    """From the brain score: where it is above 0, and how high."""
    R = select_rows(run.tables["brain_scores"], "group/brain_scores", **run.hidden_state)
    mean = f"the mean brain score is {score_with_interval(_row(run, score='brain_score'))}"
    if R["q_value"].notna().any():
        above = (R["q_value"] < q_level) & (R["mean"] > 0)
        share = f"{int(above.sum()):,} of {len(R):,} targets ({number(100 * above.mean(), 2)} %, q < {q_level:g})"
        none = (
            f"It is not shown that the language model predicts the BOLD response: R is above 0 in none of {len(R):,} "
        )
        none += f"targets (q < {q_level:g}); {mean}."
        sentence = f"The language model predicts the BOLD response in {share}; {mean}." if above.any() else none
    else:
        sentence = f"In this one subject {mean} over {len(R):,} targets; nothing is tested over subjects."
    best = _best_region(run)
    return (f"Simulated data. {sentence}" if run.simulated else sentence), ([best] if best else [])


def _best_region(run: Run) -> str:
    scores = run.tables["roi_scores"]
    model = {"level": "roi"} | {key: run.cell[key] for key in SCORE_CELLS["brain_scores"]}
    if not (scores["level"] == "roi").any():
        return ""
    table = by_hemisphere(select_rows(scores, "group/roi_scores", score="brain_score", **model))
    best = row_list(table.sort_values("mean", ascending=False, kind="stable").head(1))
    return "".join(
        f"It is highest in {region_label(row.hemi, row.roi)}: R = {score_with_interval(row)}." for row in best
    )


def _row(run: Run, **equal: object) -> Row | None:
    return first_row(run.scores(), **equal)
