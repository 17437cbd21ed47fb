"""Fetch a language model from the hub to the hub's cache."""

import json

from brainforecast.files import atomic
from brainforecast.jobs.context import job
from brainforecast.language.pretrained import fetch_from_hub


def fetch_model(source: str, path_to_provenance: str) -> None:
    """Fetch a model, and write its revision and files."""
    provenance = fetch_from_hub(source)
    with atomic(path_to_provenance) as temporary:
        temporary.write_text(json.dumps(provenance, indent=1, sort_keys=True))


if __name__ == "__main__":
    with job(snakemake):
        fetch_model(snakemake.params.source, snakemake.output.provenance)
