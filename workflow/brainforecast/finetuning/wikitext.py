"""Articles of a Wikipedia dump as plain text: prose only, without tables, references, pictures and lists."""

import bz2
import html
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from brainforecast.errors import BadInput

NOT_PROSE = re.compile(
    r"<!--.*?-->|<ref[^>]*/>"
    r"|<(ref|math|gallery|source|code|timeline|table|score|imagemap|blockquote)\b.*?</\1>",
    re.DOTALL | re.IGNORECASE,
)
TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
TABLE = re.compile(r"\{\|(?:(?!\{\||\|\}).)*\|\}", re.DOTALL)
LINK = re.compile(r"\[\[([^\[\]]*)\]\]")
EXTERNAL_LINK = re.compile(r"\[(?:https?|ftp)?:?//[^\s\]]*\s*([^\]]*)\]")
TAG = re.compile(r"<[^<>]*>")
NOT_A_SENTENCE = re.compile(r"^[*#:;|!{}=_].*$", re.MULTILINE)  # items of lists, rows of tables, headings
NAMESPACE = re.compile(r"(?:File|Image|Category|[a-z]{2,3}):", re.IGNORECASE)


def read_articles(path_to_dump: str | Path) -> Iterator[str]:
    """Yield the text of each article of a dump (.xml or .xml.bz2); redirects and other pages are skipped.

    Raises
    ------
    BadInput : the file is missing, or is not a dump.
    """
    opened = bz2.open if str(path_to_dump).endswith(".bz2") else open
    try:
        with opened(path_to_dump, "rb") as file:
            for _, page in ElementTree.iterparse(file):
                if page.tag.endswith("}page") or page.tag == "page":
                    text = _article(page)
                    if text:
                        yield text
                    page.clear()  # a dump does not fit in memory
    except (OSError, EOFError, ElementTree.ParseError) as error:
        raise BadInput(path_to_dump, f"a file that cannot be read ({error})", "a Wikipedia dump") from error


def plain_text(markup: str) -> str:
    """Extract the prose of an article: its paragraphs, one per line."""
    text = NOT_PROSE.sub("", markup)
    text = _until_stable(TABLE, "", _until_stable(TEMPLATE, "", text))
    text = EXTERNAL_LINK.sub(r"\1", _until_stable(LINK, _shown, text))
    text = NOT_A_SENTENCE.sub("", TAG.sub("", text)).replace("'''", "").replace("''", "")
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return "\n".join(line for line in lines if line)


def _article(page: ElementTree.Element) -> str:
    """The prose of a page; empty for a redirect or a page that is not an article."""
    parts = {element.tag.rpartition("}")[2]: element.text or "" for element in page.iter()}
    return plain_text(parts.get("text", "")) if parts.get("ns") == "0" and "redirect" not in parts else ""


def _until_stable(pattern: re.Pattern, replacement, text: str) -> str:
    """Replace from the inside out: templates, tables and links can be nested."""
    before = None
    while text != before:
        before, text = text, pattern.sub(replacement, text)
    return text


def _shown(link: re.Match) -> str:
    """The visible text of a link; empty for a picture or a category."""
    return "" if NAMESPACE.match(link[1]) else link[1].rpartition("|")[2]
