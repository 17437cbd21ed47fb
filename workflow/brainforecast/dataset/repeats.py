"""Several runs of one story: a choice that the config has to make, repetitions, or the parts of the story."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from brainforecast.dataset.choices import setting
from brainforecast.dataset.notes import listed
from brainforecast.dataset.scans import Scan, run_order
from brainforecast.errors import BadInput

IDENTIFYING = {"sub", "task", "ses", "run", "hemi"}  # entities by which runs of a story differ without a choice
MANY = 3  # runs of a subject and story that are rarely repetitions


def require_one_choice(scans: Iterable[Scan], *, are_parts: bool) -> None:
    """Raise where runs of one subject and story differ in an entity that no key of the config has fixed.

    Parameters
    ----------
    are_parts : whether the runs are parts of their story; these may differ, as long as there is one of each part.
    """
    groups: dict[tuple, list[Scan]] = defaultdict(list)
    for scan in scans:
        of_part = (scan.session, scan.run) if are_parts else ()
        groups[scan.subject, scan.story, *of_part].append(scan)
    for (subject, story, *_), runs in groups.items():
        for key in sorted({key for scan in runs for key in scan.entities} - IDENTIFYING):
            values = {scan.entities.get(key): scan for scan in runs}
            if len(values) > 1:
                ordered = sorted(values, key=str)
                found = " and ".join(f"{key}-{value}" if value else f"no {key}-" for value in ordered)
                one = " or ".join(setting(key, value) for value in ordered)
                raise BadInput(f"runs of sub-{subject} {story}", f"{found} ({values[ordered[0]].path.name})", one)


def varying_notes(scans: Sequence[Scan]) -> list[str]:
    """Say in which entities the runs that are used differ between subjects or stories."""
    lines = []
    for key in sorted({key for scan in scans for key in scan.entities} - IDENTIFYING):
        counts = Counter(scan.entities.get(key) for scan in scans)
        if len(counts) > 1:
            each = ", ".join(f"{value or 'without it'} ({n})" for value, n in sorted(counts.items(), key=str))
            lines.append(f"the runs differ in {key}-: {each}")
    return lines


def why_repeated(scans: Sequence[Scan], which: str) -> Callable[[Scan], str | None]:
    """A function of a run: why it is not used, where a subject has several of one story; None where it is.

    Parameters
    ----------
    which : of the runs in order: ``first``, ``last`` or ``all``.
    """
    chosen = {}
    for key, runs in _by_story(scans).items():
        chosen[key] = runs if which == "all" else runs[:1] if which == "first" else runs[-1:]
    return lambda scan: None if scan in chosen[scan.subject, scan.story] else f"repeated run: the {which} is used"


def repeated_notes(scans: Sequence[Scan], which: str | None) -> list[str]:
    """Say which repeated runs are left out, and how the config can use them.

    Where the config chooses, only many runs of one subject are worth a line: they are rarely repetitions.

    Parameters
    ----------
    which : config ``dataset.repeated_runs``.
    """
    if which == "all":
        return []
    lines: dict[str, list[list[Scan]]] = defaultdict(list)
    for (_, story), runs in _by_story(scans).items():
        if len(runs) >= (2 if which is None else MANY):
            lines[story].append(runs)
    return [_repeated_note(story, groups, which or "last") for story, groups in lines.items()]


def as_parts(scans: Sequence[Scan]) -> tuple[list[Scan], dict[str, int]]:
    """Make the runs of a story, in order, its parts: part k of ``<story>`` is the story ``<story><k>``.

    Returns
    -------
    scans : in the order given, with their new stories.
    n_parts : of each story that has several runs.

    Raises
    ------
    BadInput : subjects with different numbers of runs of a story: which part is missing cannot be known.
    """
    runs, n_parts = _by_story(scans), {}
    for (_, story), own in runs.items():
        n_parts[story] = max(n_parts.get(story, 1), len(own))
    n_parts = {story: n for story, n in n_parts.items() if n > 1}
    for (subject, story), own in runs.items():
        if story in n_parts and len(own) != n_parts[story]:
            found = f"{len(own)} runs of {story} ({_labels(own)}) where others have {n_parts[story]}"
            expected = "as many parts; leave the subject out (dataset.exclusions), or name runs in dataset.stories"
            raise BadInput(f"dataset.repeated_runs: parts, sub-{subject}", found, expected)
    numbers = {id(scan): k for own in runs.values() for k, scan in enumerate(own, start=1)}
    parts = [
        replace(scan, story=f"{scan.story}{numbers[id(scan)]}") if scan.story in n_parts else scan for scan in scans
    ]
    return parts, n_parts


def parts_note(story: str, n_parts: int, scans: Sequence[Scan]) -> str:
    """Say which runs are the parts of a story, given all its runs."""
    labels = Counter(_labels(runs) for runs in _by_story(scans).values())
    parts = f"the runs of a subject, in order, are its {n_parts} parts, {story}1 to {story}{n_parts}"
    return f"{story}: {parts} (runs and number of subjects: {listed(labels)})"


def _by_story(scans: Iterable[Scan]) -> dict[tuple[str, str], list[Scan]]:
    groups: dict[tuple[str, str], list[Scan]] = {}
    for scan in sorted(scans, key=lambda scan: scan.order):
        groups.setdefault((scan.subject, scan.story), []).append(scan)
    return groups


def _repeated_note(story: str, groups: Sequence[Sequence[Scan]], which: str) -> str:
    left = [scan for runs in groups for scan in (runs[1:] if which == "first" else runs[:-1])]
    counts = Counter(_label(scan) for scan in left)
    done = f"{len(groups)} subject{'s' * (len(groups) > 1)} with several runs, of which the {which} is used"
    out = f"{len(left)} run{'s' * (len(left) > 1)} left out"
    parts = "if they are parts of one story, dataset.repeated_runs: parts, or a story for each in dataset.stories"
    each = f"({{task: {groups[0][0].task}, run: {groups[0][0].run or 1}}})"
    choice = "if they repeat it, dataset.repeated_runs: last, first or all"
    return f"{story}: {done}; {out}: {listed(counts)}; {parts} {each}; {choice}"


def _labels(runs: Sequence[Scan]) -> str:
    numbers = [run_order(scan.run)[0] for scan in runs]
    is_range = numbers == [*range(numbers[0], numbers[0] + len(runs))] and len({scan.session for scan in runs}) == 1
    return f"{_label(runs[0])} to {_label(runs[-1])}" if is_range else ", ".join(map(_label, runs))


def _label(scan: Scan) -> str:
    parts = [f"ses-{scan.session}"] * bool(scan.session) + [f"run-{scan.run}"] * bool(scan.run)
    return " ".join(parts) or "without a run-"
