"""Alignments, transcripts and audio of a dataset: those on disk, and those to download. No network is used."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brainforecast.dataset.alignment_files import (
    LOCATIONS,
    aligned_stories,
    describe_missing,
    fill_pattern,
    find_alignment,
    find_transcript,
    is_gentle,
    story_of,
)
from brainforecast.dataset.alignment_rows import AlignmentOptions
from brainforecast.dataset.bids import read_tsv
from brainforecast.dataset.pointers import pointer_of
from brainforecast.errors import BadInput, nearest

DEFAULT = AlignmentOptions()


@dataclass(frozen=True)
class Stimulus:
    """Paths of a story's alignment and transcript; `is_local` is false where the alignment has to be downloaded.

    options : how the alignment is read.
    """

    alignment: Path
    transcript: Path | None
    is_local: bool
    options: AlignmentOptions = DEFAULT


def find_stimuli(
    dataset: Mapping,
    tasks: Collection[str],
    folder: str | Path,
    stimuli: Mapping | None = None,
    stories: Mapping[str, Mapping] | None = None,
) -> dict[str, Stimulus]:
    """Find the stories that have an alignment, on disk or to download, in the order of ``dataset.stories``.

    Without ``dataset.stories``, all of them in alphabetical order. With ``dataset.url``, what ``dataset.root`` lacks is
    downloaded: for stories that the config names, and for those whose alignment is in the table of checksums or has a
    git-annex link. A file keeps its download path once it is there, so that the plan is the same before and after.

    Parameters
    ----------
    tasks : of the runs, on disk or listed; the stimuli of other stories are not downloaded.
    folder : for downloads, as ``<folder>/stimuli/...``.
    stimuli : the config's section of that name; None for the known places.
    stories : in place of ``dataset.stories``: by name, task, run, words and section of each. Where a story has no
        alignment of its own, it has that of its task.

    Raises
    ------
    BadInput : a story of the config without alignment, or runs of which none has one; several alignments of one story;
        a pointer in place of a file; no transcript where config has a pattern for it.
    """
    finder = _Finder(dataset, stimuli or {}, Path(folder))
    named = {name: (spec or {}) for name, spec in _named(stories or dataset.get("stories")).items()}
    for story, spec in named.items():
        is_fetched = dataset.get("url") and spec.get("task", story) in tasks
        if not is_fetched and not finder.is_listed(story, spec) and finder.local(story, spec) is None:
            finder.report_missing(f"dataset.stories {story}", story, spec)
    found = named or {story: {} for story in finder.stories}
    if tasks and not named and not found.keys() & set(tasks):
        story = min(tasks)
        finder.report_missing(f"alignment of {story}", story, {})
    return {story: finder.find(story, spec, tasks) for story, spec in found.items()}


def find_audio(root: str | Path, story: str, pattern: str | None = None) -> str:
    """The audio of a story, ``stimuli/<story>/audio.wav`` or where config ``stimuli.audio`` says.

    Raises
    ------
    BadInput : no such file; one in another format, or a pointer.
    """
    if pattern:
        path = Path(root) / fill_pattern(pattern, "audio", story=story, task=story)
        found = [path] if path.is_file() or path.is_symlink() else []
        stem = path.with_suffix("")
    else:
        stem = Path(root) / "stimuli" / story / "audio"
        found = sorted(path for path in stem.parent.glob("audio.*") if path.is_file() or path.is_symlink())
    waves = [path for path in found if path.suffix.lower() == ".wav"]
    if waves:
        return str(_content(waves[0], "audio"))
    if found:
        raise BadInput(found[0], f"audio in the format {found[0].suffix}", f"{stem}.wav: convert it to WAV")
    expected = "the story's audio, or analyses without speech models and encoding.lexical without envelope"
    raise BadInput(f"{stem}.wav", "no audio", expected)


@dataclass(frozen=True)
class _Finder:
    """Where config and disk have the files of stories; `spec` is a story's entry in ``dataset.stories``."""

    dataset: Mapping
    stimuli: Mapping
    folder: Path

    @property
    def root(self) -> Path:
        return Path(self.dataset["root"])

    @cached_property
    def listed(self) -> set[str]:
        """Paths in the table of checksums, and stimuli that are git-annex links; none without ``dataset.url``."""
        if not self.dataset.get("url"):
            return set()
        checksums = self.dataset.get("checksums")
        rows = read_tsv(self.root / checksums, ["path"]) if checksums else []
        links = [path for path in (self.root / "stimuli").glob("**/*") if path.is_symlink() and not path.exists()]
        return {row["path"] for row in rows} | {str(path.relative_to(self.root)) for path in links}

    @cached_property
    def stories(self) -> list[str]:
        """Every story with an alignment, on disk or listed."""
        pattern = self.stimuli.get("words")
        listed = (story_of(path, pattern) for path in self.listed)
        return sorted({*aligned_stories(self.root, pattern), *filter(None, listed)})

    def local(self, story: str, spec: Mapping) -> Path | None:
        names = [story] if self._pattern(spec) else dict.fromkeys((story, spec.get("task") or story))
        found = (find_alignment(self.root, name, self._pattern(spec), **_values(story, spec)) for name in names)
        return next(filter(None, found), None)

    def is_listed(self, story: str, spec: Mapping) -> bool:
        return bool(self.listed & set(self._places(story, spec)))

    def find(self, story: str, spec: Mapping, tasks: Collection[str]) -> Stimulus:
        options = AlignmentOptions.from_config(self.stimuli, spec.get("section"))
        alignment, listed = self.local(story, spec), self.listed
        if alignment and (alignment.exists() or not self.dataset.get("url")):
            if spec.get("task", story) in tasks:
                _content(alignment, "an alignment")
            return Stimulus(alignment, self._transcript(story, spec, alignment, listed), True, options)
        places = self._places(story, spec)
        path = next((path for path in places if path in listed), places[0])
        inner = self._transcript_place(story, spec, path)
        is_here = inner and (self.root / inner).is_file()
        transcript = (self.root if is_here else self.folder) / inner if inner else None
        return Stimulus(self.folder / path, transcript, False, options)

    def report_missing(self, where: str, story: str, spec: Mapping) -> None:
        pattern = self._pattern(spec)
        if pattern and "{" not in pattern and find_alignment(self.root, story, pattern):
            found = f"{pattern}, one file for every story"
            raise BadInput("config key stimuli.words", found, f"{{story}} in it, or dataset.stories: [{story}]")
        found, places = describe_missing(self.root, story, self._places(story, spec)[0] if pattern else None)
        close = f"; of the aligned stories, nearest is {nearest(story, self.stories)}" if self.stories else ""
        other = "" if pattern else ", or another place in stimuli.words"
        raise BadInput(where, found, f"{places}{other}{close}")

    def _pattern(self, spec: Mapping) -> str | None:
        return spec.get("words") or self.stimuli.get("words")

    def _places(self, story: str, spec: Mapping) -> list[str]:
        pattern = self._pattern(spec)
        if pattern:
            return [fill_pattern(pattern, "words", story=story, **_values(story, spec))]
        names = dict.fromkeys((story, spec.get("task") or story))
        return [location.format(story=name) for name in names for location in LOCATIONS]

    def _transcript(self, story: str, spec: Mapping, alignment: Path, listed: Collection[str]) -> Path | None:
        inner = self._transcript_place(story, spec, str(alignment.relative_to(self.root)))
        path = self.root / inner if self.stimuli.get("transcript") else find_transcript(alignment)
        if path and path.exists():
            return _content(path, "a transcript")
        if inner in listed or (path and path.is_symlink() and self.dataset.get("url")):
            return self.folder / inner
        if path and not path.is_symlink():
            raise BadInput(path, "no transcript", "the text of the story, or stimuli.transcript: null")
        return _content(path, "a transcript") if path else None

    def _transcript_place(self, story: str, spec: Mapping, alignment: str) -> str | None:
        """Path of the transcript: where config says, or beside a Gentle alignment, which needs one."""
        pattern = self.stimuli.get("transcript")
        if pattern:
            return fill_pattern(pattern, "transcript", story=story, **_values(story, spec))
        return str(Path(alignment).with_name("transcript.txt")) if is_gentle(alignment) else None


def _named(stories: object) -> dict[str, Mapping | None]:
    """The stories of the config: a list of names, or a mapping from a name to what is read for it."""
    return dict(stories) if isinstance(stories, Mapping) else dict.fromkeys(stories or (), None)


def _values(story: str, spec: Mapping) -> dict[str, str | None]:
    run = spec.get("run")
    return {"task": spec.get("task") or story, "run": None if run is None else str(run)}


def _content(path: Path, expected: str) -> Path:
    """The path, of a file whose content is here."""
    pointer = pointer_of(path)
    if pointer:
        raise BadInput(path, pointer, expected)
    return path
