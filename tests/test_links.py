"""Links in the place of files that are written: replaced, and never written through."""

import pytest

from brainforecast.files import atomic


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("leads_to", ["file", "folder", "nothing"])
def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path, leads_to, is_folder):
    """As where a result is a link into the dataset."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "file").write_text("measured")
    link = tmp_path / "result"
    link.symlink_to({"file": data / "file", "folder": data, "nothing": tmp_path / "none"}[leads_to])
    with atomic(link) as temporary:
        if is_folder:
            temporary.mkdir()
        else:
            temporary.write_text("computed")
    assert not link.is_symlink() and link.is_dir() == is_folder
    assert [path.name for path in data.iterdir()] == ["file"] and (data / "file").read_text() == "measured"
    assert not (tmp_path / "none").exists()


def test_a_folder_of_results_may_be_a_link(tmp_path):
    """Labs keep results on another disk."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    with atomic(tmp_path / "results/tiny/table.tsv") as temporary:
        temporary.write_text("a")
    assert (tmp_path / "disk/tiny/table.tsv").read_text() == "a" and (tmp_path / "results").is_symlink()
