"""The planted truth: which target follows what, and mistakes in the table of regions."""

import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.simulation.truth import read_regions
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from helpers.simulation import TRUTH

DEMO_REGIONS = REPOSITORY / "workflow" / "demo" / "regions.tsv"
HEADER = "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source"


def test_truth_has_its_columns_and_nulls():
    """Columns and nulls: a distance only where a forecast is planted, a layer and source only where there is any."""
    assert list(TRUTH.columns) == ["target", "roi", "kind", "planted_distance", "planted_depth", "planted_source"]
    assert TRUTH["kind"].tolist()[:5] == ["forecast", "forecast", "present", "silent", "silent"]
    assert TRUTH["planted_distance"].tolist()[:2] == [2, 9]
    assert TRUTH["planted_distance"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_source"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].tolist()[:2] == [4, 20]
    assert TRUTH["target"].tolist() == list(range(20))


def test_regions_of_the_demo_are_graded():
    """Distances grow from temporal over parietal to frontal; auditory cortex is present, visual cortex silent."""
    known = pd.read_csv(DEMO_REGIONS, sep="\t")["roi"].tolist()
    regions = read_regions(DEMO_REGIONS, known).set_index("roi")
    distance = regions["planted_distance"]
    near, between = ["superiortemporal", "bankssts", "middletemporal"], ["supramarginal", "inferiorparietal"]
    far = ["parsopercularis", "parstriangularis", "parsorbitalis", "rostralmiddlefrontal", "superiorfrontal"]
    assert distance[near].max() < distance[between].min() <= distance[between].max() < distance[far].min()
    assert regions["kind"]["transversetemporal"] == "present"
    assert regions["kind"]["lateraloccipital"] == "silent"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("nowhere\tforecast\t3\t4\ttrue", "nowhere"),
        ("near\tloud\t3\t4\ttrue", "loud"),
        ("near\tforecast\t\t4\ttrue", "forecast"),
        ("near\tsilent\t3\t\t", "silent"),
        ("near\tforecast\t1.5\t4\ttrue", "1.5"),
        ("near\tforecast\t3\t\ttrue", "planted_depth"),
        ("near\tpresent\t\t4\t", "planted_depth"),
        ("near\tforecast\t3\t4\tgrammar", "planted_source"),
        ("near\tforecast\t3\t4\t", "planted_source"),
        ("near\tpresent\t\t\ttrue", "planted_source"),
    ],
)
def test_bad_row_of_the_regions_is_reported(tmp_path, row, found):
    """The error names file, row and what was found."""
    path = write_lines(tmp_path / "regions.tsv", HEADER, "far\tpresent\t\t\t", row)
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "row 3", found)


def test_region_listed_twice_is_reported(tmp_path):
    """The error names the region."""
    path = write_lines(tmp_path / "regions.tsv", HEADER, "far\tpresent\t\t\t", "far\tforecast\t3\t4\ttrue")
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "far twice")
