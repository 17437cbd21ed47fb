"""The data of the brain that turns: what is decoded is what was drawn."""

import base64
import json

import numpy as np
import pytest

from brainforecast.figures.interactive_maps import PER_MM, encode, pack_brain, pack_map
from brainforecast.figures.map_style import Beside, as_drawn
from helpers.spheres import sphere

METADATA = {"Name": "Brain score R", "Cell": "tiny layer 3", "Units": "Pearson r", "Simulated": "yes",
            "MinSubjects": "8", "MaxSubjects": "8", "QLevel": "0.05"}  # fmt: skip


def decode(text: str, dtype: str) -> np.ndarray:
    """The numbers again, as a page reads them."""
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


@pytest.fixture(scope="module")
def meshes():
    return {kind: {hemi: sphere(3, radius) for hemi in "LR"} for kind, radius in (("inflated", 60.0), ("pial", 50.0))}


@pytest.fixture(scope="module")
def brain(meshes):
    n = len(meshes["pial"]["L"][0])
    regions = {"L": np.array(["", "STG"], dtype=object)[np.arange(n) % 2], "R": np.full(n, "IFG", dtype=object)}
    return pack_brain(meshes, {hemi: np.linspace(-1, 1, n) for hemi in "LR"}, regions)


def test_a_mesh_comes_back(brain, meshes):
    """Coordinates to a hundredth of a millimetre, triangles as they were; it is JSON."""
    packed = json.loads(json.dumps(brain))["hemispheres"]["R"]
    points, faces = meshes["pial"]["R"]
    found = decode(packed["surfaces"]["pial"], "<i2").reshape(-1, 3) / PER_MM
    assert np.abs(found - points).max() <= 0.5 / PER_MM + 1e-9
    assert np.array_equal(decode(packed["faces"], "<u4").reshape(-1, 3), faces)


def test_inflated_hemispheres_do_not_touch(brain):
    """Their own meshes lie on each other; the left one ends left of the middle, the right one right of it."""
    x = {h: decode(brain["hemispheres"][h]["surfaces"]["inflated"], "<i2").reshape(-1, 3)[:, 0] for h in "LR"}
    assert x["L"].max() < 0 < x["R"].min()


def test_each_vertex_has_its_region(brain):
    names = np.array(brain["regions"])[decode(brain["hemispheres"]["L"]["regions"], "<u2")]
    assert list(names[:4]) == ["", "STG", "", "STG"]


VALUES = {"L": np.array([0.1, np.nan, 0.2]), "R": np.array([0.3, 0.4, -0.1])}


def test_a_map_has_its_values_and_the_limits_of_its_figure():
    """NaN stays NaN; from 0 for R, with a colour for what lies below."""
    packed = pack_map(as_drawn("brainscore", VALUES, METADATA))
    assert np.array_equal(decode(packed["values"]["L"], "<f4"), VALUES["L"].astype("f4"), equal_nan=True)
    assert packed["limits"][0] == 0 and packed["simulated"] and packed["quantity"] and packed["below"]
    assert "passes" not in packed and "layers" not in packed


def test_a_map_has_the_threshold_of_its_figure():
    """Where q is below the level; q of exactly the level does not pass."""
    q = {"L": np.array([0.04, np.nan, 0.05]), "R": np.array([0.01, 0.06, 1.0])}
    test = {hemi: -np.log10(values).astype(np.float32) for hemi, values in q.items()}
    packed = pack_map(as_drawn("brainscore", VALUES, METADATA, Beside(test=test)))
    assert [decode(packed["passes"][hemi], "u1").tolist() for hemi in "LR"] == [[1, 0, 0], [1, 0, 0]]
    assert packed["test"] == "q < 0.05"


def test_a_map_of_layers_has_a_colour_for_each():
    """The edges lie between the layers that were scored."""
    metadata = METADATA | {"Units": "layer", "ScoredValues": "[0, 4, 16]"}
    packed = pack_map(as_drawn("bestlayer", {hemi: np.array([0.0, 4, 16]) for hemi in "LR"}, metadata))
    assert (packed["layers"], packed["edges"]) == ([0, 4, 16], [-0.5, 2.0, 10.0, 16.5])
    assert len(set(packed["colours"])) == 3


@pytest.mark.parametrize("dtype", [np.int16, np.uint32, np.float32, np.uint8])
def test_numbers_are_little_endian(dtype):
    numbers = np.array([1, 2, 250], dtype=np.dtype(dtype).newbyteorder(">"))
    assert np.array_equal(decode(encode(numbers, dtype), np.dtype(dtype).newbyteorder("<")), numbers)
