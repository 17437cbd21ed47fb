"""Reduce the windows of all stories to the principal components that simulated responses follow."""

from brainforecast.jobs.context import job
from brainforecast.simulation.rehearsal import features_of_stories, write_features


def simulate_features(
    paths_to_activations: dict[str, str], path_to_features: str, *, layers: list[int], width: int, components: list[int]
) -> None:
    """Write the planted components of every story and layer."""
    write_features(
        features_of_stories(paths_to_activations, layers, width=width, components=components), path_to_features
    )


if __name__ == "__main__":
    with job(snakemake):
        params = snakemake.params
        simulate_features(
            dict(zip(params.stories, snakemake.input.activations, strict=True)),
            snakemake.output.features,
            layers=params.layers,
            width=params.width,
            components=params.components,
        )
