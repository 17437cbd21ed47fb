"""What of the alignments of a study was left out, or read otherwise than as it stands: one sentence for each kind."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from brainforecast.dataset.alignment_rows import AlignmentOptions, listed
from brainforecast.dataset.alignments import Alignment, counted, read_alignment

PLAIN_ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be")
COLUMNS = ("word", "onset", "offset", "duration")


def alignment_notes(alignments: Mapping[str, tuple[str | Path, AlignmentOptions]]) -> list[str]:
    """Sentences for the plan and the report, over all stories.

    Parameters
    ----------
    alignments : by story, the file and how it is read; those that are here.
    """
    read = {story: read_alignment(path, options) for story, (path, options) in alignments.items()}
    labels = sum((Counter(alignment.not_words) for alignment in read.values()), Counter())
    notes = []
    if labels:
        notes.append(f"labels that are no words, by stimuli.not_words: {counted(labels)} ({_stories(read, _n_labels)})")
    kinds: list[tuple[str, Callable[[Alignment], int]]] = [
        ("rows without a word, left out", lambda alignment: alignment.n_empty),
        ("labels of several words, each read as one word", lambda alignment: alignment.n_several),
        ("words freed of marks of no width, or brought into one normal form", lambda alignment: alignment.n_respelled),
        ("words with a backslash, which are no letters of Praat's", _n_backslashes),
    ]
    for kind, count in kinds:
        n = sum(map(count, read.values()))
        if n:
            notes.append(f"{kind}: {n} ({_stories(read, count)})")
    for story, (path, _) in alignments.items():
        encoding = str(read[story].taken.get("encoding", "utf-8"))
        if encoding not in PLAIN_ENCODINGS:
            notes.append(f"{story}: {Path(path).name} is not UTF-8 and is read as {encoding}")
        if Path(path).name == "align.csv" and Path(path).with_name("align.json").exists():
            notes.append(f"{story}: align.csv is read, and not align.json beside it")
    return notes + _columns(alignments, read)


def transcript_notes(read: Mapping[str, tuple[Path, Path | None]]) -> list[str]:
    """Say which transcripts lie beside an alignment and are not read.

    Parameters
    ----------
    read : by story, the alignment and the transcript that is read, if any.
    """
    unread = [
        story
        for story, (alignment, transcript) in read.items()
        if transcript is None and alignment.with_name("transcript.txt").is_file()
    ]
    how = "stimuli.transcript names it, for its punctuation"
    return [f"transcript.txt beside the alignment is not read, of {listed(unread)}: {how}"] if unread else []


def _columns(alignments: Mapping[str, tuple[str | Path, AlignmentOptions]], read: Mapping[str, Alignment]) -> list[str]:
    """The columns of tables that config does not name, where their names are not those of BIDS."""
    taken: dict[str, list[str]] = {}
    for story, (_, options) in alignments.items():
        found = {key: read[story].taken.get(key) for key in COLUMNS if read[story].taken.get("format") == "table"}
        usual = [f"{name} as {key}" for key, name in found.items() if name and not getattr(options.columns, key)]
        if any(name not in (None, key) and not getattr(options.columns, key) for key, name in found.items()):
            unit = read[story].taken["unit"]
            taken.setdefault(f"{', '.join(usual)} ({unit})", []).append(story)
    return [f"columns of the tables of words: {columns}, in {listed(stories)}" for columns, stories in taken.items()]


def _n_labels(alignment: Alignment) -> int:
    return sum(alignment.not_words.values())


def _n_backslashes(alignment: Alignment) -> int:
    return sum("\\" in row.word for row in alignment.rows)


def _stories(read: Mapping[str, Alignment], count: Callable[[Alignment], int]) -> str:
    return listed(story for story, alignment in read.items() if count(alignment))
