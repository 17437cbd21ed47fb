"""Readers of texts: alignments, transcripts and corpora; here are also those of the config and of tables."""

import bz2
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import spacy
from datasets.utils.logging import disable_progress_bar
from hypothesis import strategies as st

from brainforecast.dataset import alignments
from brainforecast.dataset.alignment_rows import AlignmentOptions, Columns
from brainforecast.finetuning.corpus import CorpusSettings, read_documents
from brainforecast.finetuning.wikitext import read_articles
from brainforecast.readers.words import prepare_words
from brainforecast.syntax.lexicon import build_lexicon
from fuzz.readers_config import CONFIGS, JSON_VALUES
from fuzz.readers_features import FEATURE_TABLES
from fuzz.readers_tables import CELLS, TABLES
from helpers.fuzzing import Reader
from helpers.textgrids import textgrid

disable_progress_bar()

WORDS = [
    ("Once", 0.1, 0.4),
    ("upon", 0.4, 0.6),
    ("a", 0.6, 0.7),
    ("time,", 0.7, 1.2),
    ("sp", 1.2, 1.5),
    ("König", 1.5, 2.25),
    ("went", 2.5, 2.75),
]


# --- alignments -------------------------------------------------------------------------------------------------------


def _read_alignment(options: AlignmentOptions | None = None) -> Callable[[Path], object]:
    def read(path: Path) -> tuple[Path, AlignmentOptions | None, alignments.Alignment]:
        alignments._read.cache_clear()  # two files of a fuzz may have one size and one time
        alignment = alignments.read_alignment(path, options)
        alignments.first_onset(path, options) if any(row.onset is not None for row in alignment.words) else None
        if path.suffix != ".json" and not options:
            alignments.require_complete(path)
            alignments.section_names(path, options)
        return path, options, alignment

    return read


def _check_alignment(value: tuple[Path, AlignmentOptions | None, alignments.Alignment]) -> None:
    """Words in order at finite times, and no row of a table that is neither a word nor counted."""
    path, options, found = value
    assert found.words
    onsets = [row.onset for row in found.words if row.onset is not None]
    assert onsets == sorted(onsets)
    for row in found.words:
        assert row.word.strip() == row.word and row.word and "\0" not in row.word
        row.word.encode()
        for time in (row.onset, row.offset):
            assert time is None or (math.isfinite(time) and abs(time) <= 1e6)
        assert None in (row.onset, row.offset) or row.offset >= row.onset
    n_rows = len(found.rows) + sum(found.not_words.values()) + found.n_empty
    if path.suffix in (".tsv", ".csv") and not options:
        lines = [
            line for line in re.split("\r\n?|\n", _decoded(path)) if line.strip(' \t,;"\v\f\x1c\x1d\x1e\x1f\x85\xa0')
        ]
        has_header = found.taken["format"] == "table"
        if "tier" not in found.taken:
            assert n_rows in (len(lines) - has_header, len(lines) - has_header + 1), (n_rows, lines)
        _check_times(path, found)
    if path.suffix == ".json" and found.taken["format"] in ("list of words", "Gentle JSON"):
        content = json.loads(_decoded(path))
        entries = content if isinstance(content, list) else content.get("words", content.get("word_segments"))
        assert n_rows == len(entries)


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if 0 in content[:2]:
        return content.decode("utf-16-be" if content[0] == 0 else "utf-16-le")
    return content.decode("utf-8-sig")


def _check_times(path: Path, found: alignments.Alignment) -> None:
    """Each onset is a number of its row."""
    lines = re.split("\r\n?|\n", _decoded(path))
    for row in found.words:
        cells = re.split("[\t,;]", lines[int(row.where.rpartition(" ")[2]) - 1])
        cells += [cell.replace(",", ".") for cell in re.split("[\t;]", lines[int(row.where.rpartition(" ")[2]) - 1])]
        numbers = [float(cell.strip().strip('"')) for cell in cells if _is_float(cell.strip().strip('"'))]
        close = (
            [abs(number - row.onset * unit) < 1e-6 * abs(number) + 1e-9 for number in numbers for unit in (1, 1000)]
            if row.onset is not None
            else [True]
        )
        assert any(close), (row, lines)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(header: str, row: str, words: list = WORDS) -> bytes:
    """A table of words, each as `row` has it."""
    rows = [
        row.format(word=word, onset=start, offset=end, duration=round(end - start, 3)) for word, start, end in words
    ]
    return "\n".join([header, *rows, ""]).encode()


def _word_tables() -> list[bytes]:
    return [
        _table("onset\tduration\tword", "{onset}\t{duration}\t{word}"),
        _table("word\tstart\tend\tsection", "{word}\t{onset}\t{offset}\t1"),
        _table("onset\tduration\tword", "{onset}\t{duration}\t{word}").replace(b"\n", b"\r\n"),
        _table("onset\tduration\tword", "{onset}\t{duration}\t{word}").decode().encode("utf-16"),
        b"\xef\xbb\xbf" + _table('"onset"\t"duration"\t"word"', '{onset}\t{duration}\t"{word}"'),
    ]


def _word_csvs() -> list[bytes]:
    words = [word for word in WORDS if "," not in word[0]]
    return [
        _table("word,onset,offset", '"{word}",{onset},{offset}'),
        _table("Begin,End,Label,Type,Speaker", '{onset},{offset},"{word}",words,1').replace(b"Label", b"word"),
        _table("word;start;end", "{word};{onset};{offset}", words).replace(b".", b","),
        _table("word,start (ms),end (ms)", "{word},{onset},{offset}", [(w, s * 1000, e * 1000) for w, s, e in words]),
    ]


def _gentle_tables() -> list[bytes]:
    aligned = _table("Well,not-found-in-audio,,", '"{word}",{word},{onset},{offset}').replace(
        b'"time,",time,,', b'"time,",time,'
    )
    return [aligned, aligned.split(b"\n", 1)[1]]


def _word_jsons() -> list[object]:
    plain = [{"word": word, "start": start, "end": end} for word, start, end in WORDS]
    gentle = [one | {"case": "success", "alignedWord": one["word"], "phones": []} for one in plain]
    gentle.insert(1, {"case": "not-found-in-audio", "word": "upon"})
    tiers = {"words": {"type": "interval", "entries": [[s, e, w] for w, s, e in WORDS]}}
    return [
        {"transcript": " ".join(one["word"] for one in gentle), "words": gentle},
        {"segments": [{"start": 0, "end": 3, "text": "Once", "words": plain}], "language": "en"},
        {"start": 0, "end": 3, "tiers": tiers | {"phones": {"type": "interval", "entries": [[0, 1, "AH0"]]}}},
        plain,
        {"words": plain},
    ]


def _textgrids() -> list[bytes]:
    rows = [(start, end, word) for word, start, end in WORDS]
    phones = [(0.1, 0.3, "AH0"), (0.3, 0.4, "B")]
    long = textgrid({"phones": phones, "words": rows})
    short = textgrid({"words": rows}, is_short=True)
    old = long.replace("item [", "item[").replace("intervals [", "intervals[").replace("König", 'K\\o"nig')
    point = '    item [3]:\n        class = "TextTier"\n        name = "p"\n        xmin = 0\n        xmax = 99\n'
    point += '        points: size = 1\n        points [1]:\n            number = 1.5\n            mark = "x"\n'
    return [
        long.encode(),
        short.encode(),
        long.encode("utf-16"),
        old.encode(),
        long.encode("latin-1"),
        f"{long}\n{point}".replace("size = 2 \nitem", "size = 3 \nitem").encode(),
    ]


@st.composite
def _other_jsons(draw: st.DrawFn) -> bytes:
    """Valid JSON in which a value is another."""
    content = json.loads(json.dumps(draw(st.sampled_from(_word_jsons()))))
    at, places = content, []
    while isinstance(at, dict | list) and at:
        key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else list(range(len(at)))))
        places.append((at, key))
        at = at[key]
    inside, key = draw(st.sampled_from(places))
    inside[key] = draw(JSON_VALUES)
    return json.dumps(content).encode()


ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=4)


def _rows(header: str, separator: str) -> st.SearchStrategy[bytes]:
    return ROWS.map(lambda rows: "\n".join([header, *(separator.join(row) for row in rows)]).encode())


ALIGNMENTS = [
    Reader(
        "words in TSV",
        ".tsv",
        _read_alignment(),
        _word_tables,
        _check_alignment,
        _rows("onset\tduration\tword\tstim", "\t"),
    ),
    Reader(
        "words in CSV", ".csv", _read_alignment(), _word_csvs, _check_alignment, _rows("onset,duration,word,stim", ",")
    ),
    Reader("Gentle table", ".csv", _read_alignment(), _gentle_tables, _check_alignment, _rows("a,b,0,1", ",")),
    Reader(
        "words in JSON",
        ".json",
        _read_alignment(),
        lambda: [json.dumps(one).encode() for one in _word_jsons()],
        _check_alignment,
        _other_jsons(),
        found={
            "words that are no list": b'{"segments": [{"words": true}]}',
            "a list as a word": b'[{"word": ["a"], "start": 0, "end": 1}]',
            "a transcript that is no text": b'{"transcript": 1, "words": [{"case": "success", "word": "a"}]}',
            "half of a character": b'[{"word": "\\ud800", "start": 0, "end": 1}]',
            "two onsets": b'[{"word": "a", "start": 0, "start": 0.5, "end": 1}]',
        },
    ),
    Reader("TextGrid", ".TextGrid", _read_alignment(), _textgrids, _check_alignment),
    Reader(
        "words with options",
        ".csv",
        _read_alignment(AlignmentOptions(Columns("w", "t", duration="d", section="part"), "ms", section="1")),
        lambda: [b"w,t,d,part\nOnce,100,300,1\nupon,400,200,1\na,500,100,1\nThe,0,10,2\n"],
        _check_alignment,
        _rows("w,t,d,part", ","),
    ),
    Reader(
        "tier of a TextGrid in a span",
        ".TextGrid",
        _read_alignment(AlignmentOptions(tier="words", span=(0.3, 2.0), not_words=("s*",))),
        _textgrids,
        _check_alignment,
    ),
]


# --- transcripts and corpora ------------------------------------------------------------------------------------------

TRANSCRIPT = "Once upon a time, the “König” — he's old — went.\nHome?\n"


def _read_transcript(path: Path) -> object:
    alignment = path.with_name("align.csv")
    alignment.write_bytes(_gentle_tables()[1])
    alignments._read.cache_clear()
    return prepare_words(alignment, path)[0]


def _check_words(words) -> None:
    assert len(words) == len(WORDS) - 1
    assert [_letters(word) for word in words["word"]] == [_letters(word) for word, *_ in WORDS if word != "sp"]
    assert words["sentence"].dropna().is_monotonic_increasing
    assert not words[["onset", "offset"]].isna().any(axis=None)


def _letters(word: str) -> str:
    return re.sub(r"\W", "", word).casefold()


ARTICLE = (
    "{{Infobox|name={{small|A}}}}'''Albedo''' is the [[diffuse reflection|reflecting]] power."
    "&lt;ref&gt;A book.&lt;/ref&gt;\n"
    "{| class=x\n| a\n|}\n== Heading ==\n* item\nSee [http://example.org the page] &amp;mdash; or not.<!-- no -->\n"
)
DUMP = (
    f"<mediawiki xmlns='x'><siteinfo/><page><title>A</title><ns>0</ns><revision>"
    f"<text>{ARTICLE}</text></revision></page>"
    "<page><title>R</title><ns>0</ns><redirect title='A'/><revision><text>#R</text></revision></page></mediawiki>"
).encode()


def _read_corpus(path: Path) -> list[str]:
    settings = CorpusSettings(str(path), None, "train", "text", None, 1)
    return [document["text"] for document in read_documents(settings)]


def _check_texts(texts: list[str]) -> None:
    for text in texts:
        assert "\0" not in text
        text.encode()


BLANK = spacy.blank("en")


def _read_lexicon(path: Path) -> object:
    return build_lexicon([path], BLANK)


CORPORA = [
    Reader(
        "transcript", ".txt", _read_transcript, lambda: [TRANSCRIPT.encode(), TRANSCRIPT.encode("utf-16")], _check_words
    ),
    Reader("Wikipedia dump", ".xml", lambda path: list(read_articles(path)), lambda: [DUMP], _check_texts),
    Reader(
        "compressed dump",
        ".xml.bz2",
        lambda path: list(read_articles(path)),
        lambda: [bz2.compress(DUMP)],
        _check_texts,
    ),
    Reader("corpus of texts", ".txt", _read_corpus, lambda: [TRANSCRIPT.encode() * 3], _check_texts),
    Reader("lexicon", ".txt", _read_lexicon, lambda: [TRANSCRIPT.encode() * 2], lambda table: None),
]


TEXTS: list[Reader] = [*ALIGNMENTS, *CORPORA, *CONFIGS, *TABLES, *FEATURE_TABLES]
