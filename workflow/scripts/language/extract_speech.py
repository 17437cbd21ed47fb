"""Extract the states of a speech model, one vector per word and layer."""

from dataclasses import asdict

import pandas as pd
import torch

from brainforecast.checkpoints import layers_at
from brainforecast.files import from_input
from brainforecast.jobs.context import job
from brainforecast.pretrained.loading import LoadSettings, read_load_settings
from brainforecast.readers.audio import read_audio
from brainforecast.speech import extraction
from brainforecast.speech.extraction import SpeechSettings
from brainforecast.speech.loading import load_speech_model
from brainforecast.storage.activations import side_by_side, write_activations
from brainforecast.storage.parquet import software_versions


def extract_speech(
    path_to_words: str,
    path_to_audio: str,
    path_to_activations: str,
    *,
    source: str,
    layers: list[int] | None,
    loading: LoadSettings,
    settings: SpeechSettings,
    shift: float,
    threads: int,
    concatenated: list[int] | dict | None = None,
) -> None:
    """Write one tensor per layer, or a single one of the `concatenated` layers; `shift` is from the audio's clock."""
    torch.set_num_threads(threads)
    words, audio = pd.read_parquet(path_to_words), read_audio(path_to_audio)
    times = words[["onset", "offset"]].to_numpy() - shift
    extractor, model = load_speech_model(source, settings=loading)
    joined = layers_at(concatenated or [], model.config.num_hidden_layers)
    activations, counts = extraction.extract_speech(
        words["word"].tolist(), times, audio, extractor, model, settings, layers=joined or layers
    )
    how = {"source": source, "side_by_side": joined, "loading": asdict(loading), **asdict(settings), "shift": shift}
    made = {"n_layers": model.config.num_hidden_layers, "words": counts, **software_versions(["torch", "transformers"])}
    write_activations(side_by_side(activations, joined), path_to_activations, metadata=how | made)


if __name__ == "__main__":
    with job(snakemake):
        extract_speech(
            snakemake.input.words,
            snakemake.input.audio,
            snakemake.output.activations,
            source=from_input(snakemake.params.source, snakemake.input.model),
            layers=snakemake.params.layers,
            concatenated=snakemake.params.side_by_side,
            loading=read_load_settings(snakemake.params.loading, snakemake.input.model),
            settings=SpeechSettings(**snakemake.params.extraction),
            shift=snakemake.params.shift,
            threads=snakemake.threads,
        )
