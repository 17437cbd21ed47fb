"""Turn the language model of an installed package into a folder that loads fast."""

from brainforecast.job import job
from brainforecast.pretrained import convert_gguf


def convert_model(path_to_gguf: str, path_to_model: str) -> None:
    """Convert one GGUF file to a transformers folder: float32 weights and tokenizer."""
    convert_gguf(path_to_gguf, path_to_model)


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        convert_model(snakemake.params.source, snakemake.output.model)  # noqa: F821
