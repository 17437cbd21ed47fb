"""The page: the template filled in, with figures, styles and scripts inside, so that one file opens anywhere."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import jinja2
from markupsafe import Markup

from brainforecast.errors import BadInput, printable
from brainforecast.files import atomic, resolve
from brainforecast.planning.products import figure_named
from brainforecast.storage.captions import Caption

MEDIA = {".png": "image/png", ".svg": "image/svg+xml"}
PLOTLY = "package:nilearn/plotting/data/js/plotly-gl3d-latest.min.js"  # MIT licence, its notice is at its head
KEPT = "\n\t\u00a0\u2009\u202f"  # what is not printable to Python, but to a page
SECTION = re.compile(r'<section id="([^"]+)" data-short="([^"]+)"')
# what a section is not left in the page for: headings, heads of tables, controls, remarks and files
REMARKS = {"h2", "thead", "summary", "label", "noscript", "soft", "source", "tools"}
VOID = {"br", "hr", "img", "input", "meta"}  # tags that nothing ends
LINKED = re.compile(r"(?:group/|figures/)?\w+\.(?:parquet|tsv|json)")  # files of a run; a table of subjects is a folder


def write_report(
    context: Mapping, path_to_template: str | Path, path: str | Path, path_to_brain: str | Path | None = None
) -> None:
    """Write the page; the same context gives the same bytes.

    Parameters
    ----------
    path_to_brain : data of the brain that a reader can turn (`figures.interactive_maps`); None for none.
    """
    brain = Path(path_to_brain).read_text(encoding="utf-8") if path_to_brain else None
    with atomic(path) as temporary:
        temporary.write_text(render(context, path_to_template, brain), encoding="utf-8")


def render(context: Mapping, path_to_template: str | Path, brain: str | None = None) -> str:
    """Fill the template with the context of `assemble`; a value the context lacks is an error, never left blank.

    No script of an input runs: every text is escaped, and the page's policy lets only its own scripts run, by hash.
    """
    folder = Path(path_to_template).parent
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"links": links, "sections": sections, "has_content": has_content}
    scripts = [(folder / "page.js").read_text(encoding="utf-8")]
    if brain is not None:
        scripts += [resolve(PLOTLY).read_text(encoding="utf-8"), (folder / "brain.js").read_text(encoding="utf-8")]
        brain = Markup(brain.replace("<", "\\u003c"))  # the same JSON, in which no tag ends the script
    shown = {
        "style": Markup((folder / "style.css").read_text(encoding="utf-8")),
        "scripts": list(map(Markup, scripts)),
        "policy": content_policy(scripts, is_eval_needed=brain is not None),
        "brain": brain,
    }
    return environment.get_template(Path(path_to_template).name).render({**context, **shown})


def _shown(value: object) -> object:
    """A value of the context without what moves a cursor or has no encoding; line feeds and all spaces stay."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)  # markup consists of values that were here
    return printable(value, kept=KEPT) if is_text else value


def sections(html: str) -> list[tuple[str, str]]:
    """Id and short title of each section of a page, in its order."""
    return [(unescape(id), unescape(title)) for id, title in SECTION.findall(html)]


def has_content(html: str) -> bool:
    """Whether a part of a page holds more than titles, sources and remarks: a sentence, a cell, a figure, a brain."""
    found = _Content()
    found.feed(html)
    return found.is_there


class _Content(HTMLParser):
    """Looks for text and pictures that stand outside of `REMARKS`."""

    def __init__(self):
        super().__init__()
        self.is_there, self._inside = False, []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        about = dict(attrs)
        self.is_there |= tag == "img" or about.get("role") == "img"
        if tag not in VOID:
            self._inside.append(tag in REMARKS or bool(REMARKS & set((about.get("class") or "").split())))

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        self.is_there |= bool(data.strip()) and not any(self._inside)


def content_policy(scripts: Iterable[str], *, is_eval_needed: bool) -> str:
    """The page's content security policy: nothing from outside, and no script but these.

    Parameters
    ----------
    is_eval_needed : Plotly makes functions from its own text.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join([*(f"'sha256-{found}'" for found in hashes), *(["'unsafe-eval'"] if is_eval_needed else [])])
    rest = "img-src data: blob:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def links(text: str) -> Iterator[tuple[str, str | None]]:
    """Each file of a list such as ``group/verdicts.parquet, words/``, and itself as a link where it is one file."""
    for name in text.split(", "):
        yield name, name if LINKED.fullmatch(name) else None


def embed_figure(path_to_figure: str | Path) -> dict[str, object]:
    """A figure as a data URI, with the caption beside it (`figures.captions`)."""
    figure = Path(path_to_figure)
    if figure.suffix not in MEDIA:
        raise BadInput(figure, f"a file of type {figure.suffix or 'none'}", "a .png or .svg figure")
    caption = Caption.from_rst(figure.with_suffix(".rst"))
    data = base64.b64encode(figure.read_bytes()).decode()
    return {
        "name": figure.stem,
        "category": figure_named(figure.stem).category,
        "title": caption.title,
        "alt": caption.alt,
        "caption": list(caption.paragraphs),
        "src": f"data:{MEDIA[figure.suffix]};base64,{data}",
        "files": [f"figures/{figure.stem}{suffix}" for suffix in MEDIA],
    }
