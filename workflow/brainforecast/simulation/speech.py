"""When each word of a text would be spoken: a model of a storyteller's speech rate, without any sound."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from brainforecast.errors import BadInput
from brainforecast.files import atomic
from brainforecast.writing.orthography import PARAGRAPH_END, n_letters, words_in
from brainforecast.writing.punctuation import CLAUSE_END, PLAIN_CLAUSE_END, PLAIN_SENTENCE_END, ends_sentence

# Lengths in letters: the time to say one letter is the model's only unit until the rate is set.
PER_WORD = 1.5
PAUSE_CLAUSE, PAUSE_SENTENCE, PAUSE_PARAGRAPH = 4.0, 8.0, 16.0


def speak(text: str, *, words_per_second: float, start: float, language: str = "en") -> pd.DataFrame:
    """Give every word of a text an onset and a duration.

    Word n takes a time that grows with its letters; a pause follows it where the text has one:

        onset_1 = start
        duration_n = k (PER_WORD + letters_n)
        onset_{n+1} = onset_n + duration_n + k pause_n
        k = (N / words_per_second) / (sum_n (PER_WORD + letters_n) + sum_{n<N} pause_n)

    so that N words take exactly N / words_per_second seconds from the first onset to the last offset. pause_n is 0
    inside a clause, PAUSE_CLAUSE after a comma, semicolon or colon, PAUSE_SENTENCE after a sentence and
    PAUSE_PARAGRAPH after a paragraph.

    Parameters
    ----------
    text : at least one word, as `orthography.words_in` finds them; paragraphs between empty lines. Words keep the
        punctuation attached to them.
    words_per_second : mean rate, pauses between words included.
    start : seconds of silence before the first word.
    language : BCP 47.

    Returns
    -------
    DataFrame with columns onset (s), duration (s), word.
    """
    paragraphs = [words for part in PARAGRAPH_END.split(text) if (words := words_in(part, language))]
    words = [word for paragraph in paragraphs for word in paragraph]
    articulation = np.array([PER_WORD + n_letters(word) for word in words])
    pauses = np.concatenate([_pauses(paragraph, language) for paragraph in paragraphs])
    pauses[-1] = 0.0  # no pause after the last word
    k = len(words) / words_per_second / (articulation.sum() + pauses.sum())
    onsets = start + k * np.concatenate([[0.0], np.cumsum(articulation + pauses)[:-1]])
    return pd.DataFrame({"onset": onsets, "duration": k * articulation, "word": words})


def read_story(path: str | Path) -> str:
    """Read the plain text of a story; `BadInput` where it has no words."""
    text = Path(path).read_text(encoding="utf-8")
    if not words_in(text):
        raise BadInput(path, "no words", "the text of a story")
    return text


def write_words(words: pd.DataFrame, path: str | Path) -> None:
    """Write onset, duration and word as a BIDS table, in whole milliseconds and without quoting.

    Durations are differences of rounded times, so adjacent words stay adjacent and never overlap.
    """
    onsets = words["onset"].round(3)
    durations = (words["onset"] + words["duration"]).round(3) - onsets
    table = pd.DataFrame({"onset": onsets, "duration": durations, "word": words["word"]})
    with atomic(path) as temporary:
        # quotation marks belong to the words: readers must not parse them as quoting
        table.to_csv(temporary, sep="\t", index=False, float_format="%.3f", quoting=csv.QUOTE_NONE)


def _pauses(paragraph: list[str], language: str) -> np.ndarray:
    pauses = np.array([_pause(word, after, language) for word, after in pairwise([*paragraph, ""])])
    pauses[-1] = PAUSE_PARAGRAPH
    return pauses


def _pause(word: str, after: str, language: str) -> float:
    if language == "en":  # of a text in ASCII, whatever a full stop means: the stories of the demo
        ends, pauses = PLAIN_SENTENCE_END.search(word), PLAIN_CLAUSE_END.search(word)
    else:
        ends, pauses = ends_sentence(word, after, language=language), CLAUSE_END.search(word)
    if ends:
        return PAUSE_SENTENCE
    return PAUSE_CLAUSE if pauses else 0.0
