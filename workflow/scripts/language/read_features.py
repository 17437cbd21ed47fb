"""Read the user's own features of a story, one vector per word and layer."""

import numpy as np

from brainforecast.jobs.context import job
from brainforecast.storage.activations import write_activations


def read_features(path_to_features: str, path_to_activations: str) -> None:
    """Write one tensor per layer."""
    write_activations({0: np.load(path_to_features)}, path_to_activations, metadata={"source": path_to_features})


if __name__ == "__main__":
    with job(snakemake):
        read_features(snakemake.input.features, snakemake.output.activations)
