"""Figures in the page, and their captions."""

import base64

import pytest

from brainforecast.errors import BadInput
from brainforecast.figures.captions import Figure
from brainforecast.figures.style import put_title, save_figure
from brainforecast.report.page import embed_figure
from brainforecast.storage.captions import Caption


def write_figure(folder, n_subjects, *, simulated=False):
    """A figure of one line, with its caption."""
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    about = {"alt": "A line goes up.", "caption": ["Mean d* of a_b [1].", "Second paragraph."]}
    put_title(figure, "Brain score by layer", "model", n_subjects, simulated=simulated, **about)
    save_figure(figure, folder / "layers.svg", folder / "layers.png", folder / "layers.rst")
    return folder / "layers.svg"


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_figure_is_embedded_with_its_caption(tmp_path, suffix):
    """As it was drawn: the bytes of the file, the title, the paragraphs with the number of subjects."""
    path = write_figure(tmp_path, [8, 8]).with_suffix(suffix)
    figure = embed_figure(path)
    assert base64.b64decode(figure["src"].split(",")[1]) == path.read_bytes()
    assert figure["title"] == "Brain score by layer" and figure["alt"] == "A line goes up."
    assert figure["caption"] == ["Mean d* of a_b [1]. n = 8 subjects.", "Second paragraph."]
    assert figure["category"] == "Layers"


def test_a_caption_of_simulated_data_or_of_one_subject_states_it(tmp_path):
    """One subject has no bands; simulated data are named in the alternative text too."""
    figure = embed_figure(write_figure(tmp_path, [1], simulated=True))
    assert figure["alt"].startswith("Simulated data. ")
    assert "n = 1 subject." in figure["caption"][0]
    assert figure["caption"][-1].startswith("One subject: values are the subject")


def test_a_caption_is_read_as_it_was_written(tmp_path):
    """Stars at the end of a title, and what reStructuredText would take for markup."""
    caption = Caption("Distance d*", "A dot at d* = 3.", ("*k* of a_ `b` |c| \\ <d> [1]_.", "Last."))
    (tmp_path / "peaks.rst").write_text(caption.to_rst())
    assert Caption.from_rst(tmp_path / "peaks.rst") == caption


def test_a_figure_without_responses_has_no_number_of_subjects(tmp_path):
    assert "subject" not in " ".join(embed_figure(write_figure(tmp_path, None))["caption"])


@pytest.mark.parametrize("text", ["", "**Title**\n\nText\n", ".. alternative text: a\n\n**Title**\n"])
def test_a_caption_of_another_form_is_one_line(tmp_path, text):
    """A file that no rule of figures has written."""
    (tmp_path / "layers.rst").write_text(text)
    with pytest.raises(BadInput, match=r"layers\.rst: found a file of another form"):
        Caption.from_rst(tmp_path / "layers.rst")
