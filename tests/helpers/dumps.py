"""Documents to train on, and a Wikipedia dump with them."""

import bz2
from pathlib import Path

TEXTS = [
    f"Story number {i}. The fox told the dog of it, and the dog did not believe a word." * (i + 1) for i in range(6)
]
PAGE = "<page><title>{title}</title><ns>{ns}</ns>{more}<revision><text>{text}</text></revision></page>"


def write_dump(path: Path) -> None:
    """Write a Wikipedia dump of the texts, a redirect and a page that is not an article."""
    pages = [PAGE.format(title=f"T{i}", ns=0, more="", text=text) for i, text in enumerate(TEXTS)]
    pages += [PAGE.format(title="R", ns=0, more='<redirect title="T1" />', text="#REDIRECT [[T1]]")]
    pages += [PAGE.format(title="W", ns=4, more="", text="About the project.")]
    path.write_bytes(bz2.compress(f"<mediawiki xmlns='x'>{''.join(pages)}</mediawiki>".encode()))
