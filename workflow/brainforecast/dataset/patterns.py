"""Runs that have no BIDS names, found by a pattern: ``derivative/preprocessed_data/{subject}/{story}.hf5``."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from brainforecast.dataset.formats import FORMATS, format_of
from brainforecast.dataset.layout import Layout
from brainforecast.dataset.scans import Scan
from brainforecast.errors import BadInput, nearest

LABEL, ANY = "[A-Za-z0-9]+", "[^/]+?"
FIELDS = {"subject": LABEL, "story": ANY, "session": LABEL, "run": LABEL, "hemi": "L|R|lh|rh|left|right"}
HEMISPHERES = {"l": "L", "r": "R"}  # by the first letter of a hemisphere's name


def find_by_pattern(dataset: Mapping, layout: Layout, stories: list[str], subjects: list[str]) -> list[Scan]:
    """Find the runs by ``dataset.files``; subjects are with or without ``sub-`` there.

    Parameters
    ----------
    stories, subjects : those that the config can mean; where the pattern has no field for them, there must be one.

    Raises
    ------
    BadInput : an unknown field, a field that is missing, two files of one run, no file at all.
    """
    pattern, hemispheres = dataset["files"], FORMATS[dataset["response"]].hemispheres
    fields = _require_fields(pattern, hemispheres)
    constant = {
        "subject": _only(pattern, "subject", fields, subjects, "dataset.subjects"),
        "story": _only(pattern, "story", fields, stories, "dataset.stories"),
    }
    runs: dict[tuple, dict[str | None, Path]] = {}
    for path, found in _matches(layout.runs, pattern.split("/"), {}):
        values = {**constant, **found}
        hemi = HEMISPHERES[values["hemi"][0].lower()] if "hemi" in fields else None
        key = (values["subject"], values.get("session"), values["story"], values.get("run"))
        paths = runs.setdefault(key, {})
        if hemi in paths:
            raise BadInput(path, f"a second file of the same run, beside {paths[hemi]}", "one file of each run")
        paths[hemi] = path
    if not runs:
        raise BadInput("dataset.files", f"no file {layout.runs / pattern}", _nearest_file(layout.runs, pattern))
    return [_scan(layout, *key, paths) for key, paths in sorted(runs.items(), key=str)]


def _require_fields(pattern: str, hemispheres: tuple) -> set[str]:
    try:
        parsed = [field for _, field, _, _ in Formatter().parse(pattern) if field is not None]
    except ValueError as error:
        raise BadInput("dataset.files", f"{pattern} ({error})", "braces in pairs, around names of fields") from error
    for field in parsed:
        if field not in FIELDS:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            expected = f"fields {known}; nearest is {{{nearest(field, FIELDS)}}}"
            raise BadInput("dataset.files", f"{{{field}}} in {pattern}", expected)
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise BadInput("dataset.files", pattern, "a path below dataset.derivatives or, without it, dataset.root")
    if len(hemispheres) > 1 and "hemi" not in parsed:
        raise BadInput("dataset.files", f"{pattern}, without {{hemi}}", "a field {hemi}: surfaces have a file of each")
    return set(parsed)


def _only(pattern: str, field: str, fields: set[str], known: list[str], key: str) -> str | None:
    """The one value of a field that the pattern does not have; None where it has it."""
    if field in fields:
        return None
    if len(known) != 1:
        expected = f"{{{field}}} in it, or a single one in {key}"
        raise BadInput("dataset.files", f"{pattern}, without {{{field}}}, for {len(known)} of them", expected)
    return known[0]


def _matches(folder: Path, segments: list[str], values: Mapping[str, str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Files that fit the rest of a pattern, with the values of all its fields."""
    segment, rest = segments[0], segments[1:]
    expression = _expression(segment, values)
    # a link that leads nowhere is a run too: its content is missing, which is reported later
    names = [segment] if "{" not in segment else sorted(os.listdir(folder)) if folder.is_dir() else []
    for name in names:
        match = expression.fullmatch(name)
        if not match:
            continue
        found, path = {**values, **match.groupdict()}, folder / name
        if not rest and (path.is_file() or path.is_symlink()):
            yield path, {key: value.removeprefix("sub-") if key == "subject" else value for key, value in found.items()}
        elif rest and path.is_dir():
            yield from _matches(path, rest, found)


def _expression(segment: str, values: Mapping[str, str]) -> re.Pattern:
    """A folder's or file's name as a regular expression; a field that has its value already stands for that."""
    known, parts = set(values), []
    for literal, field, _, _ in Formatter().parse(segment):
        parts.append(re.escape(literal))
        if field in values:
            parts.append(re.escape(values[field]))
        elif field in known:
            parts.append(f"(?P={field})")
        elif field is not None:
            prefix = "(?:sub-)?" if field == "subject" else ""
            parts.append(f"(?P<{field}>{prefix}(?:{FIELDS[field]}))")
            known.add(field)
    return re.compile("".join(parts))


def _scan(
    layout: Layout, subject: str, session: str | None, story: str, run: str | None, paths: dict[str | None, Path]
) -> Scan:
    entities = {"sub": subject, "ses": session, "task": story, "run": run}
    entities = {key: value for key, value in entities.items() if value}
    # a BIDS name has letters and digits only, so that the raw run of my_story is task-mystory
    name = "_".join(f"{key}-{re.sub('[^A-Za-z0-9]', '', value)}" for key, value in entities.items())
    folder = layout.runs / f"sub-{subject}" / (f"ses-{session}" if session else "") / "func"
    extension = format_of(next(iter(paths.values()))) or FORMATS["matrix"]
    return Scan(subject, story, run, entities, paths, folder / f"{name}_bold.{extension.extension}")


def _nearest_file(folder: Path, pattern: str) -> str:
    """What lies where the pattern stops to fit."""
    for segment in pattern.split("/"):
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        fitting = [name for name in names if _expression(segment, {}).fullmatch(name)]
        if not fitting:
            closest = nearest(segment, names) if names else "nothing"
            return f"a file that fits the pattern; in {folder}, nearest to {segment} is {closest}"
        folder /= fitting[0]
    return "a file that fits the pattern"
