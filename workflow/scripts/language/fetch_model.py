"""Fetch a language model of the hub into the hub's cache."""

import json

from brainforecast.files import atomic
from brainforecast.jobs.context import job
from brainforecast.language.pretrained import fetch_from_hub


def fetch_model(source: str, path_to_about: str) -> None:
    """Fetch a model, and write which revision and files it is."""
    about = fetch_from_hub(source)
    with atomic(path_to_about) as temporary:
        temporary.write_text(json.dumps(about, indent=1, sort_keys=True))


if __name__ == "__main__":
    with job(snakemake):
        fetch_model(snakemake.params.source, snakemake.output.about)
