"""The caption of a figure, in a file beside it: written where the figure is drawn, read by the reports.

The file is reStructuredText, which `snakemake --report` shows as it is: the alternative text is a comment.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from brainforecast.errors import BadInput, one_line

ALT = ".. alternative text: "
MARKUP = re.compile(r"([\\*`_|<>\[\]])")  # what reStructuredText would take for its own


@dataclass(frozen=True)
class Caption:
    """What stands below a figure.

    Parameters
    ----------
    title : one line, without a full stop.
    alt : for readers who cannot see the figure, what is seen in it.
    paragraphs : what its lines, colours and marks are; nothing that was not drawn.
    """

    title: str
    alt: str
    paragraphs: tuple[str, ...]

    def to_rst(self) -> str:
        """As reStructuredText."""
        title, alt, *paragraphs = (
            MARKUP.sub(r"\\\1", one_line(text)) for text in (self.title, self.alt, *self.paragraphs)
        )
        return "\n\n".join([ALT + alt, f"**{title}**", *paragraphs]) + "\n"

    @classmethod
    def from_rst(cls, path: str | Path) -> "Caption":
        """Read what `to_rst` wrote."""
        blocks = Path(path).read_text(encoding="utf-8").strip().split("\n\n")
        if len(blocks) < 3 or not blocks[0].startswith(ALT):
            raise BadInput(path, "a file of another form", "a caption that a figure's rule has written")
        alt, title, *paragraphs = (re.sub(r"\\(.)", r"\1", block) for block in blocks)
        return cls(title.removeprefix("**").removesuffix("**"), alt.removeprefix(ALT), tuple(paragraphs))
