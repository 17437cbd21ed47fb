"""Articles of a Wikipedia dump as plain text."""

import html

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
