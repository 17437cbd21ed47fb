"""Words in JSON: of Gentle, of Whisper and WhisperX, of the Montreal Forced Aligner, or a list of words with times."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from brainforecast.dataset.alignment_rows import (
    AlignmentOptions,
    Found,
    Row,
    json_kind,
    listed,
    read_label,
    require_word,
    seconds,
)
from brainforecast.dataset.bids import parse_json
from brainforecast.dataset.gentle import read_gentle_json
from brainforecast.dataset.tiers import Tier, choose_tier
from brainforecast.errors import BadInput

SHAPES = "Gentle's words, Whisper's segments with words, or an aligner's tiers"
KEYS = {
    "word": ("word", "text", "token"),
    "onset": ("start", "onset", "start_time", "begin"),
    "offset": ("end", "offset", "end_time", "stop"),
    "duration": ("duration", "dur"),
}
TIMES = ("onset", "offset", "duration")


def read_word_json(path: str | Path, text: str, options: AlignmentOptions) -> Found:
    """Read words with times, in any of the shapes above; a word without times is kept, to be interpolated.

    Raises
    ------
    BadInput : no JSON, or one of another shape; segments without words; a time that is no number.
    """
    content = parse_json(path, text, "JSON with words")
    if isinstance(content, list):
        return _words(path, content, "list of words", options)
    if not isinstance(content, Mapping):
        raise BadInput(path, json_kind(content), SHAPES)
    if isinstance(content.get("tiers"), Mapping):
        return _tiers(path, content["tiers"], options)
    if isinstance(content.get("segments"), list):
        return _segments(path, content, options)
    words = content.get("words", content.get("word_segments"))
    if isinstance(words, list) and any(isinstance(word, Mapping) and "case" in word for word in words):
        return read_gentle_json(path, content)
    if isinstance(words, list):
        return _words(path, words, "list of words", options)
    raise BadInput(path, f"JSON with keys {listed(content)}", SHAPES)


def _segments(path: str | Path, content: Mapping, options: AlignmentOptions) -> Found:
    segments = content["segments"]
    other = next((number for number, one in enumerate(segments, start=1) if not isinstance(one, Mapping)), None)
    if other:
        raise BadInput(f"{path} segment {other}", json_kind(segments[other - 1]), "an object with words")
    words = [
        word for n, segment in enumerate(segments, start=1) for word in _list(f"{path} segment {n}", segment, "words")
    ]
    if segments and not words:
        found = f"{len(segments)} segments without words"
        raise BadInput(path, found, "words with times (whisper --word_timestamps True, or whisperx)")
    return _words(path, words, "Whisper segments", options)


def _words(path: str | Path, words: Sequence, shape: str, options: AlignmentOptions) -> Found:
    rows = []
    for number, word in enumerate(words, start=1):
        where = f"{path} word {number}"
        require_word(where, word)
        label = _value(word, "word")
        if label is None:
            raise BadInput(where, f"keys {listed(word)}", f"one of {listed(KEYS['word'])}")
        onset, offset, duration = (seconds(where, _value(word, key), options.unit) for key in TIMES)
        if offset is None and None not in (onset, duration):
            offset = onset + duration
        rows.append(Row(where, read_label(where, label), onset, offset))
    return Found(rows, {"format": shape, "unit": options.unit or "s"}, advice="in another file, named in stimuli.words")


def _tiers(path: str | Path, tiers: Mapping, options: AlignmentOptions) -> Found:
    for name, tier in tiers.items():
        if not isinstance(tier, Mapping):
            raise BadInput(f"{path} tier {name}", json_kind(tier), "an object with type and entries")
    known = [Tier(str(name), str(tier.get("type", "")).lower().startswith("interval")) for name, tier in tiers.items()]
    tier = choose_tier(path, known, options.tier)
    rows = []
    for number, entry in enumerate(_list(f"{path} tier {tier.name}", tiers[tier.name], "entries"), start=1):
        where = f"{path} tier {tier.name} interval {number}"
        if not isinstance(entry, list) or len(entry) != 3:
            found = f"{len(entry)} values" if isinstance(entry, list) else json_kind(entry)
            raise BadInput(where, found, "a list of 3: start, end, word")
        onset, offset = (seconds(where, time, options.unit) for time in entry[:2])
        rows.append(Row(where, read_label(where, entry[2]), onset, offset))
    advice = f"of a tier named in stimuli.tier (tiers: {listed(tiers)})"
    return Found(rows, {"format": "JSON tiers", "tier": tier.name}, advice=advice, is_tier=True)


def _list(where: str, content: Mapping, key: str) -> Sequence:
    """The list of a key, which may be missing."""
    found = content.get(key)
    if not isinstance(found, list | None):
        raise BadInput(f"{where} {key}", json_kind(found), "a list")
    return found or ()


def _value(word: Mapping, key: str) -> object:
    return next((word[name] for name in KEYS[key] if name in word), None)
