"""The table of censored volumes: a row for each run that has some, and none where no run has."""

from brainforecast.report.censoring import censoring_table

PLAIN = {"subject": "01", "stories": ["fable", "myth"], "n_trs": [90, 1200]}


def test_no_table_where_all_volumes_are_used():
    assert censoring_table([PLAIN, PLAIN | {"subject": "02"}]) is None


def test_a_row_for_each_run_with_censored_or_interpolated_volumes():
    """Counts and reasons by run; other runs of the subject have no row."""
    second = PLAIN | {
        "subject": "02",
        "n_censored": [0, 1005],
        "censored": [{}, {"scrub": 1000, "non_steady_state": 5}],
    }
    third = PLAIN | {"subject": "03", "n_interpolated": [2, 0]}
    table = censoring_table([PLAIN, second, third])
    assert table.rows == [
        ["02", "myth", "1,200", "1,005", "scrub 1,000, non steady state 5", "0"],
        ["03", "fable", "90", "0", "", "2"],
    ]
    assert len(table.columns) == 6 and table.opened
