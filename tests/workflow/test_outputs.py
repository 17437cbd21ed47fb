"""docs/outputs.md against complete runs: columns and units of every table; lines of Python in the documents."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from brainforecast.storage.parquet import read_units
from helpers.datasets import REPOSITORY
from helpers.documents import code_blocks
from helpers.output_columns import DOCUMENT, documented_tables, units_of
from helpers.studies import Study

pytest_plugins = ["helpers.language_models", "helpers.workflow_runs"]

TABLES = documented_tables(DOCUMENT.read_text())


def tables_of(study: Study) -> dict[str, Path]:
    """Every Parquet file of a run, by its name in the document: a folder for the subjects' tables."""
    found = {}
    for path in sorted(study.results.rglob("*.parquet")):
        if path.is_file():
            name = str(path.relative_to(study.results))
            name = re.sub(r"^(subjects/\w+\.parquet/).*", r"\1", name)
            found[re.sub(r"^words/[^/]+$", "words/<story>.parquet", name)] = path
    return found


@pytest.mark.parametrize("name", ["region_study", "surface_study"])
def test_every_table_is_documented(request, name):
    """Each file is in the document, with its columns in order and what they mean."""
    tables = tables_of(request.getfixturevalue(name))
    assert len(tables) > 15
    for file, path in tables.items():
        assert file in TABLES, file
        assert pq.read_schema(path).names == TABLES[file], file
        units = read_units(path)
        assert {column: units_of(file)[column] for column in TABLES[file]} == units, file


def test_lines_of_python_run(surface_study, monkeypatch):
    """The blocks of the document, one after the other, on a run of surfaces."""
    text = re.sub(r"results/demo", f"results/{surface_study.results.name}", DOCUMENT.read_text())
    monkeypatch.chdir(surface_study.folder)
    monkeypatch.setenv("MPLBACKEND", "agg")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    names: dict = {}
    for block in blocks:
        exec(block, names)
    assert len(blocks) >= 8
    assert names["unit"] and names["provenance"]["config_hash"]
    assert names["values"].shape == (10_242,) and len(names["best"]) == 10
    assert names["F"].shape[0] == 2 and len(names["one_cell"])
    assert (surface_study.folder / "my_curves.png").stat().st_size > 5_000
    assert all(layer.startswith("layer-") for layer in names["X"])


@pytest.mark.parametrize(("document", "dataset"), [("README.md", "demo"), ("docs/tutorial.md", "pieman10")])
def test_the_first_lines_of_python_run(surface_study, monkeypatch, tmp_path, document, dataset):
    """Those of README and of the tutorial, on a run of surfaces."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / dataset).symlink_to(surface_study.results)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict = {}
    width = surface_study.config["maps"]["width"]
    for block in code_blocks(REPOSITORY / document, "python"):
        exec(block.replace("width == 7", f"width == {width}"), names)
    assert len(names["F"]) > 2


def test_a_map_opens_in_nilearn(surface_study, monkeypatch, tmp_path):
    """The first lines of Python in docs/maps.md draw a hemisphere of a run of surfaces."""
    code, *_ = code_blocks(REPOSITORY / "docs/maps.md", "python")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    exec(code.replace("results/demo", str(surface_study.results)), {})
    assert (tmp_path / "left.png").stat().st_size > 10_000
