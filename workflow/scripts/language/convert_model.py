"""Convert the language model of an installed package to a folder that loads fast."""

from brainforecast.jobs.context import job
from brainforecast.pretrained.loading import convert_gguf


def convert_model(path_to_gguf: str, path_to_model: str) -> None:
    """Convert one GGUF file to a transformers folder: float32 weights and tokenizer."""
    convert_gguf(path_to_gguf, path_to_model)


if __name__ == "__main__":
    with job(snakemake):
        convert_model(snakemake.params.source, snakemake.output.model)
