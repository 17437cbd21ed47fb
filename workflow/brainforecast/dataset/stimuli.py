"""Alignments and transcripts of a dataset: those on disk, and those to download. No network is used."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from brainforecast.dataset.alignments import LOCATIONS, aligned_stories, find_alignment, find_transcript
from brainforecast.dataset.bids import read_tsv
from brainforecast.errors import BadInput, nearest

STORY = re.compile("|".join(re.escape(location).replace(r"\{story\}", "([^/]+)") for location in LOCATIONS))


@dataclass(frozen=True)
class Stimulus:
    """Paths of a story's alignment and transcript; `is_local` is false where the alignment has to be downloaded."""

    alignment: Path
    transcript: Path | None
    is_local: bool


def find_stimuli(dataset: Mapping, tasks: Collection[str], folder: str | Path) -> dict[str, Stimulus]:
    """Find the stories that have an alignment, on disk or to download, in the order of ``dataset.stories``.

    Without ``dataset.stories``, all of them in alphabetical order. With ``dataset.url``, what ``dataset.root`` lacks is
    downloaded: for stories that the config names, and for those whose alignment is in the table of checksums or has a
    git-annex link. A file keeps its download path once it is there, so that the plan is the same before and after.

    Parameters
    ----------
    tasks : stories of the runs, on disk or listed; the stimuli of other stories are not downloaded.
    folder : for downloads, as ``<folder>/stimuli/...``.
    """
    root = Path(dataset["root"])
    listed = _listed_stimuli(dataset)
    stories = sorted({*aligned_stories(root), *(story for path in listed if (story := _story_of(path)))})
    for story in dataset.get("stories") or ():
        if story not in stories and not (dataset.get("url") and story in tasks):
            found = f"no alignment under {root}/stimuli"
            expected = f"an aligned story; nearest is {nearest(story, stories)}"
            raise BadInput(f"dataset.stories {story}", found, expected)
    return {story: _find(root, story, listed, Path(folder)) for story in dataset.get("stories") or stories}


def find_audio(root: str | Path, story: str) -> str:
    """The audio of a story, ``stimuli/<story>/audio.wav``.

    Raises
    ------
    BadInput : no such file; one in another format.
    """
    stem = Path(root) / "stimuli" / story / "audio"
    found = sorted(path for path in stem.parent.glob("audio.*") if path.is_file())
    waves = [path for path in found if path.suffix.lower() == ".wav"]
    if waves:
        return str(waves[0])
    if found:
        raise BadInput(found[0], f"audio in the format {found[0].suffix}", f"{stem}.wav: convert it to WAV")
    raise BadInput(f"{stem}.wav", "no audio", "the story's audio, or encoding.lexical without envelope")


def _listed_stimuli(dataset: Mapping) -> set[str]:
    """Paths in the table of checksums, and stimuli that are git-annex links; none without ``dataset.url``."""
    if not dataset.get("url"):
        return set()
    root = Path(dataset["root"])
    rows = read_tsv(root / dataset["checksums"], ["path"]) if dataset.get("checksums") else []
    links = [path for path in (root / "stimuli").glob("**/*") if path.is_symlink() and not path.exists()]
    return {row["path"] for row in rows} | {str(path.relative_to(root)) for path in links}


def _story_of(path: str) -> str | None:
    match = STORY.fullmatch(path)
    return match and next(filter(None, match.groups()))


def _find(root: Path, story: str, listed: Collection[str], folder: Path) -> Stimulus:
    alignment = find_alignment(root, story)
    if alignment:
        inner = _transcript(str(alignment.relative_to(root)))
        download = folder / inner if inner in listed else None
        return Stimulus(alignment, find_transcript(alignment) or download, True)
    paths = [location.format(story=story) for location in LOCATIONS]
    path = next((path for path in paths if path in listed), paths[0])
    inner = _transcript(path)
    is_here = inner and (root / inner).is_file()
    return Stimulus(folder / path, (root if is_here else folder) / inner if inner else None, False)


def _transcript(alignment: str) -> str | None:
    """Path of the transcript of a Gentle alignment, which needs one; other formats have none."""
    return str(Path(alignment).with_name("transcript.txt")) if alignment.endswith(".csv") else None
