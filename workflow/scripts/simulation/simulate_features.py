"""Reduce the windows of all stories to the principal components that simulated responses follow."""

from brainforecast.jobs.context import job
from brainforecast.simulation.rehearsal import features_of_stories, write_features


def simulate_features(
    paths_to_activations: dict[str, str],
    path_to_features: str,
    *,
    planted: dict[str, list[int]],
    width: int,
    components: list[int],
    content_components: list[int],
) -> None:
    """Write the planted components of every story and layer."""
    features = features_of_stories(
        paths_to_activations, planted, width=width, components=components, content_components=content_components
    )
    write_features(features, path_to_features)


if __name__ == "__main__":
    with job(snakemake):
        params = snakemake.params
        simulate_features(
            dict(zip(params.stories, snakemake.input.activations, strict=True)),
            snakemake.output.features,
            planted=params.planted,
            width=params.width,
            components=params.components,
            content_components=params.content_components,
        )
