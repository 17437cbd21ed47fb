"""Write which runs are used, why others are not, and the provenance of the results."""

import json

import pandas as pd

from brainforecast.files import atomic
from brainforecast.jobs.context import job
from brainforecast.storage.parquet import software_versions, write_tsv


def build_provenance(
    path_to_exclusions: str,
    path_to_provenance: str,
    *,
    rows: list[dict],
    story_sets: dict[str, list[str]],
    notes: list[str],
    tr: float,
    config_hash: str,
    simulated: bool,
) -> None:
    """Write the table of runs, and the JSON file that every result table carries in its metadata."""
    write_tsv(pd.DataFrame(rows).astype({"n_trs": "Int64"}), path_to_exclusions)
    unused = [row for row in rows if row["used"] == "no"]
    used = [
        {key: row[key] for key in ("subject", "session", "story", "run", "n_trs")}
        for row in rows
        if row["used"] == "yes"
    ]
    provenance = {
        "versions": software_versions(),
        "stories": sorted({row["story"] for row in used}),
        "runs": used,
        "exclusions": unused,
        "story_sets": story_sets,
        "notes": notes,
        "tr": tr,
        "config_hash": config_hash,
        "simulated": simulated,
    }
    with atomic(path_to_provenance) as temporary:
        temporary.write_text(json.dumps(provenance, indent=1, sort_keys=True))


if __name__ == "__main__":
    with job(snakemake):
        build_provenance(
            snakemake.output.exclusions,
            snakemake.output.provenance,
            rows=snakemake.params.rows,
            story_sets=snakemake.params.story_sets,
            notes=list(snakemake.params.notes),
            tr=snakemake.params.tr,
            config_hash=snakemake.params.config_hash,
            simulated=snakemake.params.simulated,
        )
