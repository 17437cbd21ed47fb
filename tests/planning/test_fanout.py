"""Cells are grouped into jobs, each cell once; jobs name what they read."""

import pytest

from brainforecast.cells import LISTENERS, Grid, grids
from brainforecast.planning.fanout import WINDOWS_PER_JOB, Fanout, group_designs_into_jobs, group_into_jobs

FORECAST = {
    "models": ["gpt2"],
    "layers": [8],
    "sources": ["true", "shuffled"],
    "widths": 7,
    "distances": {"first": -2, "last": 3},
}


@pytest.mark.parametrize("cells_per_job", [None, 1, 7, 40, 1000])
@pytest.mark.parametrize("distances_per_job", [1, 6, 41])
def test_jobs_take_every_cell_once(distances_per_job, cells_per_job):
    """However blocks are grouped: each cell is in one job, of one model, within the limit of a job."""
    analyses = {"forecast": FORECAST, "widths": {**FORECAST, "widths": {"first": 1, "last": 9}}}
    analyses["layers"] = {"models": ["gpt2", "bert"], "layers": {"first": 0, "last": 12}}
    wanted = grids(analyses)
    jobs = group_into_jobs(wanted, distances_per_job, cells_per_job)
    scored = [(block.model, block.name) for blocks in jobs.values() for block in blocks]
    assert len(set(scored)) == len(scored)
    cells = [(b.model, b.layer, b.source, b.width, d) for blocks in jobs.values() for b in blocks for d in b.distances]
    expected = [(g.model, g.layer, g.source, g.width, d) for g in wanted for d in g.distances]
    assert sorted(cells) == sorted(expected)
    for (model, _), blocks in jobs.items():
        assert {block.model for block in blocks} == {model}
        assert len(blocks) == 1 or sum(len(block.distances) for block in blocks) <= cells_per_job
    if distances_per_job == 1 or cells_per_job in (None, 1):
        assert [name for _, name in jobs] == [block.name for (block,) in jobs.values()]
        assert distances_per_job > 1 or len(jobs) == len(cells)


def test_jobs_are_as_few_as_possible():
    """Neighbouring blocks that fit into one job share it."""
    jobs = group_into_jobs([Grid("gpt2", layer, "paper", "present", 0, (0,)) for layer in range(13)], 41, 5)
    assert [len(blocks) for blocks in jobs.values()] == [5, 5, 3]
    assert next(iter(jobs)) == ("gpt2", "layer-0_base-paper_source-present_width-0_distances-0to0_and-4-more")


def test_designs_are_never_cut():
    """A curve is one design at any grain, and small designs are grouped; models stay apart."""
    curve = Grid("gpt2", 8, "paper", "true", 7, tuple(range(-10, 31)))
    presents = [Grid(model, layer, "paper", "present", 0, (0,)) for model in ("bert", "gpt2") for layer in range(3)]
    alone = group_designs_into_jobs([*presents, curve], None)
    assert list(alone.values()) == [[grid] for grid in [*presents, curve]]
    assert list(alone) == [(grid.model, grid.design) for grid in [*presents, curve]]
    assert list(group_designs_into_jobs([*presents, curve], 5)) == [
        ("bert", "layer-0_base-paper_source-present_width-0_and-2-more"),
        ("gpt2", "layer-0_base-paper_source-present_width-0_and-2-more"),
        ("gpt2", "layer-8_source-true_width-7"),
    ]
    assert list(group_designs_into_jobs([*presents, curve], 44).values())[1] == [*presents[3:], curve]


WIDTHS = {**FORECAST, "widths": {"first": 1, "last": 30}, "distances": {"first": 1, "last": 20}}


@pytest.mark.parametrize("cells_per_job", [40, 160, 1000])
def test_widths_of_one_source_share_design_jobs(cells_per_job):
    """In few jobs, within the limit of windows; a layer and source that fits into one job is in one."""
    analyses = {"forecast": FORECAST, "widths": WIDTHS, "layers": {**FORECAST, "layers": [0, 1, 2], "distances": [2]}}
    most = min(cells_per_job, WINDOWS_PER_JOB)
    jobs = group_designs_into_jobs(grids(analyses), cells_per_job)
    built = [grid for job in jobs.values() for grid in job]
    assert sorted(built) == grids(analyses)
    assert all(sum(len(grid.distances) for grid in job) <= most for job in jobs.values())
    for source in ("true", "shuffled"):
        for layer in (0, 1, 2):
            assert sum(any((g.source, g.layer) == (source, layer) for g in job) for job in jobs.values()) == 1
        of_widths = [job for job in jobs.values() if any((g.source, g.layer) == (source, 8) for g in job)]
        assert len(of_widths) <= -(-603 // (most - 20)) + 1


def test_a_scoring_job_names_its_design_jobs():
    """Each cell names the job and the design of its baseline and of its windows; the ceiling's job is its subject's."""
    analyses = {"forecast": FORECAST, "ceiling": {"models": [LISTENERS], "layers": [0]}}
    fanout = Fanout(grids(analyses), "paper", distances_per_job=2, cells_per_job=3)
    for (model, job), blocks in fanout.scoring_jobs.items():
        for cell, block in zip(fanout.cells(model, job, "07"), blocks, strict=True):
            assert {key: cell[key] for key in vars(block)} == vars(block)
            if model == LISTENERS:
                assert [design_job for design_job, _ in cell["designs"]] == ["sub-07_design"]
            for design_job, design in cell["designs"] if model != LISTENERS else ():
                assert design in [grid.design for grid in fanout.design_jobs[model, design_job]]
                assert design_job in fanout.design_jobs_of(model, job)


def test_steps_of_a_design_job_name_their_inputs():
    analysis = {**FORECAST, "sources": ["true", "static", "generated"], "widths": 2, "distances": [1]}
    fanout = Fanout(grids({"forecast": analysis}), "paper", distances_per_job=1, cells_per_job=100)
    ((model, job),) = fanout.design_jobs
    steps = {step["source"]: step for step in fanout.design_steps(model, job, {"lexical": ["silence"]})}
    assert (steps["present"]["width"], steps["present"]["lexical"], steps["true"]["lexical"]) == (1, [], [])
    assert (steps["static"]["vectors"], steps["static"]["layer"], steps["true"]["layer"]) == ("static", 0, 8)
    assert (steps["generated"]["ahead"], steps["true"]["ahead"]) == ("continuations", None)
    assert set(fanout.design_inputs(model, job, "glove")) == {
        ("activations", "activations", "gpt2"),
        ("static", "activations", "glove"),
        ("continuations", "continuations", "gpt2"),
    }


def test_bases_share_their_windows():
    """A window is built once, at the distances of all bases; each base has its own present and its own cells."""
    bases = {base: {**FORECAST, "sources": ["true"], "base": base} for base in ("paper", "lexical", "verdict")}
    bases["verdict"]["distances"] = [8]
    fanout = Fanout(grids(bases), "paper", distances_per_job=100, cells_per_job=None)
    assert [(job, grid.distances) for (_, job), (grid,) in fanout.design_jobs.items()] == [
        ("layer-8_base-lexical_source-present_width-0", (0,)),
        ("layer-8_source-true_width-7", (-2, -1, 0, 1, 2, 3, 8)),
        ("layer-8_base-paper_source-present_width-0", (0,)),
        ("layer-8_base-verdict_source-present_width-0", (0,)),
    ]
    job = "layer-8_base-verdict_source-true_width-7_distances-8to8"
    assert fanout.cells("gpt2", job, "07")[0]["designs"] == [
        [name, name] for name in ("layer-8_base-verdict_source-present_width-0", "layer-8_source-true_width-7")
    ]
    assert len(fanout.scoring_jobs) == 6
    found = {
        grid.base: (step["lexical"], step["layer_0"])
        for model, job in fanout.design_jobs
        for grid, step in zip(
            fanout.design_jobs[model, job], fanout.design_steps(model, job, {"lexical": ["silence"]}), strict=True
        )
        if grid.width == 0
    }
    assert found == {"paper": ([], None), "lexical": (["silence"], None), "verdict": (["silence"], "activations")}


def test_a_static_window_does_not_hide_the_layer_0_of_a_verdict():
    """Its vectors may be another model's; those beside the present are of the model that is scored."""
    analysis = {**FORECAST, "sources": ["static"], "base": "verdict"}
    fanout = Fanout(grids({"forecast": analysis}), "paper", distances_per_job=100, cells_per_job=100)
    ((model, job),) = fanout.design_jobs
    assert set(fanout.design_inputs(model, job, "glove")) == {
        ("activations", "activations", "gpt2"),
        ("static", "activations", "glove"),
    }
