"""What single settings change, drawn."""

import numpy as np
import pytest
from scipy import stats

from brainforecast.errors import BadInput
from brainforecast.figures.sensitivity import draw_sensitivity
from helpers.figures import settings
from helpers.synthetic_sensitivity import N_SUBJECTS, NAMES, PLACES, sensitivity
from scripts.figures.plot_sensitivity import plot_sensitivity


def points_of(ax) -> list[tuple[float, float]]:
    return [container.lines[0].get_xydata()[0].tolist() for container in ax.containers if hasattr(container, "lines")]


def test_every_place_has_every_variant_and_one_band():
    """Whole brain first; F left, M right; bands from the lowest to the highest shuffle."""
    figure = draw_sensitivity(sensitivity(), settings(), distance=8)
    F, M, _ = figure.axes
    labels = [text.get_text() for text in F.get_yticklabels()]
    assert labels == ["whole brain", "frontal lobe", "occipital lobe", "temporal lobe"]
    points = points_of(F)
    assert len(points) == len(points_of(M)) == len(NAMES) * len(PLACES)
    values = [x for x, _ in points[: len(NAMES)]]
    np.testing.assert_allclose(values, PLACES["all"] - np.arange(len(NAMES)) / 1000)
    assert [y for _, y in points] == sorted(y for _, y in points)
    bands = [patch for patch in F.patches if patch.get_height() == len(NAMES)]
    assert len(bands) == len(PLACES)
    assert (bands[0].get_x(), bands[0].get_width()) == pytest.approx((-0.004, 0.007))
    assert (F.get_xlabel(), M.get_xlabel()) == ("F(8) (gain in r)", "M(8) = F(8) − F(−2)")


def test_intervals_are_those_of_students_t():
    ax = draw_sensitivity(sensitivity(), settings(), distance=8).axes[0]
    bar = next(container for container in ax.containers if hasattr(container, "has_xerr"))
    (segment,) = bar.lines[2][0].get_segments()
    half = stats.t.ppf(0.975, N_SUBJECTS - 1) * 0.003
    np.testing.assert_allclose(segment[:, 0], [PLACES["all"] - half, PLACES["all"] + half])


def test_the_contrast_is_drawn_where_there_is_one():
    """A row per variant, none of them a shuffle."""
    ax = draw_sensitivity(sensitivity(), settings(), distance=8).axes[2]
    assert [text.get_text() for text in ax.get_yticklabels()][:2] == ["as reported", "strict folds"]
    assert [x for x, _ in points_of(ax)] == [2.0 - 0.5 * i for i in range(len(NAMES))]
    assert ax.get_xlabel().startswith("frontal − temporal: ")
    without = sensitivity().query("level != 'contrast'")
    assert len(draw_sensitivity(without, settings(), distance=8).axes) == 2


def test_the_caption_names_what_was_drawn():
    """No band, no contrast and no strict folds where there are none; the ranges are those of the table."""
    whole, bare = (
        draw_sensitivity(table, settings(), distance=8).caption
        for table in (sensitivity(), sensitivity(shuffles=()).query("level != 'contrast' and variant == 'as_reported'"))
    )
    for word in ("Grey", "Below", "Strict folds"):
        assert word in whole.paragraphs[0] and word not in bare.paragraphs[0]
    assert "difference of peaks runs from −0.5 to 2 words" in whole.alt


def test_without_shuffles_there_is_no_band():
    figure = draw_sensitivity(sensitivity(shuffles=()), settings(), distance=8)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "range of the shuffled windows" not in labels and len(labels) == len(NAMES)


def test_the_title_says_what_is_simulated():
    figure = draw_sensitivity(sensitivity(), settings(), distance=8)
    assert figure.get_suptitle().startswith("Simulated data: what single settings change")
    assert "10 to 12 subjects" in figure.get_suptitle()


def test_a_table_without_places_is_refused():
    with pytest.raises(BadInput, match="no row of the whole brain"):
        draw_sensitivity(sensitivity().query("level == 'contrast'"), settings(), distance=8)


def test_the_script_writes_the_same_bytes_twice(tmp_path):
    sensitivity().to_parquet(tmp_path / "table.parquet")
    for turn in "12":
        paths = [tmp_path / f"{turn}.png", tmp_path / f"{turn}.svg"]
        plot_sensitivity(tmp_path / "table.parquet", paths, distance=8, settings=settings())
    for suffix in ("png", "svg"):
        assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"2.{suffix}").read_bytes()
