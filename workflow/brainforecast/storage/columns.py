"""Columns of the result tables: unit, type, and the keys that identify a row."""

UNITS = {
    "subject": "participant label, without sub-",
    "model": "name in config models",
    "layer": "hidden state, 0 = embedding",
    "base": "columns in both models, with and without the window: paper, lexical or verdict",
    "source": "where the window's words come from; present = no window",
    "width": "words in the window",
    "distance": "words from the present word to the last word of the window; negative = past",
    "target": "row of targets.parquet",
    "brain_score": "Pearson r, mean over folds",
    "forecast_score": "gain in Pearson r over the present alone, mean over folds",
    "alpha": "ridge penalty, median over folds",
    "score": "brain_score (R), forecast_score (F) or mirror_difference (F(d) - F(width - 1 - d), from d = width on), "
    "means over targets; series_ and one of these: of the region's mean series, scored as one target",
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
    "noise_ceiling": "Pearson r reached by a regression on components of the other subjects' mean, mean over subjects; "
    "null where not computed",
    "listener_correlation": "Pearson r with the same target in the other subjects' mean, nothing fitted, mean over "
    "folds (and subjects in group tables); null where not computed",
    "normalised": "mean / noise_ceiling, never clipped; null where the noise ceiling is not above 0",
    "best_layer": "hidden state, argmax over layers of the group's mean brain score",
    "forecast_distance": "words, argmax over distances of the forecast score (mean over targets where regional; null "
    "where only regions are kept)",
    "peak_distance": "words, argmax over distances of the region's mean forecast score",
    "forecast_depth": "layer, argmax over layers of the forecast score (mean over targets where regional; null where "
    "only regions are kept)",
    "peak_depth": "layer, argmax over layers of the region's mean forecast score",
    "centroid": "words or layer, centre of the part of the curve that is above 0 (mean over subjects in group tables)",
    "measure": "forecast_distance, peak_distance (words), forecast_depth, peak_depth (layers), or a score (Pearson r)",
    "contrast": "first minus second",
    "effect": "mean over subjects of the difference (left minus right for symmetry), unit of the measure",
    "halves": "what is split in two: subjects, or stories (subjects who share no story with the others)",
    "n_splits": "splits with a correlation: random ones of the subjects, different ones of the stories",
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
    "story": "stimulus (task in BIDS)",
    "region": "region, lobe or the whole brain; of a contrast, its name",
    "draw": "common shift, 1 to n_shifts; 0 = the responses as recorded",
    "shift": "volumes by which the responses of all subjects of the story are shifted, circularly",
    "n_trs": "volumes of the story that all its subjects have",
    "statistic": "brain_score (R), forecast_score (F), mirror_difference (M), or the measure of a contrast",
    "mirror_difference": "F(d) - F(width - 1 - d), Pearson r",
    "value": "mean over subjects of the statistic",
    "kind": "what simulated brains follow: rate, content, static, past (passive) or forecast",
    "share": "of the simulated signal's variance, that of the window ahead; 0 = passive",
    "peak": "s, of the simulated haemodynamic response",
    "brain": "number of the simulated brain, within its kind, share and peak",
    "n_brains": "simulated brains",
    "variant": "of the reported cell: as_reported, or the one setting that is changed",
    "gap": "volumes left out on both sides of a test chunk, median over subjects; 0 where whole stories are held out, "
    "null for folds that touch",
    "lag": "volumes",
    "autocorrelation": "of the mean series of regions inside runs, mean over regions, runs and subjects",
}
TEXT = {"base", "check", "claim", "contrast", "dtype", "finetuning", "halves", "hemi", "kind", "layers", "level",
        "measure", "modality", "model", "model_kind", "model_source", "other_model", "quantization", "reason", "region",
        "revision", "roi", "rows", "score", "source", "statistic", "story", "subject", "targets", "variant", "verdict",
        "word_vector"}  # fmt: skip
INTEGER = {"step", "layer", "width", "distance", "target", "n_targets", "n_subjects", "n_splits", "draw", "shift",
           "n_trs", "brain", "n_brains", "n_shifts", "lag", "best_layer", "n_candidates", "n_dropped", "n_layers",
           "n_features", "n_rows", "n_tokens", "n_unknown", "context", "stride"}  # fmt: skip

CELL = ["model", "layer", "base", "source", "width", "distance"]
DISTANCE_CELL = ["model", "layer", "base", "source", "width"]  # of d*, an argmax over distances
DEPTH_CELL = ["model", "base", "source", "width", "distance"]  # of k*, an argmax over layers
PEAK_CELLS = {"forecast_distance": DISTANCE_CELL, "forecast_depth": DEPTH_CELL}
REGION = ["level", "hemi", "roi"]
SCORE_CELLS = {"brain_scores": ["model", "layer", "base"], "forecast_scores": CELL}  # that name a cell of a table

PEAK_TESTS = {  # what p_value tests in a group table of peaks: the mask of the map, not the mean of the peaks
    "forecast_distance": "one-sided Wilcoxon signed-rank test over subjects: F(distance) - F(reference) is above 0",
    "forecast_depth": "one-sided Wilcoxon signed-rank test over subjects: the mean over layers of F is above 0",
}

CONTRAST_UNITS = UNITS | {
    "measure": "group_peak_*: peak of the region's mean curve over subjects, which leads; peak_*: mean over subjects "
    "of the peak of the region's curve; forecast_*: mean over subjects and targets of each target's peak, as in the "
    "paper; distances in words, depths in layers",
    "effect": "first minus second, unit of the measure",
    "ci_low": "lower end of the 95 % interval over subjects: bootstrap for group_peak_*, else Student's t",
    "ci_high": "upper end of the 95 % interval over subjects: bootstrap for group_peak_*, else Student's t",
    "p_value": "two-sided Wilcoxon signed-rank test over subjects of this recording, which takes differences in "
    "signal-to-noise for differences of peaks; null for group_peak_*",
    "bias": "the effect expected of two regions with one common curve, each at its own signal-to-noise, mean over "
    "draws; for forecast_* that of peak_*: single targets are noisier than their region's curve, so it may be larger",
    "p_matched": "share of draws with one common curve whose effect lies as far from the bias; null for forecast_*, "
    "which would need the curves of all targets",
}

VERDICT_UNITS = UNITS | {
    "claim": "forecast: F at verdict.distance; forecast_distance, forecast_depth: the first region of a contrast is "
    "the later one",
    "level": "roi, lobe, all or contrast",
    "base": UNITS["base"] + "; of forecasts only verdict votes",
    "statistic": "forecast_score (F), mirror_difference (M), forecast_score_strict (F in strict folds, which has no "
    "vote), or the measure of a contrast; of checks also brain_score (R)",
    "effect": "mean over subjects of the statistic: Pearson r; of contrasts, the peak of the mean curve over subjects, "
    "first minus second, words or layers",
    "ci_low": "lower 95 % limit: effect minus the .975 quantile of its common shifts about their mean; of contrasts, "
    "bootstrap over subjects",
    "ci_high": "upper 95 % limit: effect minus the .025 quantile of its common shifts about their mean; of contrasts, "
    "bootstrap over subjects",
    "p_value": "one-sided, share of common shifts at or above the recorded value; of contrasts, p_matched of "
    "group/contrasts.parquet",
    "p_family": "p_value corrected for the regions, or lobes, by the largest standardised value of each shift; of the "
    "whole brain and of contrasts p_value",
    "smallest_effect": "M of simulated forecasts where .8 of them are supported; null where no share reaches that",
    "n_shifts": "common shifts; null for contrasts and for strict folds",
    "verdict": "supported, not_above_passive or undecided; that of the claim, in each of its rows",
    "reason": "of the verdict",
    "check": "size, threshold: of the rule; brain_score, p_value, misaligned_score, misaligned_error, leaks: R under "
    "common shifts; smallest_difference: m*; passive_pass: passive brains pass too often; supported: simulated brains",
    "value": "of the check: a share of tests or brains, a p-value, Pearson r, or 1 for yes and 0 for no",
}

SENSITIVITY_UNITS = UNITS | {
    "level": "roi, lobe, all or contrast",
    "statistic": "brain_score (R), forecast_score (F), mirror_difference (M); of contrasts peak_distance",
    "value": "mean over subjects of the statistic: Pearson r; of contrasts, first minus second, words",
    "sem": "standard error over subjects of the statistic, in its unit",
}

MODEL_UNITS = UNITS | {  # of the tables that describe and compare models
    "model_kind": "pretrained; untrained (random weights); static (vectors of a dictionary); or features (your own)",
    "modality": "what the model reads: text or speech; null for features",
    "model_source": "source of the model in the config: hub name, folder, package, or features:<folder>",
    "revision": "commit of the hub that was loaded, or the one of the config; null where there is none",
    "dtype": "precision of weights and forward pass; activations are float32",
    "quantization": "settings of the quantisation, JSON; null where there is none",
    "context": "tokens of left context at most, as used; null for models without",
    "stride": "tokens between overlapping chunks of a story longer than the context, as used",
    "word_vector": "how a word's vector is made from those of its tokens",
    "audio_context": "s of audio for a word, up to its end; null for models that read none",
    "n_layers": "layers of the model without the embedding; null for models that have one layer only",
    "layers": "hidden states kept for the analyses, 0 = embedding",
    "n_features": "length of a word's vector",
    "rows": "what a row of the activations is: word or TR",
    "n_rows": "words of the story, or its TRs",
    "n_tokens": "tokens of the story; null for models without a tokenizer",
    "n_unknown": "of these, tokens that the tokenizer does not know",
    "unknown": "n_unknown / n_tokens",
    "level": "lobe, mask or all",
    "mean": "mean over subjects of each one's score at the layer that is best in the mean of the other subjects, unit "
    "of the score; of one subject, its score at its own best layer",
    "layer": "hidden state selected for most subjects, each from the mean of the others",
    "best_layer": "hidden state, argmax over layers of the mean over all subjects",
    "best_mean": "mean over all subjects at best_layer: selected on the same subjects, so too high by chance",
    "n_candidates": "layers that are scored, of which one is selected",
    "depth": "best_layer / n_layers, 0 = embedding, 1 = last layer; null where n_layers is",
    "other_model": "model that is subtracted",
    "n_dropped": "subjects with a score of one of the two models only, left out",
    "effect": "model minus other_model, mean over subjects, each at the layer that is best for the others; unit of the "
    "score",
    "ci_low": "lower end of the 95 % interval of effect; where layers are selected, from draws that repeat it",
    "ci_high": "upper end of the 95 % interval of effect; where layers are selected, from draws that repeat it",
    "p_value": "two-sided Wilcoxon signed-rank test over subjects; where layers are selected, share of draws with all "
    "layers equal, the selection repeated, whose mean over standard error is as large",
    "q_value": "p_value, Benjamini-Hochberg over the pairs of models and the regions of one level, score and base",
}

CONTENT, FUNCTION = "probe, content words", "probe, function words"  # rows of the table of component checks


def peak_units(measure: str) -> dict[str, str]:
    """Units of a group table of peaks."""
    unit = "words" if measure == "forecast_distance" else "layer"
    means = {name: f"{what} over subjects, {unit}" for name, what in (("mean", "mean"), ("sem", "standard error"))}
    return UNITS | means | {"p_value": PEAK_TESTS[measure]}
