"""Tables of the scores: the highest regions, the lobes with their controls, contrasts between regions."""

from collections.abc import Mapping

import pandas as pd

from brainforecast.cells import mirror
from brainforecast.report.formatting import (
    MEASURES,
    Table,
    gain,
    measured,
    number,
    score,
    score_with_interval,
    unit_of,
)
from brainforecast.report.lookup import Row, both_hemispheres, first_row, row_list, rows_of_cell, rows_where
from brainforecast.report.peaks import Effects
from brainforecast.report.run import Run
from brainforecast.results.selection import ALL_TARGETS, by_hemisphere, place_label, region_label, select_rows
from brainforecast.storage.columns import SCORE_CELLS

N_TOP = 20  # regions listed


def region_table(roi_scores: pd.DataFrame, cell: Mapping, q_level: float) -> Table:
    """Regions with the highest brain score, and their forecast score where windows are scored."""
    model = {"level": "roi"} | {key: cell[key] for key in SCORE_CELLS["brain_scores"]}
    source = "group/roi_scores.parquet"
    if not (roi_scores["level"] == "roi").any():
        return Table("regions", "Regions", ["region"], [], source, "No atlas: there are no regions.")
    R = by_hemisphere(select_rows(roi_scores, "group/roi_scores", score="brain_score", **model))
    columns, both = ["region", "R", "95 % interval", "q", "n"], R
    if cell["source"] is not None:
        window = {key: cell[key] for key in ("source", "width", "distance")}
        F = select_rows(roi_scores, "group/roi_scores", score="forecast_score", **model, **window)
        both = R.merge(F, on=["hemi", "roi"], how="left", suffixes=("", "_F"))
        columns[-1:] = [f"F({cell['distance']})", "95 % interval", "q", "gain 100·F/R", "n"]
    both = both.sort_values("mean", ascending=False, kind="stable")
    text = [
        [region_label(row.hemi, row.roi),
         *measured(row.mean, row.ci_low, row.ci_high, score), number(row.q_value, 2),
         *(_forecast_cells(row) if cell["source"] is not None else ()), str(row.n_subjects)]
        for row in row_list(both.head(N_TOP))
    ]  # fmt: skip
    tested, passed = R["q_value"].notna().any(), int((R["q_value"] < q_level).sum())
    result = f"Brain score: q < {q_level:g} in {passed} of {len(R)}." if tested else "Of one subject: not tested."
    note = f"The {len(text)} highest of {len(R)} regions. {result}"
    return Table("regions", "Regions with the highest brain score", columns, text, source, note)


def _forecast_cells(row: Row) -> list[str]:
    """F of a region with its interval, its q, and its share of R."""
    F = measured(row.mean_F, row.ci_low_F, row.ci_high_F, score)
    return [*F, number(row.q_value_F, 2), gain(row.mean_F, row.mean, row.ci_low)]


def brain_lobe_table(roi_scores: pd.DataFrame, cell: Mapping) -> Table:
    """R of all targets and of each lobe, where no windows are scored."""
    model = {key: cell[key] for key in SCORE_CELLS["brain_scores"]}
    wide = both_hemispheres(roi_scores[roi_scores["level"].isin(["all", "lobe"])])
    rows = row_list(rows_where(wide, score="brain_score", **model))
    text = [
        [place_label(row.level, None, row.roi, ALL_TARGETS), score_with_interval(row), number(row.p_value, 2)]
        for row in rows
    ]
    note = "Mean over the targets of the group, then over subjects, with its 95 % interval; two-sided signed-rank test."
    return Table("lobes", "Brain score by lobe", ["targets", "R", "p"], text, "group/roi_scores.parquet", note)


def lobe_table(roi_scores: pd.DataFrame, cell: Mapping) -> Table:
    """F with its shuffled control, its mirror and the difference from it, for all targets and each lobe."""
    wide = both_hemispheres(roi_scores[roi_scores["level"].isin(["all", "lobe"])])
    model = {key: cell[key] for key in SCORE_CELLS["brain_scores"]}
    groups = wide[["level", "roi"]].drop_duplicates().itertuples(index=False)
    d, reflected = cell["distance"], mirror(cell["width"], cell["distance"])
    windows = [(cell["source"], d), ("shuffled", d), (cell["source"], reflected)]
    reported = {key: cell[key] for key in ("source", "width", "distance")}
    text = []
    for level, roi in groups:
        here = rows_where(wide, level=level, roi=roi, **model)
        R = first_row(here, score="brain_score")
        F, shuffled, back = (
            first_row(here, score="forecast_score", width=cell["width"], source=source, distance=distance)
            for source, distance in windows
        )
        M = first_row(here, score="mirror_difference", **reported)
        p = number(M["p_value"], 2) if M else "–"
        label = place_label(level, None, roi, ALL_TARGETS)
        shares = gain(F["mean"], R["mean"], R["ci_low"]) if F and R else "–"
        text.append([label, *map(score_with_interval, (R, F, shuffled, back, M)), p, shares])
    columns = [
        *("targets", "R", f"F({d})", f"F({d}), shuffled window", f"mirror F({number(reflected)})"),
        *(f"M({d}) = F({d}) − mirror", f"p of M({d})", f"gain 100·F({d})/R"),
    ]
    note = (
        "Means over the targets of the group, then over subjects, with 95 % intervals. Compare F with the columns "
        "after it. The mirror is the window reflected in the present word; M is given where the window holds upcoming "
        "words only. p: two-sided Wilcoxon signed-rank test, about listeners of this recording."
    )
    source = "group/roi_scores.parquet"
    return Table("lobes", "Forecast score and its controls", columns, text, source, note)


def contrast_table(run: Run, level: float) -> Table | None:
    """Contrasts of peaks; one whose matched p is not below `level` is called no effect, the paper's is not judged."""
    table, effects = run.tables["contrasts"], Effects(run, level)
    if table.empty:
        return None
    text = [
        [row.contrast, MEASURES.get(row.measure, row.measure), row.hemi if isinstance(row.hemi, str) else "both",
         *_effect(row), number(row.bias, 2),
         number(row.p_matched, 2), number(row.p_value, 2), str(row.n_subjects), _judged(row.p_matched, level),
         effects.contrast_mark(row) or "in both"]
        for row in row_list(rows_of_cell(table, run.cell))
    ]  # fmt: skip
    columns = ["contrast", "measure", "hemisphere", "effect", "95 % interval", "bias", "p, matched", "p, signed-rank",
               "n", f"at matched p < {level:g}", "F above 0"]  # fmt: skip
    note = (
        "First minus second region. The argmax of a noisier curve lies nearer the middle of the grid: bias is the "
        "effect that two regions with one common curve show at their own signal-to-noise, matched p the share of such "
        "draws that lie as far from it. The peak of the mean curve over subjects leads, with a bootstrap interval. The "
        "signed-rank test within subjects (two-sided) takes differences in signal-to-noise for differences of peaks. "
        "The paper's measure has the bias of the regions' curves beside it; that of single, noisier targets may be "
        "larger. F above 0: whether each of the two regions shows an effect; the peak of one that does not says "
        "nothing. All of it is about listeners of this recording."
    )
    return Table("contrasts", "Contrasts of d* and k*", columns, text, "group/contrasts.parquet", note)


def _effect(row: Row) -> tuple[str, str]:
    """A difference of peaks with its unit, and its interval."""
    value, ends = measured(row.effect, row.ci_low, row.ci_high)
    return f"{value} {unit_of(row.measure)}", ends


def _judged(p: float, level: float) -> str:
    if pd.isna(p):
        return "not judged"
    return "differs" if p < level else "no effect"
