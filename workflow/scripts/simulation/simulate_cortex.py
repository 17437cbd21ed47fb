"""Assign to every target of a simulated cortex what it follows, and describe the simulated dataset."""

import pandas as pd

from brainforecast.jobs.context import job
from brainforecast.simulation.bids_writer import write_description, write_participants, write_sidecars
from brainforecast.simulation.truth import UNITS, plant, read_regions
from brainforecast.storage.parquet import write_table


def simulate_cortex(
    path_to_targets: str,
    path_to_regions: str,
    path_to_truth: str,
    path_to_participants: str,
    path_to_description: str,
    paths_to_sidecars: list[str],
    *,
    subjects: list[str],
    stories: list[str],
    tr: float,
    forecast_share: float,
    version: str,
) -> None:
    """Write the planted truth, the participants, and the descriptions that the runs inherit."""
    targets = pd.read_parquet(path_to_targets)
    regions = read_regions(path_to_regions, sorted(targets["roi"].dropna().unique()))
    provenance = {"simulated": True, "regions": path_to_regions}
    truth = plant(targets, regions, forecast_share=forecast_share)
    write_table(truth, path_to_truth, units=UNITS, provenance=provenance)
    write_participants(subjects, path_to_participants)
    write_description(path_to_description, version=version)
    write_sidecars(stories, paths_to_sidecars, tr=tr)


if __name__ == "__main__":
    with job(snakemake):
        simulate_cortex(
            snakemake.input.targets,
            snakemake.input.regions,
            snakemake.output.truth,
            snakemake.output.participants,
            snakemake.output.description,
            snakemake.output.sidecars,
            subjects=snakemake.params.subjects,
            stories=snakemake.params.stories,
            tr=snakemake.params.tr,
            forecast_share=snakemake.params.forecast_share,
            version=snakemake.params.version,
        )
