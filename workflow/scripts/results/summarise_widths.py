"""Summarise the forecast score by the width of the window, at the distance that is best for the other subjects."""

from brainforecast.jobs.context import job
from brainforecast.results.widths import width_rows
from brainforecast.storage.columns import UNITS
from brainforecast.storage.parquet import read_json, write_table

CHOSEN = {
    "distance": "words, the distance chosen for most subjects, each from the mean of the others",
    "ci_low": "lower end of the 95 % interval of mean; of several distances, from draws that repeat the selection",
    "ci_high": "upper end of the 95 % interval of mean; of several distances, from draws that repeat the selection",
    "p_value": "two-sided Wilcoxon signed-rank test over subjects; of several distances, share of draws with F = 0 at "
    "all of them, the selection repeated, whose mean over standard error is as large",
}
N_DRAWS = 1999


def summarise_widths(
    paths_to_subjects: list[str], path_to_provenance: str, path_to_table: str, *, seed: int, n_draws: int = N_DRAWS
) -> None:
    """Write mean, interval and test of each region and width."""
    rows = width_rows(paths_to_subjects, n_draws=n_draws, seed=seed)
    write_table(rows, path_to_table, units=UNITS | CHOSEN, provenance=read_json(path_to_provenance))


if __name__ == "__main__":
    with job(snakemake):
        summarise_widths(
            snakemake.input.subjects,
            snakemake.input.provenance,
            snakemake.output.table,
            seed=snakemake.params.seed,
        )
