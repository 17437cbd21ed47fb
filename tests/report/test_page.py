"""Figures in the page, and their captions."""

import pytest

from brainforecast.planning.products import FIGURES
from brainforecast.report.page import embed_figure
from helpers.datasets import REPOSITORY

FOLDER = REPOSITORY / "workflow/report"

NO_SUBJECTS = {"finetuning_training"}  # no responses are used
ALONE = [figure.name for figure in FIGURES if not figure.caption and figure.name not in NO_SUBJECTS]
SHARED = [figure.name for figure in FIGURES if figure.caption]


@pytest.mark.parametrize("stem", [*ALONE, *SHARED])
def test_every_figure_has_a_caption(stem, tmp_path):
    """A title, and a first paragraph with the number of subjects; nothing of a template is left."""
    (tmp_path / f"{stem}.png").write_bytes(b"")
    figure = embed_figure(tmp_path / f"{stem}.png", FOLDER, 36)
    assert figure["title"] and "n = 36 subjects." in figure["caption"][0]
    assert not {"{", "}", "*"} & set(figure["title"]) and "{" not in "".join(figure["caption"])


def test_the_training_has_a_title_and_a_caption(tmp_path):
    """Its caption has no number of subjects: no responses are used."""
    (tmp_path / "finetuning_training.svg").write_bytes(b"")
    figure = embed_figure(tmp_path / "finetuning_training.svg", FOLDER, 36)
    assert len(figure["title"]) < 80 and len(figure["caption"]) == 1


def test_no_caption_is_without_a_figure():
    """Files that no figure uses are those of the tables and of the report."""
    kinds = {*ALONE, *NO_SUBJECTS, "surface", "volume", "region", "exclusions", "tables", "report", "workflow"}
    assert {path.stem for path in FOLDER.glob("*.rst")} == kinds
