"""TextGrids in the layouts and encodings that programs write, their tiers, and what is wrong in them."""

import codecs
import json
from collections import Counter

import pytest

from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.alignments import read_alignment, read_rows
from brainforecast.dataset.praat_letters import LETTERS, praat_to_unicode
from brainforecast.dataset.tiers import are_phones
from brainforecast.errors import BadInput
from helpers.datasets import assert_bad_input
from helpers.textgrids import textgrid

ROWS = [(0, 0.5, ""), (0.5, 0.75, "le"), (0.75, 1, "sp"), (1, 2, "garçon"), (2, 2.5, '"non"')]
WORDS = [("le", 0.5, 0.75), ("garçon", 1.0, 2.0), ('"non"', 2.0, 2.5)]
HEAD = '\n name = "notes" \n xmin = 0 \n xmax = 9 \n'
PHONES = [(0, 0.6, "L"), (0.6, 0.75, "AH0")]
LONG, SHORT = (textgrid({"phones": PHONES, "words": ROWS}, is_short=is_short) for is_short in (False, True))


def write(folder, content: bytes | str):
    """A TextGrid of these bytes, or of this text in UTF-8."""
    path = folder / "words.TextGrid"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path, **options) -> list[tuple]:
    """Word, onset and offset of each row."""
    return [(row.word, row.onset, row.offset) for row in read_rows(path, AlignmentOptions(**options))]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LONG.encode(), "utf-8"),
        (codecs.BOM_UTF8 + LONG.encode(), "utf-8"),
        (LONG.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + SHORT.encode("utf-16-be"), "utf-16"),
        (LONG.encode("utf-16-le"), "utf-16-le"),
        (SHORT.encode("latin-1"), "latin-1"),
        (LONG.replace("le", "l’").encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(tmp_path, content, encoding):
    """With and without a byte order mark; which one it was is known afterwards."""
    path = write(tmp_path, content)
    assert read(path)[1:] == WORDS[1:]
    assert read_alignment(path).taken == {"format": "TextGrid", "tier": "words", "encoding": encoding}


@pytest.mark.parametrize(
    "content",
    [
        LONG,
        SHORT,
        SHORT.replace("\n", "\r\n"),
        LONG.replace("\n", "\r"),
        LONG.replace('"\n\nxmin', '"\nxmin'),
        SHORT.replace('"\n\n0', '"\n0'),
        LONG.replace("item [", "item[").replace("intervals [", "intervals[").replace("]:", "]"),
        LONG.replace("xmin = 0.5 ", "xmin = 5e-1").replace("xmin = 0 ", "xmin = -1.1e-16 "),
        LONG.replace(" = ", "="),
        LONG.replace("item []: \n", ""),
    ],
    ids=[
        "long",
        "short",
        "CRLF",
        "CR",
        "no blank line",
        "short, no blank line",
        "ELAN",
        "exponents",
        "dense",
        "no item []",
    ],
)
def test_layouts(tmp_path, content):
    """Praat reads all of them."""
    assert read(write(tmp_path, content)) == WORDS


def test_praats_letters():
    """Letters of several scripts; a quote in a label is doubled in the file, not here; other backslashes stay."""
    spelled = {
        'na\\i"ve': "naïve",
        "\\c<esky\\'^": "česky\u0301",
        "Stra\\sse": "Straße",
        "\\O/re \\ao": "Øre å",
        "L/o\\z'": "L/oź",
        "\\l/o\\'1": "łoˈ",
        "\\swb\\ae\\ng": "əbæŋ",
        "\\lao\\s2": "λoς",
        "o\\/'re": "øre",
        "a\\qq": "a\\qq",
        "end\\": "end\\",
    }
    assert {label: praat_to_unicode(label) for label in spelled} == spelled
    assert all(len(sequence) == 2 and len(letter) == 1 for sequence, letter in LETTERS.items())
    twice = {letter for letter, n in Counter(LETTERS.values()).items() if n > 1}
    assert twice == set("βθχɒ")  # also letters of the phonetic alphabet


@pytest.mark.parametrize(
    "broken",
    [
        f'class = "TextTier" {HEAD} points: size = 1 \n points [1]:\n time = 1 \n mark = "" ',
        f'class = "IntervalTier" {HEAD} intervals: size = 7 \n intervals [1]:\n xmin = ? ',
    ],
    ids=["points as Praat wrote them", "broken intervals"],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_other_tiers_do_not_hinder_the_words(tmp_path, broken, is_first):
    """Before or after the tier of words."""
    words = textgrid({"words": ROWS}).split("    item [1]:\n")[1]
    blocks = [broken, words] if is_first else [words, broken]
    head = LONG.split("    item [1]:")[0]
    assert (
        read(write(tmp_path, head + "".join(f"item [{i}]:\n{block}\n" for i, block in enumerate(blocks, 1)))) == WORDS
    )


def test_tiers_of_the_same_name(tmp_path):
    """Of notes, they are none of our business; of words, they are."""
    assert read(write(tmp_path, textgrid([("notes", ROWS), ("words", ROWS), ("notes", ROWS)]))) == WORDS
    with pytest.raises(BadInput) as error:
        read(write(tmp_path, textgrid([("words", ROWS), ("words", ROWS)])))
    assert_bad_input(error, "words.TextGrid", "tiers words, words", "one interval tier")


def test_the_tier_by_config(tmp_path):
    """In any case, a wrong name with the nearest; else the tier named words, that of one speaker, or the only one."""
    path = write(tmp_path, textgrid({"Ortho": ROWS, "gloss": ROWS}))
    assert read(path, tier="ortho") == WORDS
    with pytest.raises(BadInput) as error:
        read(path)
    assert_bad_input(error, path, "tiers Ortho, gloss", "named words", "stimuli.tier")
    with pytest.raises(BadInput) as error:
        read(path, tier="orto")
    assert_bad_input(error, path, "orto, as in stimuli.tier", "nearest is Ortho")
    assert read(write(tmp_path, textgrid({"Mary - words": ROWS, "Mary - phones": PHONES}))) == WORDS
    assert read(write(tmp_path, textgrid({"transcription": ROWS}))) == WORDS


@pytest.mark.parametrize(
    ("labels", "tier", "expected"),
    [
        ("DH AH0 OW1 L D", "phones", True),
        ("dh ah l d iy", "segmentation", True),
        ("ð ə ˈəʊ l d tʃ", "MAU", True),
        ("I a saw the o old man y", "words", False),
        ("I a", "words", False),
        ("y a o e de la casa grande", "words", False),
        ("他 住 在 那 里 了", "words", False),
        ("I am on it so go", "words", False),
        ("over the hill", "phones", False),
    ],
)
def test_phones_are_known_by_most_labels(labels, tier, expected):
    """Short words are phones too; a few of them do not make a tier of phones."""
    assert are_phones(labels.split(), tier) is (expected or labels == "I am on it so go")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (
            textgrid({"words": [(0, 1, "a"), (1, 0.5, "be")]}),
            ["interval 2", "be from 1 to 0.5 s"],
        ),
        (
            textgrid({"words": [(1, 2, "over"), (0.5, 3, "back")]}),
            ["interval 2", "back at 0.5 s", "no earlier than 1 s"],
        ),
        (textgrid({"words": [(0, 1, "a"), (-1, 2, "b")]}), ["tier words interval 2", "xmin -1", "from 0 s on"]),
        (LONG.replace("            xmax = 2 \n", ""), ["tier words", "interval 4 has no xmax", "xmin, xmax and text"]),
        (LONG[:-40], ["tier words", "interval 5", "xmin, xmax and text"]),
        (SHORT[:-8], ["tier words", "4 intervals that can be read", "the 5 that the tier declares"]),
        (textgrid({"words": [(0, 9, "")]}), ["no words"]),
        ('"Praat chronological TextGrid text file"\n0 9\n', ["a chronological TextGrid", "saved as text"]),
        (b"ooBinaryFile\x08TextGrid\x00", ["a binary TextGrid", "saved as text"]),
        ("once upon a time\n", ["a TextGrid that cannot be read"]),
    ],
)
def test_what_is_wrong_in_one_line(tmp_path, content, parts):
    """The interval, what was found, what was expected; no word of the reader's own arguments."""
    with pytest.raises(BadInput) as error:
        read(write(tmp_path, content))
    assert_bad_input(error, "words.TextGrid", *parts)
    assert not [word for word in ("praatio", "openTextgrid", "Mode", "Traceback") if word in str(error.value)]


def test_overlaps_and_intervals_of_no_length(tmp_path):
    """Speakers overlap; a word of no length starts where it is."""
    rows = [(0, 1.5, "over"), (1, 2, "lap"), (2, 2, "click"), (2, 3, "end")]
    assert read(write(tmp_path, textgrid({"words": rows}))) == [(word, start, end) for start, end, word in rows]


def test_a_textgrid_in_json(tmp_path):
    """As the aligner and the reader of TextGrids write it, in either name."""
    tiers = {
        "words": {"type": "interval", "entries": [[0.5, 0.75, "le"], [1, 2, "chat"]]},
        "phones": {"type": "interval", "entries": [[0.5, 0.6, "l"]]},
    }
    path = write(tmp_path, json.dumps({"start": 0, "end": 9, "tiers": tiers}))
    assert read(path) == [("le", 0.5, 0.75), ("chat", 1.0, 2.0)]


def test_times_in_milliseconds_stop(tmp_path):
    """A TextGrid has seconds, whatever exported it."""
    rows = [(1000, 1400, "the"), (1400, 2000, "old"), (2000, 2500, "baker")]
    path = write(tmp_path, textgrid({"words": rows}))
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert_bad_input(error, path, "words that last 500 s", "seconds, the unit of a TextGrid")
