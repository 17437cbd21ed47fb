"""Analyses become cells, each scored once."""

from brainforecast.cells import Grid, depths_of, grids, layers_of, span

FORECAST = {
    "models": ["gpt2"],
    "layers": [8],
    "sources": ["true", "shuffled"],
    "widths": 7,
    "distances": {"first": -2, "last": 3},
}


def test_an_analysis_includes_its_baseline():
    assert [(g.source, g.width, g.distances) for g in grids({"forecast": FORECAST})] == [
        ("present", 0, (0,)),
        ("shuffled", 7, (-2, -1, 0, 1, 2, 3)),
        ("true", 7, (-2, -1, 0, 1, 2, 3)),
    ]


def test_cells_that_analyses_share_are_scored_once():
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


def test_spans():
    assert span(3) == [3]
    assert span([4, 2]) == [4, 2]
    assert span({"first": -1, "last": 1}) == [-1, 0, 1]


def test_depths_are_compared_where_two_layers_are_scored():
    """The layers that share model, source, width and distance; the present has no depth."""
    compared = [Grid("m", k, "true", 7, (8,)) for k in (3, 0)] + [Grid("m", 2, "true", 7, (0, 8))]
    compared += [Grid("m", 2, "shuffled", 7, (8,)), Grid("n", 0, "true", 7, (8,)), Grid("m", 1, "true", 6, (8,))]
    compared += [Grid("m", k, "present", 0, (0,)) for k in range(4)]
    assert depths_of(compared) == {("m", "true", 7, 8): [0, 2, 3]}
