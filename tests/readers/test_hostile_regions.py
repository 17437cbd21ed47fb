"""Names of regions as an atlas or a table has them: what cannot be printed is its code, all else stays."""

import numpy as np

from brainforecast.readers.target_files import TargetFiles
from brainforecast.readers.targets import describe_targets
from helpers.datasets import write_region_run

NAMES = ["<script>alert(1)</script>", "=HYPERLINK(1)", "../../x", "$(touch x)", "a\x1b[2J", "{subject}", "名"]


def test_names_are_rows_that_every_table_and_figure_can_take(tmp_path):
    """A name is a row and no file, so that signs of paths, shells and pages mean nothing."""
    run = write_region_run(tmp_path / "run.tsv", np.ones((2, len(NAMES))), NAMES)
    targets, _ = describe_targets("region", TargetFiles(None, None, {}, None, False, (str(run),), ()))
    assert list(targets["roi"]) == [name.replace("\x1b", "\\x1b") for name in NAMES]
    assert list(tmp_path.iterdir()) == [run]
