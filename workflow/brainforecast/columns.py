"""Meaning and unit of every column of the score tables, kept in their Parquet metadata."""

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
    "noise_ceiling": "Pearson r reached by the mean of the other subjects; null where not computed",
    "forecast_distance": "words, argmax over distances of the forecast score (mean over targets where regional)",
    "peak_distance": "words, argmax over distances of the region's mean forecast score",
    "measure": "forecast_distance or peak_distance",
    "contrast": "first minus second",
    "effect": "mean over subjects of the difference, words",
}


def units(*names: str) -> dict[str, str]:
    """The units of these columns, in this order."""
    return {name: UNITS[name] for name in names}
