"""Read a story's words: when each is heard, on the clock of the scan, and in which sentence."""

from brainforecast.job import job
from brainforecast.tables import write_table
from brainforecast.words import UNITS, prepare_words


def read_words(
    path_to_alignment: str,
    path_to_transcript: str | None,
    path_to_words: str,
    *,
    story: str,
    shift: float,
    simulated: bool = False,
) -> None:
    """Write one story's table of words, `shift` seconds later than its alignment has them."""
    words, provenance = prepare_words(path_to_alignment, path_to_transcript, shift=shift)
    write_table(words, path_to_words, units=UNITS, provenance={"story": story, "simulated": simulated, **provenance})


if __name__ == "__main__":
    with job(snakemake):  # noqa: F821
        read_words(
            snakemake.input.alignment,  # noqa: F821
            next(iter(snakemake.input.transcript), None),  # noqa: F821  # a list, empty without a transcript
            snakemake.output.words,  # noqa: F821
            story=snakemake.wildcards.story,  # noqa: F821
            shift=snakemake.params.shift,  # noqa: F821
            simulated=snakemake.params.simulated,  # noqa: F821
        )
