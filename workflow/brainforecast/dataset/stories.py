"""The stories that a config wants, and which runs are theirs: those of a task, one of them, or each as a part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from brainforecast.dataset.labels import LABEL, LONGEST, require_label, require_part
from brainforecast.dataset.scans import Scan, run_order
from brainforecast.errors import BadInput, nearest

KEYS = ("task", "run", "words", "section")


@dataclass(frozen=True)
class Choice:
    """A story of the config.

    Parameters
    ----------
    name : of the story, in paths and tables.
    task : of its runs.
    run : label of its run; None for every run of the task.
    words : its alignment under the root, a pattern as ``stimuli.words``; None for the usual place.
    section : the value in the column of sections whose rows are its words; None for all rows.
    part : its number among the parts of a story; None where it is none.
    is_cut : whether its words are those of the whole between the ends of the runs.
    """

    name: str
    task: str
    run: str | None = None
    words: str | None = None
    section: str | None = None
    part: int | None = None
    is_cut: bool = False

    def as_config(self) -> dict[str, str | None]:
        """The story as an entry of ``dataset.stories``."""
        return {"task": self.task, "run": self.run, "words": self.words, "section": self.section}

    def fits(self, scan: Scan) -> bool:
        """Whether a run is of this story; 1 and 01 are one run."""
        return scan.task == self.task and (self.run is None or run_order(scan.run)[0] == run_order(self.run)[0])


def read_choices(dataset: Mapping) -> dict[str, Choice]:
    """Read ``dataset.stories``; none where it leaves the stories open.

    Raises
    ------
    BadInput : a name that cannot stand in paths, a name twice, an unknown key, a run that is no label.
    """
    stories = dataset.get("stories") or []
    if isinstance(stories, Mapping):
        return {_name(name): _choice(name, value or {}) for name, value in stories.items()}
    names = [_name(story) for story in stories]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadInput("dataset.stories", f"{twice} twice", "each story once")
    return {name: Choice(name, name) for name in names}


def assign(scans: Sequence[Scan], choices: Mapping[str, Choice]) -> tuple[list[Scan], list[Scan]]:
    """Give each run its story: where the config names stories, the one that it fits, else its task.

    Returns
    -------
    assigned, others : runs of a story, and runs of none.

    Raises
    ------
    BadInput : a run that fits two stories, a run of a story that no subject has.
    """
    if not choices:
        return list(scans), []
    by_task: dict[str, list[Choice]] = {}
    for choice in choices.values():
        by_task.setdefault(choice.task, []).append(choice)
    assigned, others = [], []
    for scan in scans:
        fitting = [choice for choice in by_task.get(scan.task, ()) if choice.fits(scan)]
        if len(fitting) > 1:
            found = f"{scan.path.name} as a run of {fitting[0].name} and of {fitting[1].name}"
            raise BadInput("dataset.stories", found, "one story for each run")
        (assigned if fitting else others).append(replace(scan, story=fitting[0].name) if fitting else scan)
    _require_runs(assigned, scans, choices)
    return assigned, others


def require_name(story: str, where: object) -> None:
    """Raise where a story's name cannot stand in the paths of results."""
    if not LABEL.fullmatch(story) or len(story) > LONGEST:
        cleaned = "".join(LABEL.findall(story))[:LONGEST] or "story"
        expected = f"letters and digits; dataset.stories: {{{cleaned}: {{task: {story}}}}} gives it such a name"
        raise BadInput(where, f"the story {story}", expected)


def _name(story: object) -> str:
    require_label(f"dataset.stories {story}", "story", str(story))
    return str(story)


def _choice(name: str, value: object) -> Choice:
    where = f"dataset.stories {name}"
    if not isinstance(value, Mapping):
        raise BadInput(where, value, f"{{task: ..., run: ...}}, with keys {', '.join(KEYS)}")
    for key in value:
        if key not in KEYS:
            raise BadInput(f"{where}.{key}", "an unknown key", nearest(key, KEYS))
    given = {key: str(one) for key, one in value.items() if one is not None}
    run = given.get("run", "").removeprefix("run-") or None
    require_part(f"{where}.task", "task", given.get("task", str(name)))
    if run and not run.isalnum():
        raise BadInput(f"{where}.run", run, "the label of one run, such as 15")
    return Choice(str(name), given.get("task", str(name)), run, given.get("words"), given.get("section"))


def _require_runs(assigned: Sequence[Scan], scans: Sequence[Scan], choices: Mapping[str, Choice]) -> None:
    """A story by run that no subject has is a slip; one of a list is noted where it has no run."""
    found = {scan.story for scan in assigned}
    for choice in choices.values():
        if choice.name in found or (choice.run is None and choice.task == choice.name):
            continue
        runs = sorted({scan.run for scan in scans if scan.task == choice.task and scan.run}, key=run_order)
        where = f"dataset.stories {choice.name}"
        if choice.run and runs:
            raise BadInput(where, f"run {choice.run} of {choice.task}, which is not there", f"one of {', '.join(runs)}")
        tasks = {scan.task for scan in scans}
        if choice.task not in tasks:
            expected = f"a task of the runs; nearest is {nearest(choice.task, tasks)}"
            raise BadInput(where, f"no run of task {choice.task}", expected)
