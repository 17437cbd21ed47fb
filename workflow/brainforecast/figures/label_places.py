"""Labels beside their marks: each on the first side where it lies on no other label and on no mark."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from brainforecast.figures.captions import Figure
from brainforecast.figures.style import BLACK

SIZE = 7  # points, of the font
WIDE, HIGH = 0.62, 1.0  # of the size: a digit or letter; a line
NEAR = 4.0  # points between a mark and its label
SIDES = [(x, y) for y in (0, 1, -1) for x in (1, -1)] + [(0, 1), (0, -1)]


def spread_labels(figure: Figure, ax: Axes, points: np.ndarray, labels: Sequence[str]) -> None:
    """Write a label beside each point.

    Parameters
    ----------
    points : (n, 2) in the units of the axes, whose limits are set.
    labels : n short texts.
    """
    if not len(labels):
        return
    figure.draw_without_rendering()  # so that the axes have their place
    per_point = figure.dpi / 72
    places = ax.transData.transform(points) / per_point
    marks = [collection.get_offsets() for collection in ax.collections]
    marks = ax.transData.transform(np.concatenate(marks)) / per_point if marks else places
    taken: list[tuple[float, float, float, float]] = []
    for point, (x, y), label in zip(points, places, labels, strict=True):
        width = WIDE * SIZE * len(label)
        boxes = [_box(x, y, width, side, reach) for reach in (NEAR, 2.5 * NEAR, 4 * NEAR) for side in SIDES]
        free = [box for box in boxes if not any(_meet(box, other) for other in taken)]
        clear = [box for box in free if not _covers(box, marks)]
        box = (clear or free or boxes)[0]
        taken.append(box)
        offset = {"xytext": (box[0] - x, box[1] - y), "textcoords": "offset points", "va": "bottom"}
        ax.annotate(label, point, **offset, fontsize=SIZE, color=BLACK)


def _box(x: float, y: float, width: float, side: tuple[int, int], reach: float) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a label on one side of a mark, in points."""
    left = x + side[0] * reach - width * (1 - side[0]) / 2
    bottom = y + side[1] * reach - HIGH * SIZE * (1 - side[1]) / 2
    return left, bottom, left + width, bottom + HIGH * SIZE


def _meet(box: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _covers(box: tuple[float, ...], marks: np.ndarray) -> bool:
    x, y = marks.T
    return bool(((box[0] < x) & (x < box[2]) & (box[1] < y) & (y < box[3])).any())
