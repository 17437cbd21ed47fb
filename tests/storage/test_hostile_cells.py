"""Tables for people: what a dataset calls its subjects and tasks stays in its cell."""

import csv

import pandas as pd
import pytest

from brainforecast.storage.parquet import write_tsv


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(1)", "=1\t=2", "=1\n=2", "-"])
def test_no_cell_is_a_formula_or_a_row(tmp_path, text):
    """A spreadsheet shows each as text, and no text starts another cell."""
    path = tmp_path / "exclusions.tsv"
    write_tsv(pd.DataFrame({"subject": ["01", text], "n_trs": [3, 4]}), path)
    header, first, second = csv.reader(path.read_text().splitlines(), delimiter="\t")
    assert (header, first) == (["subject", "n_trs"], ["01", "3"])
    assert second[1] == "4"
    assert second[0] == "-" if text == "-" else second[0].startswith("'")


@pytest.mark.parametrize("text", ["-1.5", "+2", "-.5e-3", "a=b", "n/a", "été", "01"])
def test_numbers_and_names_stay(tmp_path, text):
    """Nothing is put before a number or a name."""
    write_tsv(pd.DataFrame({"value": [text]}), tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_text() == f"value\n{text}\n"


def test_what_moves_a_cursor_is_written_as_its_code(tmp_path):
    """A table may be shown in a terminal."""
    write_tsv(pd.DataFrame({"story": ["\x1b[2J", None], "n": [1, 2]}), tmp_path / "a.tsv")
    assert (tmp_path / "a.tsv").read_text() == "story\tn\n\\x1b[2J\t1\nn/a\t2\n"
