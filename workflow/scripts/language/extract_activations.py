"""Extract hidden states of a story, one vector per word and layer."""

from dataclasses import asdict

import pandas as pd
import torch

from brainforecast.checkpoints import layers_at
from brainforecast.files import from_input
from brainforecast.jobs.context import job
from brainforecast.language import extraction
from brainforecast.language.extraction import ExtractionSettings
from brainforecast.pretrained.loading import LoadSettings, load_model, read_load_settings
from brainforecast.storage.activations import side_by_side, write_activations
from brainforecast.storage.parquet import software_versions


def extract_activations(
    path_to_words: str,
    path_to_activations: str,
    *,
    source: str,
    layers: list[int] | None,
    loading: LoadSettings,
    settings: ExtractionSettings,
    threads: int,
    concatenated: list[int] | dict | None = None,
) -> None:
    """Write one tensor per layer, or a single one of the `concatenated` layers."""
    torch.set_num_threads(threads)
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    tokenizer, model = load_model(source, settings=loading)
    joined = layers_at(concatenated or [], model.config.num_hidden_layers)
    activations = extraction.extract_activations(words, tokenizer, model, settings, layers=joined or layers)
    metadata = {
        "source": source,
        "side_by_side": joined,
        "n_layers": model.config.num_hidden_layers,
        "loading": asdict(loading),
        **extraction.provenance(words, tokenizer, model, settings),
        **software_versions(["torch", "transformers"]),
    }
    write_activations(side_by_side(activations, joined), path_to_activations, metadata=metadata)


if __name__ == "__main__":
    with job(snakemake):
        extract_activations(
            snakemake.input.words,
            snakemake.output.activations,
            source=from_input(snakemake.params.source, snakemake.input.model),
            layers=snakemake.params.layers,
            concatenated=snakemake.params.side_by_side,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
            settings=ExtractionSettings(**snakemake.params.extraction),
            threads=snakemake.threads,
        )
