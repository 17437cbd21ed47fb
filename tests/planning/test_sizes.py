"""Sizes of jobs, from the plan."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from brainforecast.cells import Grid
from brainforecast.dataset.plan import Plan, Run, Story
from brainforecast.errors import BadInput
from brainforecast.planning.fanout import Fanout
from brainforecast.planning.models.entries import Models
from brainforecast.planning.sizes import LONGEST, StudySizes
from helpers.datasets import write_lines

NOT_HERE = {"01": (Run("01", "fable", None, ("run.tsv",), 0, None),)}


@pytest.fixture
def study_sizes(tmp_path) -> StudySizes:
    """Each block of distances is a scoring job, each design a design job."""
    return make_sizes(tmp_path, cells_per_job=None)


def make_sizes(tmp_path: Path, *, cells_per_job: int | None) -> StudySizes:
    """Two subjects, two stories of 4 and 100 words; one run's length is known."""
    for story, n in (("fable", 4), ("myth", 100)):
        write_lines(tmp_path / story, *(f"word,word,{second},{second + 0.5}" for second in range(n)))
        (tmp_path / story).rename(tmp_path / f"{story}.csv")
    runs = {
        "01": (Run("01", "fable", None, (), 0, 77), Run("01", "myth", None, (), 3, None)),
        "02": (Run("02", "myth", None, (), 3, None),),
    }
    stories = {story: Story(str(tmp_path / f"{story}.csv"), None, 1.0) for story in ("fable", "myth")}
    grids = [
        Grid("m", 1, "paper", "present", 0, (0,)),
        Grid("m", 1, "paper", "true", 7, (-1, 0, 1, 2)),
        Grid("m", 2, "paper", "present", 0, (0,)),
    ]
    config = {
        "dataset": {"space": "fsaverage5", "response": "surface"},
        "simulation": None,
        "models": {"m": {"source": "lab/model", "context": 50, "stride": 10, "batch_size": 8, "side_by_side": None}},
        "finetuning": {},
        "threads": {"activations": 2},
        "gpu_memory": None,
        "encoding": {"delays": [0, 1, 2], "n_components": 20, "folds": {"scheme": "paper", "n_folds": 5}},
        "sources": {
            "generated": {"n_futures": 2, "horizon": 6},
            "syntactic": {"n_futures": 3, "horizon": 4, "n_candidates": 5},
            "static": {"model": None},
        },
        "verdict": None,
        "sensitivity": None,
        "maps": {"model": "m", "layer": 1, "width": 7},
    }
    fanout, models = Fanout(grids, "paper", 3, cells_per_job), Models(config, grids, {})
    return StudySizes(Plan(runs, stories, 2.0), fanout, config, tmp_path, models)


def test_sizes_of_a_scoring_job(study_sizes):
    """Of its subject's runs, and of its block of distances; a run whose length is not known ends after its words."""
    wildcards = {"subject": "01", "model": "m", "cells": "layer-1_base-paper_source-true_width-7_distances--1to1"}
    found = study_sizes.of_job(wildcards)
    assert found["volumes"] == 77 + math.ceil((99.5 + 1.0 + 12) / 2)
    assert (found["distances"], found["columns"], found["targets"]) == (3, 3 * 20 * 2, 20_484)
    present = study_sizes.of_job(wildcards | {"cells": "layer-1_base-paper_source-present_width-0_distances-0to0"})
    assert (present["distances"], present["columns"]) == (1, 60)


def test_sizes_of_designs_stories_and_groups(study_sizes, tmp_path):
    """Of a story set, a story, a table of scores, and of the study."""
    designs = {"story_set": study_sizes.plan.story_set("02"), "model": "m"}
    grouped = make_sizes(tmp_path, cells_per_job=5)
    both = grouped.of_job(designs | {"designs": "layer-1_base-paper_source-present_width-0_and-1-more"})
    assert (both["volumes"], both["distances"]) == (57, 5)
    assert study_sizes.of_job(designs | {"designs": "layer-2_base-paper_source-present_width-0"})["distances"] == 1
    story = study_sizes.of_job({"story": "myth", "model": "m"})
    assert (story["words"], story["volumes"], story["story_volumes"], story["layers"]) == (100, 2 * 57, 57, 2)
    assert story["operations"] == 0.0  # of no kind of job of a language model
    group = [study_sizes.of_job({"score": score})["cells"] for score in ("brain_scores", "forecast_scores")]
    assert group == [2, 4]
    assert study_sizes.of_job({})["subjects"] == 2


def test_operations_of_a_language_model(study_sizes):
    """Two for each weight and token; a story no longer than the context is read once, a longer one several times."""
    model = {"model": "m"}
    myth, fable = (study_sizes.of_job(model | {"story": story}, "extract") for story in ("myth", "fable"))
    assert myth["operations"] == pytest.approx(2 * myth["parameters"] * 1e6 * 100 * 1.5 * 5 / 1e12)
    assert fable["operations"] == pytest.approx(2 * fable["parameters"] * 1e6 * 4 * 1.5 / 1e12)
    ahead = study_sizes.of_job(model | {"story": "myth"}, "generate")
    assert ahead["operations"] - myth["operations"] == pytest.approx(
        2 * myth["parameters"] * 1e6 * 1.5 * 100 * 2 * 6 / 1e12
    )
    assert ahead["ahead"] == 0  # words of which no layer is scored
    assert study_sizes.of_job({"subject": "01"}, "extract")["operations"] == 0.0


def test_cells_are_counted_by_what_is_kept_of_them(tmp_path):
    """Those of windows by region take no room for each target; series of regions take the time of as many targets."""
    grids = [
        Grid("m", 1, "paper", "present", 0, (0,)),
        Grid("m", 1, "paper", "true", 7, (1, 2, 3)),
        Grid("m", 1, "paper", "true", 6, (1, 2), "regions"),
        Grid("m", 1, "paper", "true", 5, (1,), "regions", "regions"),
    ]
    deeper = [*grids, *(replace(grid, layer=2) for grid in grids)]
    sizes = make_sizes(tmp_path, cells_per_job=None)
    found, both = (replace(sizes, fanout=replace(sizes.fanout, grids=these)).of_job({"subject": "01"})
                   for these in (grids, deeper))  # fmt: skip
    assert both["depths"] == 3  # of width 7, at each distance
    assert [found[name] for name in ("cells", "kept", "kept_regions", "baselines")] == [7, 4, 3, 1]
    assert (found["curves"], found["depths"]) == (1, 0)
    assert found["offsets"] == 9  # words from -5 to 3, and 0 of the present among them: shared by all widths
    assert found["distances"] == pytest.approx(6 + found["regions"] / found["targets"])
    assert found["columns"] == pytest.approx((1 * 60 + 6 * 120) / 7)


def test_sizes_of_a_run_that_is_fetched(study_sizes):
    """Its subject and story are read from its path."""
    assert study_sizes.of_job({"path": "sub-01/func/sub-01_task-fable_space-x_hemi-L"})["volumes"] == 77


def test_missing_runs_are_assumed_to_be_long(study_sizes, tmp_path):
    """Without a run and its alignment a subject has 98 minutes of stories: jobs get room; the cost is not guessed."""
    (tmp_path / "myth.csv").unlink()
    assert study_sizes.in_memory({"subject": "02"})["longest"] == LONGEST
    assert study_sizes.in_memory({"subject": "01"})["longest"] == 77 + LONGEST / 2
    with pytest.raises(BadInput, match=r"myth\.csv"):
        study_sizes.of_job({"subject": "02"})


def test_regions_are_counted_in_the_first_run(study_sizes, tmp_path):
    """A table of regions has as many targets as columns; 1,000 are assumed until it is here."""
    table = write_lines(tmp_path / "run.tsv", "a\tb\tc", "1\t2\t3")
    runs = {"01": (Run("01", "fable", None, (str(table),), 0, 1),)}
    config = study_sizes.config | {"dataset": {"space": None, "response": "region"}}
    counted = replace(study_sizes, plan=replace(study_sizes.plan, runs=runs), config=config)
    assert counted.n_targets == 3
    assert replace(study_sizes, config=config, plan=replace(study_sizes.plan, runs=NOT_HERE)).n_targets == 1000


def test_two_runs_of_one_story_add_up(study_sizes):
    """With `repeated_runs: all` a subject has the volumes of both."""
    runs = {"01": (Run("01", "fable", "1", (), 0, 300), Run("01", "fable", "2", (), 0, 100))}
    both = replace(study_sizes, plan=replace(study_sizes.plan, runs=runs))
    assert both.longest == {"01": 400, None: 400}
    assert both.of_job({"subject": "01"})["volumes"] == 400


def test_a_broken_alignment_leaves_planning_alone(study_sizes, tmp_path):
    """Its own job reports it; until then its story is taken as long."""
    write_lines(tmp_path / "myth.csv", "word,word,x,y")
    assert study_sizes.in_memory({"subject": "02"})["longest"] == LONGEST
    with pytest.raises(BadInput, match=r"myth\.csv"):
        study_sizes.of_job({"subject": "02"})
