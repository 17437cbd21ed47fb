"""Give every word of a story the time at which a storyteller would say it."""

from brainforecast.jobs.context import job
from brainforecast.simulation.speech import read_story, speak, write_words


def simulate_speech(
    path_to_text: str, path_to_words: str, *, words_per_second: float, start: float, language: str = "en"
) -> None:
    """Turn the text of a story into a BIDS table of word onsets and durations."""
    words = speak(read_story(path_to_text), words_per_second=words_per_second, start=start, language=language)
    write_words(words, path_to_words)


if __name__ == "__main__":
    with job(snakemake):
        simulate_speech(
            snakemake.input.text,
            snakemake.output.words,
            words_per_second=snakemake.params.words_per_second,
            start=snakemake.params.start,
            language=snakemake.params.language,
        )
