"""Weights of a pipeline that do not fit its parser are one line, before compiled code reads past their end."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import srsly

from brainforecast.errors import BadInput
from brainforecast.syntax.parser import load_parser
from helpers import fuzz_models

LOWER, UPPER = 2, 3  # nodes of the parser's model


def without_upper(content: dict) -> None:
    content["attrs"][0]["has_upper"] = srsly.msgpack_dumps(False)


def a_number_for_true(content: dict) -> None:
    content["attrs"][0]["has_upper"] = srsly.msgpack_dumps(0)


def short(node: int, param: str) -> Callable[[dict], None]:
    """The first half of an array."""

    def change(content: dict) -> None:
        array = content["params"][node][param]
        content["params"][node][param] = array[: len(array) // 2]

    return change


def in_float64(content: dict) -> None:
    content["params"][UPPER]["b"] = content["params"][UPPER]["b"].astype(np.float64)


def not_finite(content: dict) -> None:
    content["params"][UPPER]["W"] = np.full_like(content["params"][UPPER]["W"], np.nan)


def absent(content: dict) -> None:
    content["params"][LOWER]["b"] = None


CHANGES = {
    "no layer upper": (without_upper, "has_upper: False; expected True, as its layers are"),
    "a number for true": (a_number_for_true, "has_upper: 0; expected True"),
    "half of the features": (short(LOWER, "W"), r"lower\.W: found float32 of shape \(4, 8, 2, 8\); expected float32"),
    "half of a bias": (short(LOWER, "b"), r"lower\.b: found float32 of shape \(4, 2\)"),
    "half of the padding": (short(LOWER, "pad"), r"lower\.pad: found float32 of shape \(0, 8, 8, 2\)"),
    "fewer scores than moves": (short(UPPER, "W"), r"upper\.W: found float32 of shape \(1, 8\); .* \(3, 8\)"),
    "float64": (in_float64, r"upper\.b: found float64 of shape \(3,\); expected float32 of shape \(3,\)"),
    "not finite": (not_finite, r"upper\.W: found values that are not finite"),
    "absent": (absent, r"lower\.b: found no values"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_weights_that_do_not_fit_are_one_line(name, tmp_path):
    change, line = CHANGES[name]
    folder = Path(shutil.copytree(fuzz_models.pipeline(), tmp_path / "pipeline"))
    content = srsly.read_msgpack(folder / "parser/model")
    change(content)
    srsly.write_msgpack(folder / "parser/model", content)
    with pytest.raises(BadInput, match=line):
        load_parser(str(folder), "en")


@pytest.mark.parametrize("use_upper", [True, False])
def test_a_pipeline_as_it_was_saved_is_read(use_upper):
    """With a layer `upper`, and without one, as spaCy's pipelines with a transformer are."""
    assert "parser" in load_parser(str(fuzz_models.pipeline(use_upper)), "en").pipe_names
