"""Build the design of a subject's noise ceiling: the mean of the other subjects, reduced inside each fold."""

from brainforecast.cells import LISTENERS, Grid
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.encoding.noise_ceiling import design_of_others
from brainforecast.jobs.context import job
from brainforecast.jobs.noise_ceiling import mean_of_others
from brainforecast.sources import PRESENT
from brainforecast.storage.designs import write_designs


def build_listeners_design(
    path_to_responses: str, paths_to_sums: list[str], path_to_design: str, *, n_components: int, folds: FoldSettings
) -> None:
    """Write the design of one subject, from the mean of the others."""
    means = mean_of_others(path_to_responses, paths_to_sums)
    splits = make_folds([len(mean) for mean in means], folds)
    name = Grid(LISTENERS, 0, PRESENT, 0, (0,)).design
    write_designs({name: [design_of_others(means, splits, n_components)]}, path_to_design)


if __name__ == "__main__":
    with job(snakemake):
        build_listeners_design(
            snakemake.input.responses,
            snakemake.input.sums,
            snakemake.output.design,
            n_components=snakemake.params.n_components,
            folds=FoldSettings(**snakemake.params.folds),
        )
