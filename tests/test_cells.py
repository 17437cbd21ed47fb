"""Analyses become cells, each scored once."""

import pytest

from brainforecast.cells import Grid, grids, layers_of, span
from brainforecast.planning.fanout import group_designs_into_jobs, group_into_jobs

FORECAST = {
    "models": ["gpt2"],
    "layers": [8],
    "sources": ["true", "shuffled"],
    "widths": 7,
    "distances": {"first": -2, "last": 3},
}


def test_an_analysis_brings_its_baseline():
    assert [(g.source, g.width, g.distances) for g in grids({"forecast": FORECAST})] == [
        ("present", 0, (0,)),
        ("shuffled", 7, (-2, -1, 0, 1, 2, 3)),
        ("true", 7, (-2, -1, 0, 1, 2, 3)),
    ]


def test_what_analyses_share_is_scored_once():
    more = {**FORECAST, "sources": ["true"], "distances": [3, 9]}
    layers = {"models": ["gpt2"], "layers": {"first": 0, "last": 12, "step": 4}}
    found = grids({"forecast": FORECAST, "more": more, "layers": layers})
    assert len(found) == len({(g.model, g.layer, g.source, g.width) for g in found})
    assert Grid("gpt2", 8, "true", 7, (-2, -1, 0, 1, 2, 3, 9)) in found
    assert layers_of(found, "gpt2") == [0, 4, 8, 12]


def test_blocks_hold_every_distance_once():
    grid = Grid("gpt2", 8, "true", 7, tuple(range(-10, 31)))
    for size in (1, 6, 41, 100):
        blocks = grid.blocks(size)
        assert [d for block in blocks for d in block.distances] == list(grid.distances)
        assert max(len(block.distances) for block in blocks) <= size
    ends = [block.name.partition("_distances-")[2] for block in grid.blocks(20)]
    assert ends == ["-10to9", "10to29", "30to30"]


@pytest.mark.parametrize("cells_per_job", [None, 1, 7, 40, 1000])
@pytest.mark.parametrize("distances_per_job", [1, 6, 41])
def test_jobs_take_every_cell_once(distances_per_job, cells_per_job):
    """However blocks are put together: each cell in one job, of one model, and no more than a job may take."""
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


def test_jobs_are_as_few_as_they_may():
    """Two jobs that would fit into one are one."""
    jobs = group_into_jobs([Grid("gpt2", layer, "present", 0, (0,)) for layer in range(13)], 41, 5)
    assert [len(blocks) for blocks in jobs.values()] == [5, 5, 3]
    assert next(iter(jobs)) == ("gpt2", "layer-0_source-present_width-0_distances-0to0_and-4-more")


def test_designs_are_dealt_whole():
    """A curve is one design whatever the grain, and so are the small ones beside it; models stay apart."""
    curve = Grid("gpt2", 8, "true", 7, tuple(range(-10, 31)))
    presents = [Grid(model, layer, "present", 0, (0,)) for model in ("bert", "gpt2") for layer in range(3)]
    alone = group_designs_into_jobs([*presents, curve], None)
    assert [dealt for dealt in alone.values()] == [[grid] for grid in [*presents, curve]]
    assert list(alone) == [(grid.model, grid.design) for grid in [*presents, curve]]
    assert list(group_designs_into_jobs([*presents, curve], 5)) == [
        ("bert", "layer-0_source-present_width-0_and-2-more"),
        ("gpt2", "layer-0_source-present_width-0_and-2-more"),
        ("gpt2", "layer-8_source-true_width-7"),
    ]
    assert list(group_designs_into_jobs([*presents, curve], 44).values())[1] == [*presents[3:], curve]


def test_spans():
    assert span(3) == [3]
    assert span([4, 2]) == [4, 2]
    assert span({"first": -1, "last": 1}) == [-1, 0, 1]
