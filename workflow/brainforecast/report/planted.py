"""What was planted in a simulated cortex, and the scores of each kind of region."""

import pandas as pd

from brainforecast.report.formatting import Table, number, number_range, score
from brainforecast.report.lookup import rows_where
from brainforecast.report.peaks import grid_text, recovered_distances, recovery_text
from brainforecast.report.run import Run
from brainforecast.results.selection import by_hemisphere
from brainforecast.simulation.truth import GROUPS, REGION, planted_regions
from brainforecast.storage.columns import SCORE_CELLS

WINDOW = ("source", "width", "distance")


def planted_table(run: Run, q_level: float) -> Table | None:
    """A row per kind of region: its mean R, F and M, and in how many of its regions F and M pass a test.

    None where no truth is known. A score passes where its mean is above 0 and its q-value below `q_level`.
    """
    tables, cell = run.tables, run.cell
    if "truth" not in tables:
        return None
    regions = planted_regions(tables["truth"], tables["targets"])
    scores = rows_where(tables["roi_scores"], level="roi", **{key: cell[key] for key in SCORE_CELLS["brain_scores"]})
    scores = by_hemisphere(scores)
    scores = scores.assign(hemi=scores["hemi"].astype(object).where(scores["hemi"].notna(), ""))
    window = {key: cell[key] for key in WINDOW}
    scored = {
        "R": rows_where(scores, score="brain_score"),
        "F": rows_where(scores, score="forecast_score", **window),
        "M": rows_where(scores, score="mirror_difference", **window),
    }
    found = {name: regions[[*REGION, "group"]].merge(table, on=REGION) for name, table in scored.items()}
    recovered = regions[[*REGION, "group"]].merge(recovered_distances(run), on=REGION)
    text = []
    for group in [group for group in GROUPS if (regions["group"] == group).any()]:
        here = {name: rows_where(table, group=group) for name, table in found.items()}
        planted = rows_where(regions, group=group)
        distances = planted["planted_distance"].astype(float)
        text.append([
            GROUPS[group], str(len(planted)), number_range(distances.min(), distances.max()).replace("-", "−"),
            _spread(rows_where(recovered, group=group)["recovered"]),
            *(score(here[name]["mean"].mean()) for name in ("R", "F", "M")),
            *(_passing(here[name], q_level) for name in ("F", "M")),
        ])  # fmt: skip
    d = cell["distance"]
    passing = [f"{name}({d}) above 0, q < {q_level:g}" for name in ("F", "M")]
    columns = [
        "follows",
        "regions",
        "planted distance (words)",
        "recovered d* (words)",
        "R",
        f"F({d})",
        f"M({d})",
        *passing,
    ]
    note = (
        "Means over regions and subjects. Only forecasting regions look ahead: those that follow the rate of speech, "
        "the present word or past words are passive, and where F passes in them it is not a forecast. q: signed-rank "
        "test over subjects, which is about listeners of this recording. Recovered d*: the peak of a region's own "
        f"curve, mean over subjects, where true words were planted; distances scored: {grid_text(run)}. "
        f"{recovery_text(run)}"
    )
    source = "truth.parquet, group/roi_scores.parquet, subjects/roi_distances.parquet"
    return Table("planted", "What was planted", columns, text, source, note.strip())


def _spread(peaks: pd.Series) -> str:
    """The lowest and the highest of several peaks; a dash for none."""
    return f"{number(peaks.min())} to {number(peaks.max())}" if len(peaks) else "–"


def _passing(scores: pd.DataFrame, q_level: float) -> str:
    """How many regions pass, of how many; a dash where the score was not computed."""
    passes = (scores["mean"] > 0) & (scores["q_value"] < q_level)
    return f"{int(passes.sum())} of {len(scores)}" if len(scores) else "–"
