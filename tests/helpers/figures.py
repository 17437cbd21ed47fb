"""What the tests of figures share: settings, curves, and the lines of a panel."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from brainforecast.figures.style import FigureSettings
from helpers.synthetic_tables import CELL

CURVES = [{"level": "lobe", "roi": "temporal"}, {"level": "lobe", "roi": "frontal", "label": "front"}]
RATE, Q = 2.5, 0.01


def settings(**changes: object) -> FigureSettings:
    """The settings of a simulated run that shows two lobes, with these changes."""
    return FigureSettings(**{"cell": CELL, "q_level": Q, "simulated": True, "curves": CURVES} | changes)


def panel_of(figure: Figure, title: str) -> Axes:
    """The first panel whose title starts so."""
    return next(ax for ax in figure.axes if ax.get_title("left").startswith(title))


def lines_of(ax: Axes) -> dict:
    """Lines by their label."""
    return {line.get_label(): line for line in ax.lines}
