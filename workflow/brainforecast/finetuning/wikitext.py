"""Articles of a Wikipedia dump as plain text: prose only, without tables, references, pictures and lists."""

import bz2
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from brainforecast.errors import BadInput

NOT_PROSE = re.compile(  # where it starts; the name of a tag
    r"<!--|<(ref|math|gallery|source|code|timeline|table|score|imagemap|blockquote)\b|<ref", re.IGNORECASE
)
BLOCK, LARGEST_PAGE = 2**16, 2**25  # bytes; Wikipedia takes pages of up to 2**21
DEEPEST = 100  # templates inside each other, as in MediaWiki
TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
TABLE = re.compile(r"\{\|(?:(?!\{\||\|\}).)*\|\}", re.DOTALL)
LINK = re.compile(r"\[\[([^\[\]]*)\]\]")
EXTERNAL_LINK = re.compile(r"\[(?:https?|ftp)?:?//[^\s\]]*+\s*+([^\]]*+)\]")
TAG = re.compile(r"<[^<>]*>")
NOT_A_SENTENCE = re.compile(r"^[*#:;|!{}=_].*$", re.MULTILINE)  # items of lists, rows of tables, headings
NAMESPACE = re.compile(r"(?:File|Image|Category|[a-z]{2,3}):", re.IGNORECASE)


def read_articles(path_to_dump: str | Path) -> Iterator[str]:
    """Yield the text of each article of a dump (.xml or .xml.bz2); redirects and other pages are skipped.

    Raises
    ------
    BadInput : the file is missing, or is not a dump; a page without an end.
    """
    opened = bz2.open if str(path_to_dump).endswith(".bz2") else open
    try:
        with opened(path_to_dump, "rb") as file:
            for page in _pages(path_to_dump, file):
                text = _article(page)
                if text:
                    yield text
                page.clear()  # a dump does not fit in memory
    except (OSError, EOFError, ElementTree.ParseError) as error:
        raise BadInput(path_to_dump, f"a file that cannot be read ({error})", "a Wikipedia dump") from error


def _pages(path: str | Path, file: BinaryIO) -> Iterator[ElementTree.Element]:
    """Yield the pages of a dump, each of which ends before the next `LARGEST_PAGE` bytes do."""
    parser, n_bytes, block = ElementTree.XMLPullParser(), 0, file.read(BLOCK)
    if b"<!DOCTYPE" in block:
        raise BadInput(path, "a document type, which may define entities", "a Wikipedia dump")
    while True:
        parser.feed(block) if block else parser.close()
        for _, element in parser.read_events():
            if element.tag.endswith("}page") or element.tag == "page":
                n_bytes = 0
                yield element
        if not block:
            return
        n_bytes, block = n_bytes + len(block), file.read(BLOCK)
        if n_bytes > LARGEST_PAGE:
            raise BadInput(path, f"{n_bytes:,} bytes without the end of a page", "a Wikipedia dump")


def plain_text(markup: str) -> str:
    """Extract the prose of an article: its paragraphs, one per line."""
    text = _without_elements(markup)
    text = _until_stable(TABLE, "", _until_stable(TEMPLATE, "", text))
    text = _until_stable(LINK, _shown, text)
    end = text.rfind("]") + 1  # of the last link: without one, each start of a link would be sought an end to the end
    text = EXTERNAL_LINK.sub(r"\1", text[:end]) + text[end:]
    text = NOT_A_SENTENCE.sub("", TAG.sub("", text)).replace("'''", "").replace("''", "")
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return "\n".join(line for line in lines if line)


def _article(page: ElementTree.Element) -> str:
    """The prose of a page; empty for a redirect or a page that is not an article."""
    parts = {element.tag.rpartition("}")[2]: element.text or "" for element in page.iter()}
    return plain_text(parts.get("text", "")) if parts.get("ns") == "0" and "redirect" not in parts else ""


def _without_elements(markup: str) -> str:
    """A text without comments, and without what its elements that are no prose hold, in one pass."""
    kept, at, ends = [], 0, {}

    def end_of(pattern: str, start: int) -> int:
        """Where the next match from `start` on ends, which is kept for the next search; -1 without one."""
        found = ends.get(pattern)
        if found is None or 0 <= found[0] < start:
            match = re.compile(pattern, re.IGNORECASE).search(markup, start)
            found = ends[pattern] = match.span() if match else (-1, -1)
        return found[1]

    while match := NOT_PROSE.search(markup, at):
        end = -1
        if match[0] == "<!--":
            end = end_of("-->", match.end())
        elif match[0].lower() == "<ref" and (closed := end_of(">", match.end())) > 0:
            end = closed if markup[closed - 2] == "/" and closed - 2 >= match.end() else -1  # <ref name="a"/>
        if end < 0 and match[1]:
            end = end_of(f"</{match[1].lower()}>", match.end())
        kept.append(markup[at : match.start() if end > 0 else match.start() + 1])
        at = end if end > 0 else match.start() + 1
    return "".join(kept) + markup[at:]


def _until_stable(pattern: re.Pattern, replacement, text: str) -> str:
    """Replace from the inside out, up to `DEEPEST` times: templates, tables and links can be nested."""
    for _ in range(DEEPEST):
        before, text = text, pattern.sub(replacement, text)
        if text == before:
            break
    return text


def _shown(link: re.Match) -> str:
    """The visible text of a link; empty for a picture or a category."""
    return "" if NAMESPACE.match(link[1]) else link[1].rpartition("|")[2]
