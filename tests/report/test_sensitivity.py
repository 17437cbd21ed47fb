"""The table of variants."""

from brainforecast.report.sensitivity import sensitivity_table
from helpers.synthetic_sensitivity import NAMES, sensitivity


def test_each_variant_has_a_row_and_all_shuffles_one():
    """The whole brain, the contrast, the gap where there is one."""
    table = sensitivity_table(sensitivity())
    assert [row[0] for row in table.rows][:2] == ["as reported", "strict folds"]
    assert len(table.rows) == len(NAMES) + 1
    scores = [
        text.replace(" ", "\u202f") for text in ("0.100 ± 0.010", "0.0190 ± 0.0030", "0.0095 ± 0.0040", "1.50 ± 0.70")
    ]
    assert table.rows[1] == ["strict folds", "lexical", *scores, "9", "12"]
    assert table.rows[-2][-1] == "10"
    assert table.rows[-1][0] == "8 shuffled windows" and table.rows[-1][3] == "−0.0040 to 0.0030"
    assert "frontal - temporal" in table.columns[5]


def test_without_a_contrast_or_shuffles_the_rest_stays():
    rows = sensitivity(shuffles=()).query("level != 'contrast'")
    table = sensitivity_table(rows)
    assert len(table.rows) == len(NAMES) and {row[5] for row in table.rows} == {"–"}


def test_the_strict_folds_of_a_verdict_alone_make_no_table():
    assert sensitivity_table(sensitivity(names=["verdict-strict"], shuffles=())) is None
