"""The files of a config as they were written: keys given twice, how a value is spelled, what a second file changes."""

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from brainforecast.errors import BadInput

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times faster
MOST_KEYS = 8  # that a sentence lists
LARGEST = 2**22  # bytes
MOST_VALUES, DEEPEST = 100_000, 50  # of a config: values, and sections inside each other


class ConfigFiles:
    """Config files in the order in which Snakemake merges them.

    Parameters
    ----------
    paths : of YAML or JSON. A file that cannot be read is passed over: Snakemake has reported it.
    """

    def __init__(self, paths: Sequence[str | Path] = ()):
        self.paths = [Path(path) for path in paths]
        self._nodes: dict[Path, yaml.Node] = {}
        self._faults: list[BadInput] = []
        for path in self.paths:
            try:
                text = _read(path)
                self._nodes |= {path: node} if text and (node := yaml.compose(text, LOADER)) else {}
            except (OSError, UnicodeDecodeError, yaml.YAMLError):
                continue
            except BadInput as error:
                self._faults.append(error)

    def check_keys(self) -> None:
        """Check that the files are no larger than a config is, and that no section has a key twice.

        YAML would keep the last and drop the first.

        Raises
        ------
        BadInput : the line of the second one; a file of too many values, which a few anchors can stand for.
        """
        for fault in self._faults:
            raise fault
        for path, node in self._nodes.items():
            for keys, second, first in _repeated(node, ()):
                found = f"{'.'.join(keys)} a second time (the first is in line {first})"
                raise BadInput(f"{path} line {second}", found, "each key once in a section")

    def spelling(self, keys: Sequence[str | int], value: object) -> str | None:
        """How a value is written in the last file that has it, such as ``010`` for 8; None if no file has it.

        Parameters
        ----------
        keys : from the top of the config to the value, a position for an entry of a list.
        value : as it was read; a file that has another one there, as with ``--config``, does not count.
        """
        for node in reversed(self._nodes.values()):
            found = _descend(node, keys)
            if isinstance(found, yaml.ScalarNode) and _same(_construct(found), value):
                return found.value
        return None

    def merged(self) -> str | None:
        """What the files after the first change, in a sentence; None where there is one file, or none."""
        if len(self.paths) < 2:
            return None
        names, changes = [os.path.relpath(path) for path in self.paths], []
        config = _construct(self._nodes.get(self.paths[0]))
        for name, path in zip(names[1:], self.paths[1:], strict=True):
            changed = list(_changed(config, new := _construct(self._nodes.get(path)), ()))
            changes.append(f"{name} changes {_listed(changed)}")
            config = _merge(config, new)
        return f"the config is merged from {' and '.join(names)}: {'; '.join(changes)}"


def _read(path: Path) -> str:
    """The text of a file that is no larger than a config is, also where its anchors are replaced by what they name."""
    if path.stat().st_size > LARGEST:
        raise BadInput(path, f"{path.stat().st_size:,} bytes", f"a config, of at most {LARGEST:,}")
    text = path.read_text(encoding="utf-8")
    sizes: dict[str | None, int] = {}
    inside: list[tuple[str | None, int]] = []  # anchor of each section around, and values in the file before it
    n_values = 0
    for event in yaml.parse(text, LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = inside.pop()
            sizes[anchor] = n_values - before
        elif isinstance(event, yaml.CollectionStartEvent):
            inside.append((event.anchor, n_values))
            n_values += 1
        elif isinstance(event, yaml.ScalarEvent):
            n_values += 1
            sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in inside):
                where = f"{path} line {event.start_mark.line + 1}"
                raise BadInput(where, f"*{event.anchor} inside &{event.anchor}", "a section that does not hold itself")
            n_values += sizes.get(event.anchor, 1)
        if n_values > MOST_VALUES or len(inside) > DEEPEST:
            where = f"{path} line {event.start_mark.line + 1}"
            found = "sections inside each other" if len(inside) > DEEPEST else "values, with what anchors (&) repeat"
            most = DEEPEST if len(inside) > DEEPEST else MOST_VALUES
            raise BadInput(where, f"more than {most:,} {found}", "a config")
    return text


def _construct(node: yaml.Node | None) -> object:
    if node is None:
        return {}
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.YAMLError:
        return {}
    finally:
        loader.dispose()


def _same(first: object, second: object) -> bool:
    both_nan = isinstance(first, float) and isinstance(second, float) and math.isnan(first) and math.isnan(second)
    return both_nan or (type(first), first) == (type(second), second)


def _repeated(node: yaml.Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Keys given twice: the path of each, the line of the second and that of the first."""
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _repeated(child, (*keys, str(index)))
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, child in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                yield (*keys, name), line, lines[name]
            lines[name] = line
            yield from _repeated(child, (*keys, name))


def _descend(node: yaml.Node | None, keys: Sequence[str | int]) -> yaml.Node | None:
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            node = next((child for name, child in node.value if name.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        else:
            return None
    return node


def _changed(old: object, new: object, keys: tuple[str, ...]) -> Iterator[str]:
    """Paths of the keys that both have, with another value in the new one."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in new:
            if key in old:
                yield from _changed(old[key], new[key], (*keys, str(key)))
    elif old != new:
        yield ".".join(keys)


def _listed(keys: Sequence[str]) -> str:
    """The keys or, of many, how many there are in each section."""
    if len(keys) <= MOST_KEYS:
        return ", ".join(keys) or "no key that was there before"
    counts = Counter(key.partition(".")[0] for key in keys)
    return ", ".join(f"{n} {'keys' if n > 1 else 'key'} of {section}" for section, n in counts.items())


def _merge(old: object, new: object) -> object:
    """Two configs merged as Snakemake does it: section by section, the second wins."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _merge(old[key], value) if key in old else value for key, value in new.items()}}
