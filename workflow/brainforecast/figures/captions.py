"""A figure that carries its caption, and what captions are made of: only what was drawn is named."""

from collections.abc import Iterable

import matplotlib.figure
from matplotlib.axes import Axes

from brainforecast.storage.captions import Caption


class Figure(matplotlib.figure.Figure):
    """A figure with its caption, which `style.put_title` gives it and `style.save_figure` writes."""

    caption: Caption | None = None


def labels_of(axes: Iterable[Axes]) -> set[str]:
    """The labels of all lines in these panels: what a caption may name."""
    return {str(line.get_label()) for ax in axes for line in ax.lines if not str(line.get_label()).startswith("_")}


def sentences(*parts: str | bool | None) -> str:
    """A paragraph of those parts that are there."""
    return " ".join(part for part in parts if part)
