"""The planted truth: which target follows what, and mistakes in the table of regions."""

import pandas as pd
import pytest

from brainforecast.errors import BadInput
from brainforecast.simulation.truth import (
    GROUPS,
    KINDS,
    contents_to_plant,
    plant,
    planted_regions,
    read_regions,
    windows_to_plant,
)
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from helpers.simulation import TRUTH

DEMO = REPOSITORY / "workflow" / "demo"
DEMO_REGIONS, WHOLE_REGIONS = DEMO / "regions.tsv", DEMO / "regions_whole.tsv"
LOBES = REPOSITORY / "config" / "atlases" / "desikan_lobes.tsv"
HEADER = "roi\tkind\tplanted_distance\tplanted_depth\tplanted_source"


def test_truth_has_its_columns_and_nulls():
    """Columns and nulls: a distance only where a forecast is planted, a layer and source only where there is any."""
    planted = ["planted_distance", "planted_depth", "planted_source", "planted_share", "gain"]
    assert list(TRUTH.columns) == ["target", "roi", "kind", *planted]
    assert TRUTH["planted_share"].tolist()[:5] == [0.6, 0.6, 0, 0, 0]  # of the settings, where the table has none
    assert (TRUTH["gain"] == 1).all()
    assert TRUTH["kind"].tolist()[:5] == ["forecast", "forecast", "present", "silent", "silent"]
    assert TRUTH["planted_distance"].tolist()[:2] == [2, 9]
    assert TRUTH["planted_distance"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_source"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].notna().equals(TRUTH["kind"] == "forecast")
    assert TRUTH["planted_depth"].tolist()[:2] == [4, 20]
    assert TRUTH["target"].tolist() == list(range(20))


def demo_regions(path) -> pd.DataFrame:
    """A row per region of the atlas, with its lobe; regions that the table does not list are silent."""
    lobes = pd.read_csv(LOBES, sep="\t")
    targets = lobes.assign(target=range(len(lobes)))
    return plant(targets, read_regions(path, lobes["roi"].tolist()), forecast_share=0.9).assign(lobe=lobes["lobe"])


@pytest.mark.parametrize("path", [DEMO_REGIONS, WHOLE_REGIONS], ids=lambda path: path.stem)
def test_lobes_of_the_demo_can_get_each_verdict(path):
    """A lobe that forecasts 6 to 10 words, a passive one, a silent one, and one of too weak a signal; each is whole."""
    regions = demo_regions(path)
    kinds = regions.groupby("lobe")["kind"].agg(set)
    assert kinds["frontal"] == {"forecast"} and kinds["occipital"] == {"silent"} and kinds["insula"] == {"forecast"}
    assert regions.loc[regions["lobe"] == "frontal", "planted_distance"].between(6, 10).all()
    passive = regions[regions["lobe"] == "cingulate"]
    assert set(passive["kind"]) == {"present", "past"} and not passive["planted_share"].any()
    assert {("present", 16), ("present", 0), ("past", 16)} == set(contents_to_plant(passive))
    assert (regions.loc[regions["lobe"] == "insula", "gain"] < 0.2).all()


@pytest.mark.parametrize("path", [DEMO_REGIONS, WHOLE_REGIONS], ids=lambda path: path.stem)
def test_regions_of_the_demo_are_graded(path):
    """Distances and depths grow from temporal over parietal to frontal; auditory cortex follows the rate of speech."""
    regions = demo_regions(path)
    ahead = regions[(regions["kind"] == "forecast") & (regions["gain"] == 1)].groupby("lobe")
    ends = ahead["planted_distance"].agg(["min", "max"])
    assert ends.loc["temporal", "max"] < ends.loc["parietal", "min"]
    assert ends.loc["parietal", "max"] < ends.loc["frontal", "min"]
    assert ahead["planted_depth"].mean()[["temporal", "parietal", "frontal"]].is_monotonic_increasing
    [auditory] = regions[regions["roi"] == "transversetemporal"].to_dict("records")
    assert auditory["kind"] == "present" and pd.isna(auditory["planted_depth"])


def test_regions_are_grouped_by_what_is_planted(tmp_path):
    """The content of the present word, and a forecast of reduced gain, are groups of their own; other kinds are one."""
    rows = ["a\tpresent\t\t\t\t\t", "b\tpresent\t\t0\ttrue\t\t", "c\tpast\t-1\t4\ttrue\t\t2",
            "d\tforecast\t3\t4\ttrue\t0.5\t", "e\tforecast\t3\t4\tsemantic\t\t0.1"]  # fmt: skip
    path = write_lines(tmp_path / "regions.tsv", f"{HEADER}\tplanted_share\tgain", *rows)
    targets = pd.DataFrame({"target": range(6), "roi": list("abcdef"), "hemi": None})
    truth = plant(targets, read_regions(path, list("abcdef")), forecast_share=0.9)
    assert set(truth["kind"]) == set(KINDS)
    assert truth["planted_share"].tolist() == [0, 0, 0, 0.5, 0.9, 0] and truth["gain"].tolist() == [1, 1, 2, 1, 0.1, 1]
    assert contents_to_plant(truth) == [("present", 0), ("past", 4)] and windows_to_plant(truth) == [4]
    regions = planted_regions(truth, targets).set_index("roi")
    assert regions["group"].to_dict() == dict(
        zip("abcdef", ["present", "content", "past", "forecast", "weak", "silent"], strict=True)
    )
    assert set(regions["group"]) == set(GROUPS)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("nowhere\tforecast\t3\t4\ttrue", "nowhere"),
        ("near\tloud\t3\t4\ttrue", "loud"),
        ("near\tforecast\t\t4\ttrue", "forecast"),
        ("near\tsilent\t3\t\t", "silent"),
        ("near\tforecast\t1.5\t4\ttrue", "1.5"),
        ("near\tforecast\t3\t\ttrue", "planted_depth"),
        ("near\tsilent\t\t4\ttrue", "planted_depth"),
        ("near\tpresent\t0\t4\ttrue", "planted_distance"),
        ("near\tpresent\t\t4\t", "planted_source"),
        ("near\tpresent\t\t4\tsyntactic", "planted_source"),
        ("near\tpast\t0\t4\ttrue", "planted_distance"),
        ("near\tpast\t\t4\ttrue", "planted_distance"),
        ("near\tpast\t-1\t\ttrue", "planted_depth"),
        ("near\tpast\t-1\t4\tsemantic", "planted_source"),
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


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("near\tpresent\t\t\t\t0.5\t", "planted_share '0.5'"),
        ("near\tpast\t-1\t4\ttrue\t0\t", "planted_share '0'"),
        ("near\tforecast\t3\t4\ttrue\t1.5\t", "planted_share '1.5'"),
        ("near\tforecast\t3\t4\ttrue\thalf\t", "planted_share 'half'"),
        ("near\tforecast\t3\t4\ttrue\t\t0", "gain '0'"),
        ("near\tforecast\t3\t4\ttrue\t\tinf", "gain 'inf'"),
        ("near\tforecast\t3\t4\ttrue\t\tloud", "gain 'loud'"),
        ("near\tsilent\t\t\t\t\t2", "gain '2'"),
    ],
)
def test_bad_share_or_gain_is_reported(tmp_path, row, found):
    """The error names file, row and what was found."""
    path = write_lines(tmp_path / "regions.tsv", f"{HEADER}\tplanted_share\tgain", "far\tpresent\t\t\t\t\t", row)
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "row 3", found)


@pytest.mark.parametrize("header", [f"{HEADER}\tloudness", HEADER.replace("\tplanted_depth", "")])
def test_unknown_or_missing_column_is_reported(tmp_path, header):
    """The error names the row of the header."""
    path = write_lines(tmp_path / "regions.tsv", header)
    with pytest.raises(BadInput) as error:
        read_regions(path, ["near"])
    assert_bad_input(error, path, "row 1", "planted_source")


def test_region_listed_twice_is_reported(tmp_path):
    """The error names the region."""
    path = write_lines(tmp_path / "regions.tsv", HEADER, "far\tpresent\t\t\t", "far\tforecast\t3\t4\ttrue")
    with pytest.raises(BadInput) as error:
        read_regions(path, ["far", "near"])
    assert_bad_input(error, path, "far twice")
