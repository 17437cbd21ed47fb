"""Maps of voxels in axial slices."""

import nibabel
import numpy as np
import pytest

from brainforecast.figures.map_style import Beside, as_drawn
from brainforecast.figures.style import save_figure
from brainforecast.figures.volumes import N_COLUMNS, N_ROWS, draw_volume_map, load_background

METADATA = {"Name": "Brain score R", "Cell": "tiny layer 16", "Units": "Pearson r", "MinSubjects": "3",
            "MaxSubjects": "3", "WordsPerSecond": "2.5", "Simulated": "no", "QLevel": "0.05"}  # fmt: skip
AFFINE = np.array([[-6.0, 0, 0, 90], [0, 6.0, 0, -126], [0, 0, 8.0, -72], [0, 0, 0, 1]])  # x from right to left


@pytest.fixture(scope="module")
def image() -> nibabel.Nifti1Image:
    """A brain of 6 x 6 x 8 mm voxels: R grows from left to right, NaN outside."""
    data = np.full((31, 37, 24), np.nan, np.float32)
    data[4:27, 5:32, 3:20] = np.linspace(0.3, 0.0, 23, dtype=np.float32)[:, None, None]
    return nibabel.Nifti1Image(data, AFFINE)


def draw(image, background=None, *, stat="brainscore", beside=None, **changed):
    """The figure of an image."""
    values = {"volume": np.asarray(image.dataobj)}
    return draw_volume_map(as_drawn(stat, values, METADATA | changed, beside), image.affine, background)


@pytest.mark.parametrize("space", ["MNI152NLin2009cAsym", "T1w"])
def test_volume_map(image, space, tmp_path):
    """Slices from bottom to top with their heights, a colour bar with its unit, the same bytes twice."""
    written = []
    for turn in ("first", "second"):
        figure = draw(image, load_background(space))
        save_figure(figure, path := tmp_path / f"{turn}.png")
        written.append(path.read_bytes())
    assert written[0] == written[1]
    slices, bar = figure.axes[:-1], figure.axes[-1]
    assert len(slices) == N_ROWS * N_COLUMNS
    slices = [ax for ax in slices if ax.images]  # the image has fewer
    heights = [int(ax.get_title(loc="center").split()[2].replace("−", "-")) for ax in slices]
    assert len(slices) > 10 and heights == sorted(set(heights)) and all((height + 72) % 8 == 0 for height in heights)
    assert bar.get_xlabel() == "brain score R (Pearson r)" and "n = 3 subjects" in figure.get_suptitle()
    assert [len(ax.images) for ax in slices] == [2 if space.startswith("MNI") else 1] * len(slices)


def test_left_of_the_brain_is_on_the_left(image):
    """Whichever way the voxels run, x grows from left to right, and a value is at its place."""
    figure = draw(image)
    drawn = figure.axes[6].images[0].get_array()  # (y, x)
    assert drawn.shape == (27, 23)  # what there is of the brain, not all of the image
    values = np.ma.filled(drawn[13], np.nan)
    assert values[0] == 0.0 and values[-1] == pytest.approx(0.3)  # voxel 26, x = -66, to voxel 4, x = 66


def test_a_map_without_values_is_labelled(image):
    """Where no voxel passes, the label of the colour bar states it."""
    none = nibabel.Nifti1Image(np.full(image.shape, np.nan, np.float32), image.affine)
    masked = {"Units": "words", "ScoredValues": "[0, 8]", "StatisticalTest": "one-sided test: F(8) - F(0) is above 0"}
    figure = draw(none, load_background("MNI152Lin"), stat="forecastdistancemasked", **masked)
    assert "no voxel to show" in figure.axes[-1].get_xlabel()


def test_zero_is_a_value(image):
    """A best layer of 0 is drawn, as it is the embedding; only NaN shows the background."""
    data = np.where(np.isfinite(np.asarray(image.dataobj)), 0.0, np.nan).astype(np.float32)
    figure = draw(nibabel.Nifti1Image(data, AFFINE), stat="bestlayer", Units="layer", ScoredValues="[0, 4]")
    assert (~np.ma.getmaskarray(figure.axes[6].images[0].get_array())).sum() == 23 * 27


def test_voxels_that_do_not_pass_show_the_background(image):
    """Only those with q below the level have a colour; the peak that is named is one of them."""
    data = np.asarray(image.dataobj)
    x = np.arange(31)[:, None, None]
    test = {"volume": np.where(x > 15, 2.0, 0.0) * np.ones(data.shape, np.float32)}
    figure = draw(image, beside=Beside(test=test), MaxSubjects="8")
    drawn = figure.axes[6].images[0].get_array()  # x from left to right: that of the file, mirrored
    coloured = np.isfinite(np.ma.filled(drawn, np.nan))
    assert coloured[:, :11].all() and not coloured[:, 11:].any()
    assert "q < 0.05" in " ".join(figure.caption.paragraphs) and "x = −6" in figure.caption.alt
