"""Every figure of a study, drawn from synthetic tables: for what holds of all of them."""

from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.controls.claims import verdict_rows
from brainforecast.figures.components import (
    draw_component_checks,
    draw_component_peaks,
    draw_component_recovery,
    draw_components,
)
from brainforecast.figures.curves import draw_forecast_curves, draw_forecast_depths, draw_sources
from brainforecast.figures.finetuning import draw_gains, draw_training
from brainforecast.figures.layers import draw_layer_scores
from brainforecast.figures.map_style import Beside, as_drawn
from brainforecast.figures.models import draw_model_differences, draw_model_layers
from brainforecast.figures.recovery import SubjectRegions, draw_recovery
from brainforecast.figures.region_peaks import draw_region_depths, draw_region_distances
from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.sensitivity import draw_sensitivity
from brainforecast.figures.surfaces import draw_surface_map
from brainforecast.figures.symmetry import draw_symmetry
from brainforecast.figures.verdicts import draw_verdicts
from brainforecast.figures.widths import draw_widths
from brainforecast.results.component_peaks import DIFFERENCE
from brainforecast.results.model_comparison import compare_models
from brainforecast.results.models import depths_of_models
from helpers.figures import RATE, settings
from helpers.spheres import sphere
from helpers.synthetic_finetuning import gains_of, losses, probe, write_gains
from helpers.synthetic_models import (
    MODELS,
    WINDOW,
    group_model_scores,
    model_subject_scores,
    model_table,
    write_model_scores,
)
from helpers.synthetic_sensitivity import sensitivity
from helpers.synthetic_tables import CELL, group_roi_scores, run_tables, subject_roi_distances, surface_targets
from helpers.synthetic_verdicts import CELL as VERDICT_CELL
from helpers.synthetic_verdicts import contrasts, judge, strict

AHEAD = (3.2, 2.3, 5.1)  # seconds
SHARES = {"syntactic": 0.4, "semantic": 0.6}  # of what the true window gains
METADATA = {"Cell": "tiny layer 16", "MinSubjects": "7", "MaxSubjects": "8", "WordsPerSecond": "2.5", "QLevel": "0.05",
            "Simulated": "no", "StatisticalTest": "one-sided test over subjects: F(8) - F(0) is above 0"}  # fmt: skip
MAPS = {
    "brainscore": {"Name": "Brain score R", "Units": "Pearson r"},
    "brainscoreq": {"Name": "Brain score R, test", "Units": "-log10 q"},
    "forecastscore": {"Name": "Forecast score F(8)", "Units": "gain in r"},
    "forecastdistance": {"Name": "Forecast distance", "Units": "words", "ScoredValues": "[-10, 0, 20]"},
    "bestlayer": {"Name": "Best layer", "Units": "layer", "ScoredValues": "[0, 4, 16, 30]"},
}
TESTED = ("brainscore", "brainscoreq")  # with a threshold, and with a sign


def study_figures(tables: dict[str, pd.DataFrame], *, lobes: bool) -> dict:
    """The figures of forecasts and regions, from the tables of `synthetic_analyses.all_tables`."""
    scores, targets = tables["roi_scores"], tables["targets"]
    shown = settings() if lobes else settings(curves=[])
    seconds = {"word_rate": RATE, "ahead": AHEAD}
    subjects = SubjectRegions(*(tables[f"subject_roi_{name}"] for name in ("scores", "distances", "depths")))
    figures = {
        "forecast_curves": draw_forecast_curves(scores, shown, **seconds),
        "sources": draw_sources(scores, shown, **seconds),
        "forecast_depths": draw_forecast_depths(scores, shown),
        "widths": draw_widths(tables["widths"], scores, shown, **seconds),
        "recovery": draw_recovery(tables["truth"], targets, subjects, shown, **seconds),
        "layers": draw_layer_scores(scores, shown),
        "region_brain_scores": draw_region_bars(scores, "brain_score", shown, subjects=tables["subject_roi_scores"]),
        "region_forecast_scores": draw_region_bars(scores, "forecast_score", shown),
        "region_forecast_curves": draw_region_heatmap(scores, shown, **seconds),
    }
    if lobes:
        sides = (tables["subject_roi_distances"], tables["symmetry"])
        return figures | {"symmetry": draw_symmetry(*sides, shown, **seconds, roi_scores=scores)}
    return figures | {
        "region_forecast_distances": draw_region_distances(targets, tables["forecast_distance"], shown, **seconds),
        "region_forecast_depths": draw_region_depths(targets, tables["forecast_depth"], shown),
    }


def special_figures(folder: Path, n_subjects: int = 8) -> dict:
    """The figures of what not every study has: parts, verdicts, models, a fine-tuning, maps."""
    parts, shown, seconds = component_tables(n_subjects), settings(), {"word_rate": RATE, "ahead": AHEAD}
    planted = (parts["planted"], parts["targets"], parts["distances"])
    subjects = model_subject_scores(n_subjects=n_subjects)
    kinds = {name: kind for name, (kind, *_) in MODELS.items()}
    depths = depths_of_models(model_table())
    _, pairs = compare_models(write_model_scores(folder, subjects), kinds, depths, WINDOW, n_draws=50, seed=1)
    study = judge()
    verdicts = verdict_rows(study, contrasts(), strict(), [], VERDICT_CELL)
    untested = {} if n_subjects > 1 else dict.fromkeys(("ci_low", "ci_high"), np.nan)
    figures = {
        "components": draw_components(parts["roi_scores"], shown, **seconds),
        "component_peaks": draw_component_peaks(peak_table(n_subjects), shown, **seconds),
        "component_checks": draw_component_checks(check_table(), shown),
        "component_recovery": draw_component_recovery(*planted, shown, **seconds),
        "model_layers": draw_model_layers(group_model_scores(subjects).assign(**untested), model_table(), shown),
        "model_differences": draw_model_differences(pairs, kinds, shown),
    }
    if n_subjects == 1:
        return figures
    return figures | {
        "verdicts": draw_verdicts(verdicts, study.shifted.table, shown, distance=8),
        "sensitivity": draw_sensitivity(sensitivity(), shown, distance=8),
        "finetuning_gains": draw_gains(gains_of(write_gains(folder)), shown),
        "finetuning_training": draw_training(losses(), probe()),
        **{f"surface_{stat}": surface_map(stat) for stat in MAPS},
    }


def surface_map(stat: str):
    """A map of two spheres whose values grow upwards, without a value at the front."""
    mesh = sphere(2, 50.0)
    height, front = mesh[0][:, 2], mesh[0][:, 1]
    values = np.where(front > 30, np.nan, np.round(10 + height / 6) if stat == "bestlayer" else height / 1000)
    halves = dict.fromkeys("LR", np.where(front > 0, "front", "back"))
    test = dict.fromkeys("LR", np.where(height > 0, 2.0, 0.5).astype(np.float32))
    beside = Beside(test=test) if stat == "brainscore" else Beside(sign=dict.fromkeys("LR", height))
    drawn = as_drawn(stat, dict.fromkeys("LR", values), METADATA | MAPS[stat], beside if stat in TESTED else None)
    return draw_surface_map(drawn, dict.fromkeys("LR", mesh), dict.fromkeys("LR", front), halves, halves)


def component_tables(n_subjects: int = 8) -> dict[str, pd.DataFrame]:
    """The tables of a run whose parts gain a share of what the true window does, at distances from 0 to 12."""
    cortex = run_tables(surface_targets(40), n_subjects=n_subjects)
    scores = cortex["subject_roi_scores"]
    true = scores[(scores["score"] == "forecast_score") & (scores["source"] == "true")]
    true = true[true["distance"].between(0, 12)]
    parts = [true.assign(source=name, mean=true["mean"] * share) for name, share in SHARES.items()]
    scores = pd.concat([scores, *parts], ignore_index=True)
    truth = cortex["truth"]
    source = truth["roi"].map({"superiortemporal": "syntactic", "parstriangularis": "semantic"})
    return cortex | {
        "roi_scores": group_roi_scores(scores),
        "distances": subject_roi_distances(scores[scores["width"] == 7]),
        "planted": truth.assign(planted_source=source.where(source.notna(), "true")),
    }


def peak_table(n_subjects: int = 8) -> pd.DataFrame:
    """Peaks of two regions; of one subject without a test."""
    rows = [
        ("syntactic", "a", 3.0, np.nan), ("syntactic", "b", 4.0, np.nan), ("semantic", "a", 8.0, np.nan),
        ("semantic", "b", 2.0, np.nan), (DIFFERENCE, "a", 5.0, 0.001), (DIFFERENCE, "b", -2.0, 0.4),
    ]  # fmt: skip
    cell = {key: CELL[key] for key in ("model", "layer", "base", "width")}
    table = pd.DataFrame(rows, columns=["source", "roi", "mean", "q_value"])
    if n_subjects == 1:
        table["q_value"] = np.nan
    return table.assign(**cell, level="roi", hemi="L", n_subjects=n_subjects)


def check_table() -> pd.DataFrame:
    """A few rows of every check."""
    empty = dict.fromkeys(("model", "part", "ahead", "n_futures", "chance"))
    rows = [
        *({"check": "change", "n_futures": n, "value": 1 / n, "n": 90} for n in (2, 3)),
        *({"check": "reliability", "n_futures": n, "value": 1 - 1 / n, "n": 90} for n in (1, 2, 3)),
        *({"check": "cosine", "ahead": o, "value": 0.7, "n": 90 - o} for o in (1, 5)),
        *({"check": "probe, content words", "part": part, "ahead": o, "value": v, "chance": 0.2, "n": 80}
          for part, v in (("true", 0.9), ("syntactic", 0.8), ("semantic", 0.25)) for o in (1, 5)),
        {"check": "labels that match", "value": 0.9, "n": 1000},
        {"check": "origin of words", "part": "kept", "value": 0.02, "n": 100},
    ]  # fmt: skip
    table = pd.DataFrame([empty | row for row in rows])
    counted = table["check"].isin(["labels that match", "origin of words"])
    return table.assign(model=table["model"].where(counted, "gpt2"))
