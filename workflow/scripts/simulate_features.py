"""Reduce the windows of all stories to the components that simulated responses follow."""

from brainforecast.job import job
from brainforecast.simulated_runs import features_of_stories, write_features


def simulate_features(
    paths_to_activations: dict[str, str], path_to_features: str, *, layers: list[int], width: int, components: list[int]
) -> None:
    """Write the planted components of every story and layer."""
    write_features(
        features_of_stories(paths_to_activations, layers, width=width, components=components), path_to_features
    )


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        params = snakemake.params  # noqa: F821
        simulate_features(
            dict(zip(params.stories, snakemake.input.activations, strict=True)),  # noqa: F821
            snakemake.output.features,  # noqa: F821
            layers=params.layers,
            width=params.width,
            components=params.components,
        )
