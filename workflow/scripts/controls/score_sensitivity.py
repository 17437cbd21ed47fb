"""Score the regions of one subject in every variant of the reported cell."""

import pandas as pd

from brainforecast.controls.region_series import ControlRegions
from brainforecast.controls.variants import score_variants
from brainforecast.jobs.context import job
from brainforecast.storage.responses import load_responses
from brainforecast.storage.variant_scores import write_variant_scores


def score_sensitivity(
    path_to_responses: str,
    paths_to_designs: list[str],
    path_to_targets: str,
    paths_to_autocorrelation: list[str],
    path_to_scores: str,
    *,
    variants: list[dict],
) -> None:
    """Write brain scores of the present alone and with each window, of each region and variant."""
    measured = load_responses(path_to_responses)
    series = ControlRegions.from_targets(pd.read_parquet(path_to_targets)).series(measured)
    scores = score_variants(series, measured.n_trs, variants, paths_to_designs, paths_to_autocorrelation, measured.used)
    write_variant_scores(scores, path_to_scores)


if __name__ == "__main__":
    with job(snakemake):
        score_sensitivity(
            snakemake.input.responses,
            snakemake.input.designs,
            snakemake.input.targets,
            snakemake.input.autocorrelation,
            snakemake.output.scores,
            variants=snakemake.params.variants,
        )
