"""Build the design of a subject's noise ceiling: the mean of the other listeners, reduced inside each fold."""

from brainforecast.cells import LISTENERS, PRESENT, Grid
from brainforecast.design_file import write_designs
from brainforecast.folds import make_folds
from brainforecast.job import job
from brainforecast.listeners import design_of_others
from brainforecast.listeners_file import subject_means


def build_listeners_design(
    path_to_responses: str, paths_to_sums: list[str], path_to_design: str, *, n_components: int, folds: dict
) -> None:
    """Write the design that the others make for one subject."""
    means = subject_means(path_to_responses, paths_to_sums)
    splits = make_folds([len(mean) for mean in means], **folds)
    name = Grid(LISTENERS, 0, PRESENT, 0, (0,)).design
    write_designs({name: [design_of_others(means, splits, n_components)]}, path_to_design)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        build_listeners_design(
            snakemake.input.responses,  # noqa: F821
            snakemake.input.sums,  # noqa: F821
            snakemake.output.design,  # noqa: F821
            n_components=snakemake.params.n_components,  # noqa: F821
            folds=snakemake.params.folds,  # noqa: F821
        )
