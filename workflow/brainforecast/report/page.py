"""The page: the template filled in, with every figure inside as a data URI."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

import jinja2

from brainforecast.errors import BadInput
from brainforecast.files import atomic

ONE_SUBJECT = "One subject: there are no bands, intervals, p or q over subjects; values are the subject's own."
MEDIA = {".png": "image/png", ".svg": "image/svg+xml"}


def write_report(context: Mapping, path_to_template: str | Path, path: str | Path) -> None:
    """Write the page; the same context gives the same bytes."""
    with atomic(path) as temporary:
        temporary.write_text(render(context, path_to_template), encoding="utf-8")


def render(context: Mapping, path_to_template: str | Path) -> str:
    """Fill the template with the context of `assemble`; a value the context lacks is an error, never left blank."""
    template = Path(path_to_template)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(context)


def embed_figures(paths: Iterable[str | Path], captions: str | Path, n_subjects: int) -> list[dict]:
    """Each figure with its caption in the folder `captions`."""
    return [embed_figure(path, captions, n_subjects) for path in paths]


def embed_figure(path_to_figure: str | Path, captions: str | Path, n_subjects: int) -> dict[str, object]:
    """A figure as a data URI, with its caption: a first line in bold is its title, the rest its paragraphs.

    Captions are templates: they use ``snakemake.params.n_subjects`` and, where figures of one rule share a caption,
    ``snakemake.wildcards.stat``, as `snakemake --report` renders them.
    """
    figure = Path(path_to_figure)
    if figure.suffix not in MEDIA:
        raise BadInput(figure, f"a file of type {figure.suffix or 'none'}", "a .png or .svg figure")
    path, stat = _caption_and_stat(figure.stem, Path(captions))
    caption = jinja2.Template(path.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined)
    text = caption.render(snakemake={"params": {"n_subjects": n_subjects}, "wildcards": {"stat": stat}})
    title, *paragraphs = [" ".join(block.split()) for block in text.strip().split("\n\n")]
    paragraphs += [ONE_SUBJECT] if n_subjects == 1 else []
    data = base64.b64encode(figure.read_bytes()).decode()
    return {
        "name": figure.stem,
        "title": title.strip("*"),
        "caption": paragraphs,
        "src": f"data:{MEDIA[figure.suffix]};base64,{data}",
    }


def _caption_and_stat(stem: str, captions: Path) -> tuple[Path, str]:
    """The caption with a figure's own name, and no stat; else the caption of its kind, and the `stat` in its name."""
    kind, _, stat = stem.partition("_")
    own = captions / f"{stem}.rst"
    return (own, "") if own.is_file() else (captions / f"{kind}.rst", stat)
