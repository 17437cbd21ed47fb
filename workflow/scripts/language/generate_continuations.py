"""Continue a story from every word of it with a language model, and extract the vectors of the generated words."""

from dataclasses import asdict

import pandas as pd
import torch

from brainforecast.encoding.windows import story_seed
from brainforecast.files import from_input
from brainforecast.jobs.context import job
from brainforecast.language import generation
from brainforecast.language.extraction import ExtractionSettings, provenance
from brainforecast.language.sampling import DecodingSettings
from brainforecast.pretrained.loading import LoadSettings, load_predictor, read_load_settings
from brainforecast.storage.activations import write_activations
from brainforecast.storage.parquet import software_versions


def generate_continuations(
    path_to_words: str,
    path_to_continuations: str,
    *,
    source: str,
    layers: list[int],
    loading: LoadSettings,
    decoding: DecodingSettings,
    extraction: ExtractionSettings,
    seed: tuple[int, int],
    threads: int,
) -> None:
    """Write one tensor per layer, (n_words, horizon, n_features), and the generated text."""
    torch.set_num_threads(threads)
    words = pd.read_parquet(path_to_words, columns=["word"])["word"].tolist()
    tokenizer, model = load_predictor(source, settings=loading)
    vectors, text = generation.generate_continuations(
        words, tokenizer, model, layers=layers, decoding=decoding, extraction=extraction, seed=seed
    )
    metadata = {
        "source": source,
        "loading": asdict(loading),
        **(asdict(decoding) | provenance(words, tokenizer, model, extraction)),
        **software_versions(["torch", "transformers"]),
        "text": text,
    }
    write_activations(vectors, path_to_continuations, metadata=metadata)


if __name__ == "__main__":
    with job(snakemake):
        generate_continuations(
            snakemake.input.words,
            snakemake.output.continuations,
            source=from_input(snakemake.params.source, snakemake.input.model),
            layers=snakemake.params.layers,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
            decoding=DecodingSettings(**snakemake.params.decoding),
            extraction=ExtractionSettings(**snakemake.params.extraction),
            seed=story_seed(snakemake.params.seed, snakemake.wildcards.story),
            threads=snakemake.threads,
        )
