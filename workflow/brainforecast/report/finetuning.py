"""Fine-tuning in the report: gains, what the models learned, and the counterparts of the paper's numbers."""

from collections.abc import Callable, Mapping

import pandas as pd

from brainforecast.report.formatting import Missing, Table, measured, number, score, score_with_interval
from brainforecast.report.lookup import Row, both_hemispheres, first_row, row_list, rows_where
from brainforecast.report.run import Run
from brainforecast.report.score_tables import N_TOP
from brainforecast.results.selection import ALL_TARGETS, by_hemisphere, place_label

GAINS, PROBE, LOSSES = "finetuning_gains", "finetuning_probe", "finetuning_losses"
NOT_TUNED = Missing("the config has no fine-tuning (key finetuning)")
TRAINING = ["finetuning", "finetuning_alpha"]  # the columns that name one training


def gain_tables(tables: Mapping[str, pd.DataFrame], q_level: float) -> list[Table]:
    """Gains by region and what the models learned; none if the run has no fine-tuning."""
    gains = [_gain_table(tables[GAINS], q_level)] if len(tables.get(GAINS, ())) else []
    return [*gains, _learning_table(tables[PROBE], tables[LOSSES])] if PROBE in tables else gains


def gain_findings(tables: Mapping[str, pd.DataFrame], q_level: float) -> list[str]:
    """A sentence for each training that forecasts: the gain over all targets, and how many regions gain and lose."""
    if not len(tables.get(GAINS, ())):
        return []
    gains = _mean_gains(tables[GAINS])
    trainings = gains[TRAINING].drop_duplicates().itertuples(index=False)
    return [_sentence(gains, *training, q_level) for training in trainings]


def _mean_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """Gains of the trainings that forecast, averaged over snapshots."""
    return gains[gains["step"].isna() & (gains["finetuning_alpha"] > 0)]


def _sentence(gains: pd.DataFrame, finetuning: str, alpha: float, q_level: float) -> str:
    here = rows_where(gains, finetuning=finetuning, finetuning_alpha=alpha)
    every = first_row(both_hemispheres(here), level="all")
    regions = by_hemisphere(rows_where(here, level="roi"))
    passed = regions[regions["q_value"] < q_level]
    more, less = int((passed["mean"] > 0).sum()), int((passed["mean"] < 0).sum())
    effect = _effect_of_all(every.p_value, q_level)
    counted = f"{more} of {len(regions)} regions gain and {less} lose (q < {q_level:g})"
    return (
        f"Fine-tuned to forecast ({finetuning}, alpha {alpha:g}): over all targets the brain score changes by "
        f"{_percent(every)} over the same training without forecasting, "
        f"{score_with_interval(every)} in r, p = {number(every.p_value, 2)}: {effect}; {counted}."
    )


def _percent(row: Row) -> str:
    if pd.isna(row.gain_percent):
        return "no percentage (its R is not above 0)"
    value, ends = measured(row.gain_percent, row.percent_low, row.percent_high)
    return f"{value} %" if ends == "–" else f"{value} % {ends}"


def _gain_table(gains: pd.DataFrame, q_level: float) -> Table:
    """Gains averaged over snapshots: all targets, lobes, and the regions that gain most at each alpha."""
    text = []
    for (finetuning, alpha), here in _mean_gains(gains).groupby(TRAINING, sort=True):
        wide = both_hemispheres(here[here["level"].isin(["all", "lobe"])])
        regions = by_hemisphere(rows_where(here, level="roi"))
        top = regions.sort_values("mean", ascending=False, kind="stable").head(N_TOP)
        for row in row_list(pd.concat([wide, top])):
            label = place_label(row.level, row.hemi, row.roi, ALL_TARGETS)
            text.append(
                [finetuning, f"{alpha:g}", label, score(row.reference),
                 *measured(row.mean, row.ci_low, row.ci_high, score),
                 _percent(row) if pd.notna(row.gain_percent) else "–",
                 number(row.q_value, 2), str(row.n_subjects), _effect(row, q_level)]
            )  # fmt: skip
    columns = ["fine-tuning", "alpha", "targets", "R at alpha 0", "gain in r", "95 % interval", "gain in percent",
               "q", "n", f"at q < {q_level:g}"]  # fmt: skip
    note = (
        "Brain score minus that of the same training at alpha 0, averaged over snapshots first; in percent of the "
        f"group's R at alpha 0 where that is above 0. All targets, lobes, and the {N_TOP} regions with the highest "
        "mean gain: the highest of many noisy values is above 0 even where there is no effect."
    )
    return Table("finetuning", "Gain of fine-tuning to forecast", columns, text, f"group/{GAINS}.parquet", note)


def _effect_of_all(p: float, level: float) -> str:
    if pd.isna(p):  # of one subject
        return "not tested"
    return "differs from 0" if p < level else "no effect"


def _effect(row: Row, q_level: float) -> str:
    if pd.isna(row.q_value):
        return "not tested"
    if not row.q_value < q_level:
        return "no effect"
    return "gains" if row.mean > 0 else "loses"


def _learning_table(probe: pd.DataFrame, losses: pd.DataFrame) -> Table:
    """Losses, share, retrieval and perplexity of each training, at its start and its end."""
    text = []
    for (finetuning, alpha), rows in probe.groupby(TRAINING, sort=True):
        snapshots = row_list(rows.sort_values("step"))
        first, last = snapshots[0], snapshots[-1]
        curve = rows_where(losses, finetuning=finetuning, finetuning_alpha=alpha).sort_values("step")
        tenth = max(1, len(curve) // 10)
        start, end = curve.head(tenth).mean(numeric_only=True), curve.tail(tenth).mean(numeric_only=True)
        text.append(
            [finetuning, f"{alpha:g}", f"{last.step:,}",
             f"{number(start['loss_high'])} → {number(end['loss_high'])}" if alpha else "–",
             f"{number(start['loss_lm'])} → {number(end['loss_lm'])}",
             f"{curve['share'].min():.2f} to {curve['share'].max():.2f}" if alpha else "–",
             *(_retrieved(first, last, column) for column in ("retrieval", "linear_probe")),
             f"{number(first.perplexity)} → {number(last.perplexity)}"]
        )  # fmt: skip
    columns = ["fine-tuning", "alpha", "steps", "L_high", "L_LM", "share of L_high",
               "word ahead found by the trained map", "by a newly fitted map", "perplexity"]  # fmt: skip
    chance, n = probe["chance"].iloc[0], int(probe["n_positions"].iloc[0])
    note = (
        "Losses: means over the first and the last tenth of the training. Retrieval and perplexity: pretrained model → "
        f"last snapshot, on {n:,} positions of held-out text; chance is {number(100 * chance, 2)} %. The trained map "
        "is the head of the forecasting term, which starts untrained; a map newly fitted to the last layer, in the "
        "same way for every model, shows whether the layer itself has learned more."
    )
    return Table("learned", "What the language models learned", columns, text, f"group/{PROBE}.parquet", note)


def _retrieved(first: Row, last: Row, column: str) -> str:
    """Share of words found before and after training, with the interval of the latter, in percent."""
    before, after, low, high = (
        100 * row[name]
        for row, name in ((first, column), (last, column), (last, f"{column}_low"), (last, f"{column}_high"))
    )
    value, ends = measured(after, low, high)
    return f"{number(before)} % → {value} % {ends}"


# ---- Counterparts of the paper's numbers ---------------------------------------------------------------------------


def _tuned_gain(pattern: str) -> Callable[[Run], str | Missing]:
    """Gain of the regions whose names match, at each alpha."""

    def tuned_gain(run: Run) -> str | Missing:
        if not run.config.get("finetuning"):
            return NOT_TUNED
        if not len(run.tables.get(GAINS, ())):
            return Missing("no fine-tuned snapshot is scored (key evaluation of finetuning)")
        means = both_hemispheres(rows_where(_mean_gains(run.tables[GAINS]), level="roi"))
        named = means["roi"].str.contains(pattern, case=False, regex=True, na=False)
        regions = [
            f"{row.roi} {_percent(row)} (alpha {row.finetuning_alpha:g}, q = {number(row.q_value, 2)})"
            for row in row_list(means[named])
        ]
        return "; ".join(regions) or Missing("no region of the atlas has such a name (key atlas)")

    return tuned_gain


def _finetuning_setting(describe: Callable[[Mapping], str]) -> Callable[[Run], str | Missing]:
    """A setting of the first fine-tuning of the config."""

    def setting(run: Run) -> str | Missing:
        finetuning = next(iter(run.config.get("finetuning", {}).values()), None)
        return describe(finetuning) if finetuning else NOT_TUNED

    return setting


def _loss(finetuning: Mapping) -> str:
    objective = finetuning["objective"]
    layer = objective["layer"]
    layer = layer if isinstance(layer, int) else f"{layer['depth']:g} of the depth"
    drawn = f"{objective['temperature']:g}; {objective['negatives']:,}, {objective['queue']:,}"
    return f"{drawn}; layer {layer}, {objective['distance']} tokens ahead"


def _training(finetuning: Mapping) -> str:
    training, corpus = finetuning["training"], finetuning["corpus"]["source"]
    return f"{corpus}; {training['n_steps']:,}; the upper {number(100 * training['trained'], 2)} %"


def _optimiser(finetuning: Mapping) -> str:
    return f"{finetuning['training']['learning_rate']:g}; {finetuning['training']['context']} tokens"


def _models(finetuning: Mapping) -> str:
    layers, n_snapshots = finetuning["evaluation"]["layers"], finetuning["training"]["snapshots"]["n"]
    scored = layers if isinstance(layers, list) else layers["depths"]
    text = f"{'' if isinstance(layers, list) else 'depths '}{', '.join(map(str, scored))}"
    return f"{len(finetuning['objective']['alphas'])}; {n_snapshots}; {text}"


COUNTERPARTS: dict[str, Callable[[Run], str | Missing]] = {
    "tuned_gain": _tuned_gain("parsopercularis|parstriangularis|supramarginal|inferiorparietal|front_inf|pariet_inf"),
    "tuned_auditory": _tuned_gain("transversetemporal|T_transv"),
    "tuned_loss": _finetuning_setting(_loss),
    "tuned_training": _finetuning_setting(_training),
    "tuned_optimiser": _finetuning_setting(_optimiser),
    "tuned_models": _finetuning_setting(_models),
}
