"""Colours: far enough apart for readers with deuteranopia, and dark enough on white."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from brainforecast.figures.finetuning import _colour
from brainforecast.figures.models import EARTH, GREYS
from brainforecast.figures.style import (
    ACCENT,
    BLACK,
    DARK,
    GREY,
    LOBE_COLOURS,
    OTHER_COLOURS,
    SERIES_COLOURS,
    SOURCE_COLOURS,
    SOURCE_SHAPES,
    contrast_with_white,
    readable,
)
from brainforecast.figures.verdicts import LOOKS

# complete deuteranopia in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
APART = 20  # CIE 1976 colour difference; 2.3 is just noticeable between two patches side by side, lines are thin
# colours that can meet in one figure
FAMILIES = {
    "lobes": [colour for lobe, colour in LOBE_COLOURS.items() if lobe != "limbic"],  # is drawn as the cingulate lobe
    "other regions": [*OTHER_COLOURS, BLACK],
    "sources": list(SOURCE_COLOURS.values()),
    "models": [*SERIES_COLOURS, BLACK],
    "verdicts": [colour for colour, *_ in LOOKS.values()],
}


def linear(colour: str) -> np.ndarray:
    """Linear RGB of a colour."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB."""
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(first: str, second: str, seen: np.ndarray) -> float:
    """Distance of two colours as seen through a matrix on linear RGB."""
    return float(np.linalg.norm(lab(seen @ linear(first)) - lab(seen @ linear(second))))


def test_the_measure_finds_what_looks_alike():
    """Red and green of one lightness; and, before, the pink of random vectors and the grey of the shuffled window."""
    assert difference("#CC79A7", "#8A8A8A", DEUTERANOPIA) < 10 < 30 < difference("#CC79A7", "#8A8A8A", np.eye(3))
    assert difference("#000000", "#FFFFFF", DEUTERANOPIA) == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seen", [np.eye(3), DEUTERANOPIA], ids=["all colours", "deuteranopia"])
def test_colours_that_meet_differ(family, seen):
    """Each pair, as most people and as people with deuteranopia see it."""
    alike = {pair: d for pair in itertools.combinations(FAMILIES[family], 2) if (d := difference(*pair, seen)) < APART}
    assert not alike


def test_lines_are_dark_enough():
    """3:1 against white, also the palest share of a fine-tuning."""
    colours = [*itertools.chain(*FAMILIES.values()), *GREYS, *EARTH, ACCENT, DARK, GREY]
    colours += [_colour(alpha) for alpha in (0, 0.01, 0.25, 0.5, 1)]
    assert {colour: ratio for colour in colours if (ratio := contrast_with_white(colour)) < 3} == {}


def test_texts_are_dark_enough():
    """4.5:1; a colour that has it stays as it is, black and white have the ratios of the standard."""
    assert contrast_with_white("white") == 1 and contrast_with_white("black") == pytest.approx(21)
    for colour in itertools.chain(*FAMILIES.values()):
        assert contrast_with_white(readable(colour)) >= 4.5
        assert difference(readable(colour), colour, np.eye(3)) < 15
    assert readable(ACCENT) == ACCENT.lower()


def test_written_texts_are_dark_enough(all_figures):
    """Every coloured text of every figure."""
    from matplotlib.text import Text

    texts = {(text.get_text(), text.get_color()) for figure in all_figures.values() for text in figure.findobj(Text)}
    pale = {text for text, colour in texts if text.strip() and contrast_with_white(colour) < 4.5}
    assert not pale


def test_sources_have_a_second_cue():
    """A shape each; the true window has none and is solid, the shuffled one is dashed."""
    assert set(SOURCE_COLOURS) - set(SOURCE_SHAPES) == {"true", "shuffled"}
    assert len(set(SOURCE_SHAPES.values())) == len(SOURCE_SHAPES)
