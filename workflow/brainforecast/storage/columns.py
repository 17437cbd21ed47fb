"""Columns of the result tables: unit, type, and the keys that identify a row."""

UNITS = {
    "subject": "participant label, without sub-",
    "model": "name in config models",
    "layer": "hidden state, 0 = embedding",
    "source": "where the window's words come from; present = no window",
    "width": "words in the window",
    "distance": "words from the present word to the last word of the window; negative = past",
    "target": "row of targets.parquet",
    "brain_score": "Pearson r, mean over folds",
    "forecast_score": "gain in Pearson r over the present alone, mean over folds",
    "alpha": "ridge penalty, median over folds",
    "score": "which score the row is about",
    "level": "roi, lobe or all",
    "hemi": "L, R, or null for both",
    "roi": "region or lobe",
    "n_targets": "targets averaged",
    "n_subjects": "subjects with a value",
    "mean": "mean over subjects, unit of the score",
    "sem": "standard error over subjects, unit of the score",
    "ci_low": "lower end of the 95 % interval of the mean (Student's t over subjects)",
    "ci_high": "upper end of the 95 % interval of the mean (Student's t over subjects)",
    "p_value": "two-sided Wilcoxon signed-rank test over subjects",
    "q_value": "p_value, Benjamini-Hochberg over the targets or regions of the same cell",
    "noise_ceiling": "Pearson r reached by the mean of the other subjects, mean over subjects; null where not computed",
    "normalised": "mean / noise_ceiling, never clipped; null where the noise ceiling is not above 0",
    "best_layer": "hidden state, argmax over layers of the group's mean brain score",
    "forecast_distance": "words, argmax over distances of the forecast score (mean over targets where regional)",
    "peak_distance": "words, argmax over distances of the region's mean forecast score",
    "forecast_depth": "layer, argmax over layers of the forecast score (mean over targets where regional)",
    "peak_depth": "layer, argmax over layers of the region's mean forecast score",
    "centroid": "words or layer, centre of the part of the curve that is above 0 (mean over subjects in group tables)",
    "even_folds": "words or layer, argmax of the forecast score averaged over folds 0, 2, 4 ...",
    "odd_folds": "words or layer, argmax of the forecast score averaged over folds 1, 3 ...",
    "measure": "forecast_distance, peak_distance (words), forecast_depth, peak_depth (layers), or a score (Pearson r)",
    "contrast": "first minus second",
    "effect": "mean over subjects of the difference (left minus right for symmetry), unit of the measure",
    "halves": "what is split in two: subjects or folds",
    "n_splits": "random splits with a correlation; 1 for folds",
    "targets": "masked = those that pass the mask test; all = all, as too few pass",
    "r": "Spearman's rho over targets between the maps of two halves, mean over splits",
    "r_low": "2.5th percentile of r over splits",
    "r_high": "97.5th percentile of r over splits",
    "finetuning": "name in config finetuning",
    "finetuning_alpha": "share of the forecasting term in the training loss; 0 = plain language modelling",
    "step": "gradient steps of the snapshot; null = mean over snapshots",
    "reference": "Pearson r of alpha 0 at the same step or over the same snapshots",
    "gain": "Pearson r, brain_score minus reference",
    "gain_percent": "gain / reference, percent; null where the reference is not above 0",
    "percent_low": "ci_low / reference, percent",
    "percent_high": "ci_high / reference, percent",
}
TEXT = {"contrast", "finetuning", "halves", "hemi", "level", "measure", "model", "roi", "score", "source", "subject",
        "targets"}  # fmt: skip
INTEGER = {"step", "layer", "width", "distance", "target", "n_targets", "n_subjects", "n_splits"}

CELL = ["model", "layer", "source", "width", "distance"]
DISTANCE_CELL = ["model", "layer", "source", "width"]  # of a forecast distance, which is an argmax over distances
DEPTH_CELL = ["model", "source", "width", "distance"]  # of a forecast depth, which is an argmax over layers
PEAK_CELLS = {"forecast_distance": DISTANCE_CELL, "forecast_depth": DEPTH_CELL}
REGION = ["level", "hemi", "roi"]
SCORE_CELLS = {"brain_scores": ["model", "layer"], "forecast_scores": CELL}  # columns that name a cell of a score table

PEAK_TESTS = {  # what p_value tests in a group table of peaks: the mask of the map, not the mean of the peaks
    "forecast_distance": "two-sided Wilcoxon signed-rank test over subjects of F(distance) - F(reference)",
    "forecast_depth": "one-sided Wilcoxon signed-rank test over subjects: the mean over layers of F is above 0",
}

CONTENT, FUNCTION = "probe, content words", "probe, function words"  # rows of the table of component checks


def peak_units(measure: str) -> dict[str, str]:
    """Units of a group table of peaks."""
    unit = "words" if measure == "forecast_distance" else "layer"
    means = {name: f"{what} over subjects, {unit}" for name, what in (("mean", "mean"), ("sem", "standard error"))}
    return UNITS | means | {"p_value": PEAK_TESTS[measure]}
