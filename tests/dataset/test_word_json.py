"""Words in JSON, as Gentle and Whisper write them."""

import json

import pytest

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.alignments import read_alignment, read_rows
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input, write_lines


def write(folder, content, name="words.json"):
    """A JSON file of this content."""
    return write_lines(folder / name, json.dumps(content))


def read(path, **options) -> list[tuple]:
    """Word, onset and offset of each row."""
    return [(row.word, row.onset, row.offset) for row in read_rows(path, AlignmentOptions(**options))]


def test_gentle(tmp_path):
    """Words that were not found in the audio have no times; the transcript is at hand."""
    words = [
        {"alignedWord": "once", "case": "success", "word": "Once", "start": 0.5, "end": 0.75, "startOffset": 0},
        {"case": "not-found-in-audio", "word": "upon", "startOffset": 5},
        {"alignedWord": "a", "case": "success", "word": "a", "start": 1, "end": 1.5, "startOffset": 11},
    ]
    path = write(tmp_path, {"transcript": "Once, upon a", "words": words}, "align.json")
    assert read(path) == [("Once", 0.5, 0.75), ("upon", None, None), ("a", 1.0, 1.5)]
    assert read_alignment(path).text == "Once, upon a"


def test_whisper(tmp_path):
    """Words of all segments, spaces around them removed; a number that was not aligned has no times."""
    segments = [
        {
            "text": " It was 1909.",
            "words": [{"word": " It", "start": 0.1, "end": 0.3}, {"word": " was", "start": 0.3, "end": 0.5}],
        },
        {
            "text": " 1909.",
            "words": [{"word": " 1909."}, {"word": " Then", "start": 1.2, "end": 1.4, "probability": 0.9}],
        },
        {"text": ""},
    ]
    path = write(tmp_path, {"text": "It was 1909.", "segments": segments, "language": "en"})
    assert read(path) == [("It", 0.1, 0.3), ("was", 0.3, 0.5), ("1909.", None, None), ("Then", 1.2, 1.4)]


def test_a_list_of_words(tmp_path):
    """With or without a key above it, in seconds or, by config, in milliseconds."""
    words = [{"text": "le", "start": 500, "end": 750}, {"text": "chat", "start": 1000, "end": 1500}]
    for content in (words, {"words": words}):
        assert read(write(tmp_path, content), unit="ms") == [("le", 0.5, 0.75), ("chat", 1.0, 1.5)]
        with pytest.raises(BadInput, match=r"stimuli\.unit: ms"):
            read(write(tmp_path, content))


def test_other_keys_of_words(tmp_path):
    """Durations in place of ends; the words of WhisperX without its segments."""
    words = [{"word": "It", "start": 0.5, "duration": 0.25}, {"word": "was", "start": 1, "duration": 0.5}]
    for content in (words, {"word_segments": words}):
        assert read(write(tmp_path, content)) == [("It", 0.5, 0.75), ("was", 1.0, 1.5)]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"segments": [{"text": "It was"}]}, ["1 segments without words", "--word_timestamps"]),
        ({"results": []}, ["keys results", "Whisper's segments"]),
        ("It was", ["a JSON str"]),
        ([{"start": 0, "end": 1}], ["word 1", "keys start, end", "word, text, token"]),
        ([["It", 0, 1]], ["word 1", "a JSON list"]),
        ({"words": [{"word": "It", "start": "soon", "end": 1}]}, ["word 1", "time soon", "seconds"]),
        ({"tiers": {"words": {"type": "interval", "entries": [[0, "It"]]}}}, ["tier words interval 1", "2 values"]),
        ({"tiers": {"words": {"type": "interval", "entries": [{"label": "It"}]}}}, ["interval 1", "a JSON dict"]),
        ({"tiers": {"words": [[0, 1, "It"]]}}, ["tier words", "a JSON list"]),
        ({"segments": ["It was"]}, ["segment 1", "a JSON str"]),
        ({"words": [{"word": "It", "case": "success", "start": 0, "end": 1}, "was"]}, ["word 2", "a JSON str"]),
        (
            {"tiers": {"phones": {"type": "interval", "entries": [[0, 1, "IH0"], [1, 2, "T"]]}}},
            ["tier phones", "phones (IH0, T)"],
        ),
    ],
)
def test_json_of_another_shape(tmp_path, content, parts):
    """What was found, and which shapes are read."""
    path = write(tmp_path, content)
    with pytest.raises(BadInput) as error:
        read(path)
    assert_bad_input(error, path, *parts)


def test_broken_json(tmp_path):
    """The line."""
    with pytest.raises(BadInput) as error:
        read(write_lines(tmp_path / "words.json", "[", "{"))
    assert_bad_input(error, "words.json line", "invalid JSON")
