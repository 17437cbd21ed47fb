"""What is known before any job: folds that the volumes allow, names of regions, the working folder."""

import subprocess
import sys

import numpy as np
import pytest

from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.encoding.folds import FoldSettings, make_folds
from brainforecast.errors import BadInput
from brainforecast.jobs.plan_checks import RegionNames, check_folder, check_folds, check_models
from brainforecast.readers.target_files import TargetFiles
from brainforecast.readers.targets import describe_targets
from helpers.datasets import REPOSITORY, assert_bad_input, write_lines
from helpers.planned_studies import plan_study


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    """Paths of configs start at the project."""
    monkeypatch.chdir(REPOSITORY)


@pytest.fixture
def planned(tmp_path):
    """A function that makes a study of one subject with these volumes of its stories, a word in each of them."""

    def make(n_trs: list[int], **folds: object):
        names = [f"story{i}" for i in range(len(n_trs))]
        for name, n in zip(names, n_trs, strict=True):
            words = [f"{onset}\t0.5\tword" for onset in range(n)]
            write_lines(tmp_path / f"{name}.tsv", "onset\tduration\tword", *words)
        runs = tuple(Run("01", name, None, (f"{name}.tsv",), 0, n) for name, n in zip(names, n_trs, strict=True))
        plan = Plan({"01": runs}, {name: Story(str(tmp_path / f"{name}.tsv"), None, 0.0) for name in names}, 1.0)
        return plan_study("pieman", plan, encoding__folds=folds, verdict=None, sensitivity=None)

    return make


@pytest.mark.parametrize("seed", range(12))
def test_folds_are_refused_as_the_scoring_jobs_refuse_them(planned, seed):
    """Any stories, scheme and gap: before any job if, and only if, a job would."""
    rng = np.random.default_rng(seed)
    n_trs = rng.integers(3, 14, size=rng.integers(1, 5)).tolist()
    scheme = ["paper", "strict"][seed % 2]
    folds = {"scheme": scheme, "n_folds": int(rng.integers(2, 8)), "gap": int(rng.integers(0, 4))}
    try:
        make_folds(n_trs, FoldSettings(**folds))
        is_refused = False
    except BadInput:
        is_refused = True
    if is_refused:
        with pytest.raises(BadInput, match=r"encoding.folds.n_folds: found \d+ folds.* volumes of sub-01; expected"):
            check_folds(planned(n_trs, **folds))
    else:
        check_folds(planned(n_trs, **folds))


@pytest.mark.parametrize("n", [17, 90])
def test_the_most_folds_that_are_named_pass(planned, n):
    """And one more does not."""
    with pytest.raises(BadInput) as error:
        check_folds(planned([n], n_folds=500))
    assert_bad_input(error, f"500 folds of the {n} volumes", f"at most {n // 3} folds")
    check_folds(planned([n], n_folds=n // 3))
    with pytest.raises(BadInput):
        check_folds(planned([n], n_folds=n // 3 + 1))


def test_volumes_that_are_not_known_are_not_judged():
    """Those of runs to download or to simulate."""
    check_folds(plan_study("config", encoding__folds={"n_folds": 500}))


@pytest.mark.parametrize("split", [None, 200])
def test_names_are_those_of_the_targets(split):
    """Regions, and the pieces of large ones, are named as the job names them, which knows their coordinates."""
    study = plan_study("config", atlas__split=split)
    names, anatomy = RegionNames(study), study.anatomy
    files = TargetFiles("fsaverage5", anatomy.surface, anatomy.atlas, None, True, ())
    targets, _ = describe_targets("surface", files)
    assert names.of_level("roi") == sorted(targets["roi"].dropna().unique())
    assert names.of_level("lobe") == sorted(targets["lobe"].dropna().unique())
    assert len(names.of_level("roi")) > (60 if split else 30)


@pytest.mark.parametrize(("layer", "key"), [(31, "analyses.brain_score.layers"), (99, "analyses.brain_score.layers")])
def test_layers_of_the_demos_model(layer, key):
    """SmolLM2 has layers 0 to 30."""
    check_models(plan_study("config", analyses__brain_score__layers=[0, 30]))
    with pytest.raises(BadInput) as error:
        check_models(plan_study("config", analyses__brain_score__layers=[layer]))
    assert_bad_input(error, key, layer, "to 30, the layers of smollm2")


def test_layers_of_a_simulation(tmp_path):
    """They stand in the table of what is planted."""
    rows = ["roi\tkind\tplanted_distance\tplanted_depth\tplanted_source", "insula\tforecast\t4\t77\ttrue"]
    path = write_lines(tmp_path / "regions.tsv", *rows)
    with pytest.raises(BadInput) as error:
        check_models(plan_study("config", simulation__regions=str(path)))
    assert_bad_input(error, path, "77", "the layers of smollm2")


def test_a_space_in_the_path_of_python():
    """Snakemake starts scripts by it, unquoted."""
    with pytest.raises(BadInput) as error:
        check_folder("/my lab/.venv/bin/python")
    assert_bad_input(error, "/my lab/.venv/bin/python", "a space", "a folder without one")


def test_a_folder_that_refuses_files(tmp_path, monkeypatch):
    """A file where Snakemake's folder would be; a folder that can be written to is fine."""
    monkeypatch.chdir(tmp_path)
    check_folder(sys.executable)
    (tmp_path / ".snakemake").rmdir()
    write_lines(tmp_path / ".snakemake")
    with pytest.raises(BadInput) as error:
        check_folder(sys.executable)
    assert_bad_input(error, f"working folder {tmp_path}", "--directory names another")


def test_a_plan_without_names_of_regions_loads_no_arrays():
    """Every process that plans imports the checks: numpy and the like are loaded where an atlas is read."""
    code = (
        "import sys, brainforecast.jobs.plan_checks; print({'numpy', 'pandas', 'nibabel', 'gguf'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY / "workflow", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
