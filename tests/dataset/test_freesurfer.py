"""Where surfaces and an atlas are, or are downloaded to."""

from pathlib import Path

from brainforecast.dataset.freesurfer import locate_labels, locate_surfaces, surface_files
from helpers.datasets import write_lines


def test_surfaces_and_atlas_are_used_where_they_are(tmp_path):
    """Only missing files are downloaded, and only with a URL."""
    at = {"space": "fsaverage6", "folder": "resources/tiny/freesurfer"}
    mine = str(tmp_path / "surf")
    assert locate_surfaces(mine, None, **at) == mine
    assert locate_surfaces(None, "http://a", **at) is None
    assert locate_surfaces(mine, "http://a", **at) == "resources/tiny/freesurfer/fsaverage6/surf"
    for file in surface_files(mine):
        write_lines(Path(file))
    assert locate_surfaces(mine, "http://a", **at) == mine
    label = tmp_path / "lh.annot"
    assert locate_labels(str(label), None, **at) == str(label)
    assert locate_labels("package:a/lh.annot", "http://a", **at) == "package:a/lh.annot"
    assert locate_labels(str(label), "http://a", **at) == "resources/tiny/freesurfer/fsaverage6/label/lh.annot"
    assert locate_labels(str(write_lines(label)), "http://a", **at) == str(label)
