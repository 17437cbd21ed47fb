"""Articles of a Wikipedia dump as plain text."""

import bz2
import html

import pytest

from brainforecast.errors import BadInput
from brainforecast.finetuning.wikitext import plain_text, read_articles
from helpers.dumps import TEXTS, write_dump

MARKUP = """{{Infobox|name={{small|A}}}}
'''Albedo''' ({{IPA|al}}) is the [[diffuse reflection|reflecting]] power of a [[surface]].&lt;ref&gt;A book.&lt;/ref&gt;
[[File:A.svg|thumb|What a [[picture]] shows]]
{| class="wikitable"
| a || b
|}
== Heading ==
* an item of a list
See [http://example.org the page] &amp;mdash; or not.
[[Category:Light]]"""


def test_prose_of_an_article():
    """Links show their text; templates, references, pictures, tables, headings, lists and categories are gone."""
    text = plain_text(html.unescape(MARKUP))
    assert text == "Albedo () is the reflecting power of a surface.\nSee the page — or not."


def test_dump_gives_its_articles_alone(tmp_path):
    """Redirects and other pages are skipped."""
    write_dump(tmp_path / "dump.xml.bz2")
    assert list(read_articles(tmp_path / "dump.xml.bz2")) == TEXTS


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><mediawiki>&a;</mediawiki>', "a document type"),
        (b"<mediawiki><page><text>" + b"a" * 2**26, "bytes without the end of a page"),
        (b"", "no element found"),
        (b"<mediawiki><page>", "no element found"),
    ],
    ids=["entities", "no end", "empty", "truncated"],
)
def test_dumps_that_are_none(tmp_path, content, found):
    """Entities are not expanded, and a few kilobytes that unpack to a page of gigabytes are read up to a bound."""
    path = tmp_path / "dump.xml.bz2"
    path.write_bytes(bz2.compress(content))
    with pytest.raises(BadInput, match=found):
        list(read_articles(path))


@pytest.mark.parametrize(
    "markup", ["<!--" * 50_000, "<ref>" * 40_000, "<ref" * 50_000, "[//" * 50_000, "{{" * 30_000 + "}}" * 30_000]
)
def test_markup_that_never_ends(markup):
    """The text of such a page is found in one pass: what opens and does not close is sought once, not each time."""
    assert len(plain_text(markup)) <= len(markup)
