"""Read a story's words: when each is spoken, on the clock of the scan, and its sentence."""

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.jobs.context import job
from brainforecast.readers.words import UNITS, prepare_words
from brainforecast.storage.parquet import write_table


def read_words(
    path_to_alignment: str,
    path_to_transcript: str | None,
    path_to_words: str,
    *,
    story: str,
    shift: float,
    options: AlignmentOptions | None = None,
    language: str = "en",
    simulated: bool = False,
) -> None:
    """Write one story's table of words, `shift` seconds later than in its alignment."""
    words, provenance = prepare_words(
        path_to_alignment, path_to_transcript, shift=shift, options=options, language=language
    )
    write_table(words, path_to_words, units=UNITS, provenance={"story": story, "simulated": simulated, **provenance})


if __name__ == "__main__":
    with job(snakemake):
        read_words(
            snakemake.input.alignment,
            next(iter(snakemake.input.transcript), None),  # a list, empty without a transcript
            snakemake.output.words,
            story=snakemake.wildcards.story,
            shift=snakemake.params.shift,
            options=AlignmentOptions.from_config(
                snakemake.params.stimuli, snakemake.params.section, snakemake.params.span
            ),
            language=snakemake.params.language,
            simulated=snakemake.params.simulated,
        )
