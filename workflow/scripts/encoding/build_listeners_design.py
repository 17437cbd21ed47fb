"""Build the design of a subject's noise ceiling from the mean of the other subjects, and correlate both."""

from brainforecast.cells import LISTENERS, PAPER, Grid
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.noise_ceiling import design_of_others
from brainforecast.jobs.context import job
from brainforecast.jobs.noise_ceiling import correlate_subject, mean_of_others
from brainforecast.sources import PRESENT
from brainforecast.storage.designs import write_designs
from brainforecast.storage.listener_correlation import write_listener_correlation


def build_listeners_design(
    path_to_responses: str,
    paths_to_sums: list[str],
    path_to_design: str,
    path_to_correlation: str,
    *,
    n_components: int,
    folds: FoldSettings,
) -> None:
    """Write the design of one subject, from the mean of the others, and the correlation with this mean."""
    means = mean_of_others(path_to_responses, paths_to_sums)
    splits = make_folds([len(mean) for mean in means], folds)
    name = Grid(LISTENERS, 0, PAPER, PRESENT, 0, (0,)).design
    write_designs({name: [design_of_others(means, splits, n_components)]}, path_to_design)
    write_listener_correlation(correlate_subject(path_to_responses, means, splits), path_to_correlation)


if __name__ == "__main__":
    with job(snakemake):
        build_listeners_design(
            snakemake.input.responses,
            snakemake.input.sums,
            snakemake.output.design,
            snakemake.output.correlation,
            n_components=snakemake.params.n_components,
            folds=FoldSettings(**snakemake.params.folds),
        )
