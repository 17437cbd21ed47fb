"""TextGrids written by tests."""

from collections.abc import Iterable, Mapping

Rows = Iterable[tuple[object, object, str]]


def textgrid(tiers: Mapping[str, Rows] | Iterable[tuple[str, Rows]], *, is_short: bool = False) -> str:
    """A TextGrid of interval tiers, each a list of (start, end, label), in the long or the short format."""
    tiers = list(tiers.items() if isinstance(tiers, Mapping) else tiers)
    own = [list(rows) for _, rows in tiers]
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    if is_short:
        lines += ["0", "99", "<exists>", str(len(tiers))]
        for (name, _), rows in zip(tiers, own, strict=True):
            lines += ['"IntervalTier"', f'"{name}"', "0", "99", str(len(rows))]
            lines += [line for start, end, label in rows for line in (f"{start}", f"{end}", _quoted(label))]
        return "\n".join(lines)
    lines += ["xmin = 0 ", "xmax = 99 ", "tiers? <exists> ", f"size = {len(tiers)} ", "item []: "]
    for number, ((name, _), rows) in enumerate(zip(tiers, own, strict=True), start=1):
        lines += [f"    item [{number}]:", '        class = "IntervalTier" ', f'        name = "{name}" ']
        lines += ["        xmin = 0 ", "        xmax = 99 ", f"        intervals: size = {len(rows)} "]
        for index, (start, end, label) in enumerate(rows, start=1):
            lines += [f"        intervals [{index}]:", f"            xmin = {start} ", f"            xmax = {end} "]
            lines += [f"            text = {_quoted(label)} "]
    return "\n".join(lines)


def _quoted(label: str) -> str:
    return '"' + label.replace('"', '""') + '"'
