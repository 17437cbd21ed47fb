"""Plot scores by region: brain score and forecast score as bars, the forecast score over distances as a heat map."""

import pandas as pd

from brainforecast.figures.regions import draw_region_bars, draw_region_heatmap
from brainforecast.figures.style import save_figure
from brainforecast.jobs.context import job
from brainforecast.results.selection import word_rate


def plot_regions(
    path_to_roi_scores: str,
    paths_to_words: list[str],
    paths_to_brain_scores: list[str],
    paths_to_forecast_scores: list[str],
    paths_to_forecast_curves: list[str],
    *,
    cell: dict,
    q_level: float,
    simulated: bool,
) -> None:
    """Draw the three figures of one cell."""
    scores, rate = pd.read_parquet(path_to_roi_scores), word_rate(map(pd.read_parquet, paths_to_words))
    bars = {"cell": cell, "q_level": q_level, "simulated": simulated}
    save_figure(draw_region_bars(scores, "brain_score", **bars), *paths_to_brain_scores)
    save_figure(draw_region_bars(scores, "forecast_score", **bars), *paths_to_forecast_scores)
    heatmap = draw_region_heatmap(scores, cell=cell, word_rate=rate, simulated=simulated)
    save_figure(heatmap, *paths_to_forecast_curves)


if __name__ == "__main__":
    with job(snakemake):
        plot_regions(
            snakemake.input.roi_scores,
            list(snakemake.input.words),
            list(snakemake.output.brain_scores),
            list(snakemake.output.forecast_scores),
            list(snakemake.output.forecast_curves),
            cell=snakemake.params.cell,
            q_level=snakemake.params.q_level,
            simulated=snakemake.params.simulated,
        )
