"""Where a story's alignment lies: at one of the known places, or where config ``stimuli.words`` says."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from brainforecast.dataset.alignment_rows import listed
from brainforecast.errors import BadInput, nearest

GENTLE = ("stimuli/gentle/{story}/align.csv", "stimuli/gentle/{story}/align.json")
TABLE = "stimuli/{story}/words.tsv"
LOCATIONS = (
    *GENTLE,
    TABLE,
    "stimuli/{story}/words.csv",
    "stimuli/{story}/words.json",
    "stimuli/{story}/words.TextGrid",
    "stimuli/{story}/{story}.TextGrid",
    "stimuli/{story}/align.csv",
    "stimuli/{story}/align.json",
)
PLACES = (  # the same in words
    "stimuli/gentle/{story}/align.csv or align.json, stimuli/{story}/words.tsv, words.csv, words.json, words.TextGrid, "
    "{story}.TextGrid, align.csv or align.json"
)
PLACEHOLDERS = ("story", "task", "run")
TEXTS = {".csv", ".tsv", ".json", ".textgrid", ".txt", ".lab", ".eaf", ".ctm", ".srt", ".vtt", ".xlsx", ".grid"}
MOST_FILES = 3000  # looked at for files that lie near


def find_alignment(root: str | Path, story: str, pattern: str | None = None, **values: str | None) -> Path | None:
    """Find the story's alignment, or the link or pointer in its place; None where it has none.

    ``align.json`` beside ``align.csv`` is the same alignment of Gentle, and is not read.

    Parameters
    ----------
    pattern : path under `root` with ``{story}``, ``{task}`` and ``{run}``; None for the known places.
    values : of task and run.

    Raises
    ------
    BadInput : several alignments of one story.
    """
    if pattern:
        return _present(Path(root), fill_pattern(pattern, "words", story=story, **values))
    found = [path for place in LOCATIONS if (path := _present(Path(root), place.format(story=story)))]
    found = [path for path in found if path.name != "align.json" or path.with_suffix(".csv") not in found]
    if len(found) > 1:
        paths = [str(path.relative_to(root)) for path in found]
        choice = paths[-1].replace(story, "{story}")
        raise BadInput(f"alignment of {story}", listed(paths), f"one, or which in stimuli.words, such as {choice}")
    return found[0] if found else None


def find_transcript(path_to_alignment: Path) -> Path | None:
    """Find the transcript in the folder of a Gentle alignment; None where there is none."""
    path = path_to_alignment.with_name("transcript.txt")
    return path if is_gentle(path_to_alignment) and os.path.lexists(path) else None


def is_gentle(path: str | Path) -> bool:
    """Whether a transcript may lie beside the alignment, as beside Gentle's."""
    return str(path).endswith(".csv") or Path(path).name == "align.json"


def aligned_stories(root: str | Path, pattern: str | None = None) -> list[str]:
    """List the stories of the dataset that have an alignment, in alphabetical order."""
    root = Path(root)
    if pattern:
        require_inside(pattern, "words")
        found = root.glob(re.sub(r"\{\w+\}", "*", pattern))
        return sorted({story for path in found if (story := story_of(str(path.relative_to(root)), pattern))})
    names = {folder.name for folder in [*root.glob("stimuli/gentle/*"), *root.glob("stimuli/*")]}
    return sorted(name for name in names if any(_present(root, place.format(story=name)) for place in LOCATIONS))


def story_of(path: str, pattern: str | None = None) -> str | None:
    """The story of an alignment at this path under the root; None where it is no place of an alignment."""
    matches = (_regex(place).fullmatch(path) for place in ((pattern,) if pattern else LOCATIONS))
    groups = (match.groupdict() for match in matches if match)
    return next((found.get("story") or found.get("task") for found in groups), None)


def fill_pattern(pattern: str, key: str, **values: str | None) -> str:
    """A path with the values of its placeholders.

    Parameters
    ----------
    key : of config ``stimuli``, for errors.
    """
    require_inside(pattern, key)
    try:
        parsed = [name for _, name, _, _ in Formatter().parse(pattern)]
    except ValueError as error:
        raise BadInput(f"config key stimuli.{key}", f"{pattern} ({error})", "braces in pairs") from error
    for name in parsed:
        if name is not None and name not in PLACEHOLDERS:
            close = nearest(name, PLACEHOLDERS)
            expected = f"{{story}}, {{task}} or {{run}}; nearest is {{{close}}}"
            raise BadInput(f"config key stimuli.{key}", f"{{{name}}}", expected)
        if name is not None and values.get(name) is None:
            found = f"{{{name}}}, which {values.get('story')} does not have"
            raise BadInput(f"config key stimuli.{key}", found, f"a {name} of each story in dataset.stories")
    return pattern.format(**values)


def require_inside(pattern: str, key: str) -> None:
    """Raise where a pattern leads out of ``dataset.root``."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise BadInput(f"config key stimuli.{key}", pattern, "a path below dataset.root, such as stimuli/{story}.csv")


def describe_missing(root: str | Path, story: str, place: str | None = None) -> tuple[str, str]:
    """What lies near where a story has no alignment, and the places that were looked at."""
    known = place or PLACES.format(story=story)
    near = nearest_files(root, story)
    there = f"files that lie there: {listed(near)}" if near else "no file of words lies there"
    return f"no alignment under {Path(root) / 'stimuli' if not place else root} ({there})", known


def nearest_files(root: str | Path, story: str, most: int = 4) -> list[str]:
    """The files with words or texts whose names are most like a story's, under the root without its subjects."""
    paths = [path for path in _texts(Path(root)) if "sub-" not in path]
    shared = [path for path in paths if story.lower() in path.lower()]
    if shared:
        return sorted(shared)[:most]
    return sorted(paths, key=lambda path: -difflib.SequenceMatcher(None, story, Path(path).stem).ratio())[:most]


def _texts(root: Path) -> Iterator[str]:
    n_files = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(("sub-", ".")) and name != "code")
        for name in sorted(files):
            n_files += 1
            if Path(name).suffix.lower() in TEXTS and Path(folder) != root:
                yield str((Path(folder) / name).relative_to(root))
        if n_files > MOST_FILES:
            return


def _present(root: Path, inner: str) -> Path | None:
    """The path if a file or link is there, with its extension in any case."""
    path = root / inner
    if path.is_file() or path.is_symlink():
        return path
    names = os.listdir(path.parent) if path.parent.is_dir() else []
    return next((path.with_name(name) for name in names if name.lower() == path.name.lower()), None)


def _regex(pattern: str) -> re.Pattern:
    seen: Mapping[str, None] = {}
    parts = []
    for text, name, _, _ in Formatter().parse(pattern):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+?)")
            seen = {**seen, name: None}
    return re.compile("".join(parts), re.IGNORECASE)
