"""Alignments and transcripts of a dataset: those on disk, and those that are still to be fetched.

Standard library only, and no network: `plan` reads this each time the Snakefile is read.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.alignments import LOCATIONS, aligned_stories, find_alignment, find_transcript
from brainforecast.dataset.bids import read_tsv
from brainforecast.errors import BadInput, nearest

STORY = re.compile("|".join(re.escape(place).replace(r"\{story\}", "([^/]+)") for place in LOCATIONS))


@dataclass(frozen=True)
class Stimulus:
    """Where the alignment and the transcript of a story are or will be; `is_local` tells it of the alignment."""

    alignment: Path
    transcript: Path | None
    is_local: bool


def find_stimuli(dataset: Mapping, tasks: Collection[str], folder: str | Path) -> dict[str, Stimulus]:
    """Stories that have an alignment or can be given one, in the order of ``dataset.stories``, else of the alphabet.

    With ``dataset.url``, what ``dataset.root`` lacks is fetched: of stories that the config names, and of those whose
    alignment the table of checksums or a link of git-annex tells of. What was fetched stays a file to fetch, so that
    the plan is the same before and after.

    Parameters
    ----------
    tasks : names of the runs, on disk or listed; a story that is none of them is fetched by no one.
    folder : where fetched files go, as ``<folder>/stimuli/...``.
    """
    root = Path(dataset["root"])
    told = _told(dataset)
    known = sorted({*aligned_stories(root), *(story for path in told if (story := _story_of(path)))})
    for story in dataset.get("stories") or ():
        if story not in known and not (dataset.get("url") and story in tasks):
            found = f"no alignment under {root}/stimuli"
            expected = f"an aligned story; nearest is {nearest(story, known)}"
            raise BadInput(f"dataset.stories {story}", found, expected)
    return {story: _find(root, story, told, Path(folder)) for story in dataset.get("stories") or known}


def _find(root: Path, story: str, told: Collection[str], folder: Path) -> Stimulus:
    alignment = find_alignment(root, story)
    if alignment:
        inner = _transcript(str(alignment.relative_to(root)))
        fetched = folder / inner if inner in told else None
        return Stimulus(alignment, find_transcript(alignment) or fetched, True)
    places = [place.format(story=story) for place in LOCATIONS]
    place = next((place for place in places if place in told), places[0])
    inner = _transcript(place)
    here = inner and (root / inner).is_file()
    return Stimulus(folder / place, (root if here else folder) / inner if inner else None, False)


def _told(dataset: Mapping) -> set[str]:
    """Stimuli that the table of checksums or a link of git-annex tells of; none without ``dataset.url``."""
    if not dataset.get("url"):
        return set()
    root = Path(dataset["root"])
    rows = read_tsv(root / dataset["checksums"], ["path"]) if dataset.get("checksums") else []
    links = [path for path in (root / "stimuli").glob("**/*") if path.is_symlink() and not path.exists()]
    return {row["path"] for row in rows} | {str(path.relative_to(root)) for path in links}


def _story_of(path: str) -> str | None:
    match = STORY.fullmatch(path)
    return match and next(filter(None, match.groups()))


def _transcript(alignment: str) -> str | None:
    """Path of the transcript of an alignment made by Gentle, which needs one; other kinds have none."""
    return str(Path(alignment).with_name("transcript.txt")) if alignment.endswith(".csv") else None
