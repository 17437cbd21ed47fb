"""What a reader sees of a page."""

from html.parser import HTMLParser


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag, attrs):
        self.hidden = tag in ("style", "script")

    def handle_endtag(self, tag):
        self.hidden = False

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def visible_text(html: str) -> str:
    """The text of a page, its title included, words separated by one space."""
    page = _Text()
    page.feed(html)
    return " ".join(" ".join(page.words).split())
