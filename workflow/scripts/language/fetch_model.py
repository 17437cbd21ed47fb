"""Fetch a language model from the hub to the hub's cache."""

import json
from dataclasses import asdict

from brainforecast.files import atomic
from brainforecast.jobs.context import job
from brainforecast.planning.models.facts import read_facts
from brainforecast.pretrained.hub import fetch_from_hub


def fetch_model(source: str, revision: str | None, weights: str, path_to_provenance: str) -> None:
    """Fetch a model, and write its commit, its files, and the facts that the plan of its jobs needs."""
    provenance = fetch_from_hub(source, revision, weights=weights != "random", pickled=weights == "pickled")
    facts = read_facts(source, on_hub=True, revision=provenance["revision"])
    provenance["facts"] = asdict(facts) if facts else None
    with atomic(path_to_provenance) as temporary:
        temporary.write_text(json.dumps(provenance, indent=1, sort_keys=True))


if __name__ == "__main__":
    with job(snakemake):
        fetch_model(
            snakemake.params.source,
            snakemake.params.revision,
            snakemake.params.weights,
            snakemake.output.provenance,
        )
