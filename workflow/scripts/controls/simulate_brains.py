"""Simulate brains of known kinds in one subject, and score their regions."""

import pandas as pd

from brainforecast.cells import VERDICT
from brainforecast.controls.brain_scores import Listener, read_brain_words, score_brains
from brainforecast.controls.brains import Brain
from brainforecast.controls.draws import common_runs
from brainforecast.controls.group_tables import wanted_scores
from brainforecast.controls.region_series import ControlRegions
from brainforecast.controls.scoring import read_cells
from brainforecast.jobs.context import job
from brainforecast.jobs.scoring import encodings
from brainforecast.storage.control_scores import write_control_scores
from brainforecast.storage.responses import load_responses, run_lengths


def simulate_brains(inputs: dict, path_to_scores: str, params: dict, *, subject: str, brains: list[Brain]) -> None:
    """Write brain scores of base `verdict` in each brain, of each region."""
    draws = pd.read_parquet(inputs["draws"])
    runs = common_runs(run_lengths(inputs["responses"]), draws)
    regions = ControlRegions.from_targets(pd.read_parquet(inputs["targets"]))
    measured = load_responses(inputs["responses"])
    series = regions.series(measured)
    cells = read_cells(params["cells"], inputs["designs"], encodings(params["encoding"]), runs, measured.used)
    words = read_brain_words(inputs["words"], inputs["activations"], **params["words"])
    listener = Listener(subject, runs, series, words, params["tr"], params["seed"])
    wanted = wanted_scores(pd.read_parquet(inputs["shifts"]), VERDICT, regions.names)
    write_control_scores(score_brains(listener, cells[VERDICT], brains, wanted), path_to_scores)


if __name__ == "__main__":
    with job(snakemake):
        params = dict(snakemake.params.items())
        simulate_brains(
            dict(snakemake.input.items()),
            snakemake.output.scores,
            params,
            subject=snakemake.wildcards.subject,
            brains=[Brain(**brain) for brain in params["brains"]],
        )
