"""The table of variants: F, M and a contrast where one setting of the reported cell is changed."""

import pandas as pd

from brainforecast.controls.claims import CONTRAST
from brainforecast.controls.sensitivity import is_shuffle, variant_label
from brainforecast.report.formatting import Table, number, score, with_error
from brainforecast.report.lookup import first_row

SOURCE = "group/sensitivity.parquet"


def sensitivity_table(table: pd.DataFrame) -> Table | None:
    """A row per variant: the whole brain, and the contrast; all draws of the shuffled window in one row.

    None where no variants but those of a verdict were scored.
    """
    if "as_reported" not in set(table["variant"]):
        return None
    contrasts = table[table["level"] == CONTRAST]
    of_draws = is_shuffle(table["variant"])
    text = [_of_variant(here, name) for name, here in table[~of_draws].groupby("variant", sort=False)]
    draws = table[of_draws & (table["level"] == "all")]
    if len(draws):
        text.append(_of_shuffles(draws))
    name = f", {contrasts['region'].iloc[0]}" if len(contrasts) else ""
    columns = [
        "setting",
        "base",
        "R ± SE",
        "F(d) ± SE",
        "M(d) ± SE",
        f"peak of F{name}, words ± SE",
        "gap, volumes",
        "n",
    ]
    note = (
        "The whole brain: mean over regions, then over subjects, ± standard error over subjects. Each row changes one "
        "setting of the reported cell; nothing here votes in a verdict. Shuffled windows: the range over draws. Gap: "
        "longest delay plus the lag at which the measured autocorrelation of the responses is below .1, at most what "
        "leaves every fold half of its training volumes."
    )
    return Table("sensitivity", "What single settings change", columns, text, SOURCE, note)


def _of_variant(rows: pd.DataFrame, name: str) -> list[str]:
    whole = rows[rows["level"] == "all"]
    R, F, M = (first_row(whole, statistic=s) for s in ("brain_score", "forecast_score", "mirror_difference"))
    contrast = first_row(rows, level=CONTRAST)
    moved = with_error(contrast["value"], contrast["sem"]) if contrast else "–"
    cells = [*(with_error(row["value"], row["sem"], score) for row in (R, F, M)), moved]
    return [variant_label(name), R["base"], *cells, number(R["gap"]), str(R["n_subjects"])]


def _of_shuffles(draws: pd.DataFrame) -> list[str]:
    found = draws.groupby("statistic")["value"].agg(["min", "max"])
    ranges = [f"{score(low)} to {score(high)}" for low, high in
              found.loc[["forecast_score", "mirror_difference"]].itertuples(index=False)]  # fmt: skip
    first = draws.iloc[0]
    R = score(draws.loc[draws["statistic"] == "brain_score", "value"].mean())
    n_draws = draws["variant"].nunique()
    return [
        f"{n_draws} shuffled windows",
        first["base"],
        R,
        *ranges,
        "–",
        number(first["gap"]),
        str(first["n_subjects"]),
    ]
