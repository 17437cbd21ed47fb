"""What MkDocs does not do by itself: pages link to files of the project outside docs/, as they do on GitHub.

Markdown outside docs/ that a page links to becomes a page as well; any other file or folder goes along as text, below
``source/``, so that the built pages need no network. Headings get the anchors that GitHub gives them.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?![a-z]+:)([^)\s#]+)")  # the file of [text](file#heading); no address


def github_anchor(heading: str, separator: str) -> str:
    """The anchor of a heading on GitHub."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", separator)


def page_path(path: str) -> str:
    """Where a file of the project is among the pages.

    >>> page_path("docs/inputs.md"), page_path("config/README.md"), page_path("workflow/Snakefile")
    ('inputs.md', 'config/README.md', 'source/workflow/Snakefile.txt')
    """
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path == "README.md":
        return "overview.md"  # as README.md it would be the first page, in place of docs/index.md
    return path if path.endswith(".md") else f"source/{path}.txt"


def project_path(page: str) -> str:
    """The inverse of `page_path`, for pages."""
    if page == "overview.md":
        return "README.md"
    return f"docs/{page}" if (ROOT / "docs" / page).exists() else page


def linked(path: str) -> Iterator[str]:
    """Files and folders of the project that a page links to, seen from the project's folder."""
    text = "".join(CODE.split((ROOT / path).read_text(encoding="utf-8"))[::2])
    for target in LINK.findall(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def file_of(path: str, config: MkDocsConfig) -> File:
    """A file of the project among the pages; a folder is a list of what it has."""
    if not (ROOT / path).is_dir():
        return File.generated(config, page_path(path), abs_src_path=str(ROOT / path))
    names = (f"{found.name}/" if found.is_dir() else found.name for found in (ROOT / path).iterdir())
    text = "\n".join(sorted(name for name in names if not name.startswith(("__", "."))))
    return File.generated(config, page_path(path), content=f"{path}/\n\n{text}\n")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Anchors as on GitHub."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = github_anchor
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take along what pages link to, and what these pages link to; what is missing is MkDocs' to report."""
    waiting = [project_path(file.src_uri) for file in files.documentation_pages()]
    while waiting:
        for path in linked(waiting.pop()):
            page = page_path(path)
            if files.get_file_from_path(page) or not (ROOT / path).exists():
                continue
            files.append(file_of(path, config))
            if page.endswith(".md"):
                waiting.append(path)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to where the files are among the pages."""
    here = page.file.src_uri

    def led(match: re.Match) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(project_path(here)), match[1]))
        return posixpath.relpath(page_path(path), posixpath.dirname(here) or ".")

    parts = CODE.split(markdown)
    return "".join(part if number % 2 else LINK.sub(led, part) for number, part in enumerate(parts))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A bar in the code of a table is written ``\\|``; Markdown leaves its backslash, GitHub does not."""
    return re.sub(r"<td.*?</td>", lambda cell: cell[0].replace("\\|", "|"), html, flags=re.DOTALL)
