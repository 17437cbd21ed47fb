"""What the report says of fine-tuning: gains, what was learned, and the paper beside it."""

from collections.abc import Mapping

import pandas as pd

from brainforecast.report.formatting import Row, Table, interval, number, score, score_interval
from brainforecast.report.tables import N_TOP
from brainforecast.results.selection import by_hemisphere, region_label

GAINS, PROBE, LOSSES = "finetuning_gains", "finetuning_probe", "finetuning_losses"


def gain_tables(tables: Mapping[str, pd.DataFrame], q_level: float) -> list[Table]:
    """Gains by region and what was learned; none where the run has no fine-tuning."""
    made = [_gains(tables[GAINS], q_level)] if len(tables.get(GAINS, ())) else []
    return [*made, _learned(tables[PROBE], tables[LOSSES])] if PROBE in tables else made


def gain_findings(tables: Mapping[str, pd.DataFrame], q_level: float) -> list[str]:
    """A sentence for each training that forecasts: the gain over all targets, and how many regions gain and lose."""
    if not len(tables.get(GAINS, ())):
        return []
    gains = _mean_gains(tables[GAINS])
    trainings = gains[["finetuning", "finetuning_alpha"]].drop_duplicates().itertuples(index=False)
    return [_sentence(gains, *training, q_level) for training in trainings]


def _mean_gains(gains: pd.DataFrame) -> pd.DataFrame:
    """Gains of the trainings that forecast, averaged over snapshots."""
    return gains[gains["step"].isna() & (gains["finetuning_alpha"] > 0)]


def _sentence(gains: pd.DataFrame, finetuning: str, share: float, q_level: float) -> str:
    here = gains[(gains["finetuning"] == finetuning) & (gains["finetuning_alpha"] == share)]
    every = Row(**here[(here["level"] == "all") & here["hemi"].isna()].iloc[0].to_dict())
    regions = by_hemisphere(here[here["level"] == "roi"])
    passed = regions[regions["q_value"] < q_level]
    more, less = int((passed["mean"] > 0).sum()), int((passed["mean"] < 0).sum())
    effect = "differs from 0" if every.p_value < q_level else "no effect"
    counted = f"{more} of {len(regions)} regions gain and {less} lose (q < {q_level:g})"
    return (
        f"Fine-tuned to forecast ({finetuning}, alpha {share:g}): over all targets the brain score changes by "
        f"{_percent(every)} over the same training without forecasting, {score(every.mean)} in r "
        f"{score_interval(every.ci_low, every.ci_high)}, p = {number(every.p_value, 2)}: {effect}; {counted}."
    )


def _percent(row: Row) -> str:
    if pd.isna(row.gain_percent):
        return "no percentage (its R is not above 0)"
    return f"{number(row.gain_percent, 2)} % {interval(row.percent_low, row.percent_high, 2)}"


def _gains(gains: pd.DataFrame, q_level: float) -> Table:
    """Gains averaged over snapshots: all targets, lobes, and the regions that gain most at each alpha."""
    means = _mean_gains(gains)
    text = []
    for (finetuning, share), here in means.groupby(["finetuning", "finetuning_alpha"], sort=True):
        wide = here[here["level"].isin(["all", "lobe"]) & here["hemi"].isna()]
        regions = by_hemisphere(here[here["level"] == "roi"])
        top = regions.sort_values("mean", ascending=False, kind="stable").head(N_TOP)
        for row in (Row(**values) for values in pd.concat([wide, top]).to_dict("records")):
            place = region_label(row.hemi, row.roi) + (f" {row.level}" if row.level == "lobe" else "")
            text.append(
                [finetuning, f"{share:g}", place, score(row.reference), score(row["mean"]),
                 score_interval(row.ci_low, row.ci_high), _percent(row) if pd.notna(row.gain_percent) else "–",
                 number(row.q_value, 2), str(row.n_subjects), _said(row, q_level)]
            )  # fmt: skip
    columns = ["fine-tuning", "alpha", "targets", "R at alpha 0", "gain in r", "95 % interval", "gain in percent",
               "q", "n", f"at q < {q_level:g}"]  # fmt: skip
    note = (
        "Brain score minus that of the same training at alpha 0, averaged over snapshots first; in percent of the "
        f"group's R at alpha 0 where that is above 0. All targets, lobes, and the {N_TOP} regions of the highest mean "
        "gain: the highest of many noisy values is above 0 whatever the truth."
    )
    return Table("finetuning", "Gain of fine-tuning to forecast", columns, text, f"group/{GAINS}.parquet", note)


def _said(row: Row, q_level: float) -> str:
    if not row.q_value < q_level:
        return "no effect"
    return "gains" if row["mean"] > 0 else "loses"


def _learned(probe: pd.DataFrame, losses: pd.DataFrame) -> Table:
    """Losses, share, retrieval and perplexity of each training, at its start and its end."""
    text = []
    for (finetuning, share), rows in probe.groupby(["finetuning", "finetuning_alpha"], sort=True):
        rows = rows.sort_values("step")
        first, last = (Row(**rows.iloc[i].to_dict()) for i in (0, -1))
        curve = losses[(losses["finetuning"] == finetuning) & (losses["finetuning_alpha"] == share)].sort_values("step")
        tenth = max(1, len(curve) // 10)
        begun, ended = curve.head(tenth).mean(numeric_only=True), curve.tail(tenth).mean(numeric_only=True)
        high = f"{number(begun['loss_high'])} → {number(ended['loss_high'])}" if share else "–"
        text.append(
            [finetuning, f"{share:g}", f"{last.step:,}", high,
             f"{number(begun['loss_lm'])} → {number(ended['loss_lm'])}",
             f"{curve['share'].min():.2f} to {curve['share'].max():.2f}" if share else "–",
             *(_found(first, last, column) for column in ("retrieval", "linear_probe")),
             f"{number(first.perplexity)} → {number(last.perplexity)}"]
        )  # fmt: skip
    columns = ["fine-tuning", "alpha", "steps", "L_high", "L_LM", "share of L_high",
               "word ahead found by the trained map", "by a map fitted anew", "perplexity"]  # fmt: skip
    chance, n = probe["chance"].iloc[0], int(probe["n_positions"].iloc[0])
    note = (
        "Losses: means over the first and the last tenth of the training. Retrieval and perplexity: pretrained model → "
        f"last snapshot, on {n:,} positions of held-out text; chance is {number(100 * chance, 2)} %. The trained map "
        "is the head of the forecasting term, which knows nothing at first; the map fitted anew to the last layer, "
        "alike for every model, tells whether the layer itself has come to know more."
    )
    return Table("learned", "What the language models learned", columns, text, f"group/{PROBE}.parquet", note)


def _found(first: Row, last: Row, column: str) -> str:
    """Share of words found before and after, with the interval of the latter, in percent."""
    before, after, low, high = (
        100 * getattr(row, name)
        for row, name in ((first, column), (last, column), (last, f"{column}_low"), (last, f"{column}_high"))
    )
    return f"{number(before)} % → {number(after)} % {interval(low, high)}"


def _tuned_gain(pattern: str):
    """Gain of the regions whose names match, at each alpha."""

    def found(run) -> str | None:
        if not len(run.tables.get(GAINS, ())):
            return None
        means = _mean_gains(run.tables[GAINS])
        named = means["roi"].str.contains(pattern, case=False, regex=True, na=False)
        here = means[named & (means["level"] == "roi") & means["hemi"].isna()]
        said = [
            f"{row.roi} {_percent(row)} (alpha {row.finetuning_alpha:g}, q = {number(row.q_value, 2)})"
            for row in (Row(**values) for values in here.to_dict("records"))
        ]
        return "; ".join(said) or None

    return found


def _finetuning(run) -> Mapping | None:
    """The first fine-tuning of a config."""
    return next(iter(run.config.get("finetuning", {}).values()), None)


def _objective(run) -> str | None:
    about = _finetuning(run)
    if about is None:
        return None
    told = about["objective"]
    layer = told["layer"] if isinstance(told["layer"], int) else f"{told['layer']['depth']:g} of the depth"
    drawn = f"{told['temperature']:g}; {told['negatives']:,}, {told['queue']:,}"
    return f"{drawn}; layer {layer}, {told['distance']} tokens ahead"


def _training(run) -> str | None:
    about = _finetuning(run)
    if about is None:
        return None
    training = about["training"]
    return f"{about['corpus']['source']}; {training['n_steps']:,}; the upper {number(100 * training['trained'], 2)} %"


def _optimiser(run) -> str | None:
    about = _finetuning(run)
    return about and f"{about['training']['learning_rate']:g}; {about['training']['context']} tokens"


def _models(run) -> str | None:
    about = _finetuning(run)
    if about is None:
        return None
    layers = about["evaluation"]["layers"]
    said = (
        ", ".join(map(str, layers)) if isinstance(layers, list) else f"depths {', '.join(map(str, layers['depths']))}"
    )
    return f"{len(about['objective']['alphas'])}; {about['training']['snapshots']['n']}; {said}"


COUNTERPARTS = {
    "tuned_gain": _tuned_gain("parsopercularis|parstriangularis|supramarginal|inferiorparietal|front_inf|pariet_inf"),
    "tuned_auditory": _tuned_gain("transversetemporal|T_transv"),
    "tuned_loss": _objective,
    "tuned_training": _training,
    "tuned_optimiser": _optimiser,
    "tuned_models": _models,
}
