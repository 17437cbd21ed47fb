"""Analyses become cells, each scored once."""

import pytest

from brainforecast.cells import (
    LISTENERS,
    Grid,
    depths_of,
    design_names,
    grids,
    layers_of,
    mirror,
    mirrored_distances,
    span,
    widths_are_of_series,
)

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
    assert len(found) == len({(g.model, g.layer, g.base, g.source, g.width) for g in found})
    assert Grid("gpt2", 8, "paper", "true", 7, (-2, -1, 0, 1, 2, 3, 9)) in found
    assert layers_of(found, "gpt2") == [0, 4, 8, 12]


def test_bases_are_scored_apart():
    """Each base has its own present; the noise ceiling has no words, so it is always of the paper's base."""
    analyses = {
        "plain": {**FORECAST, "sources": ["true"], "distances": [8]},
        "lexical": {**FORECAST, "sources": ["true"], "distances": [8, 9], "base": "lexical"},
        "ceiling": {"models": [LISTENERS], "layers": [0], "base": "verdict"},
    }
    assert grids(analyses) == [
        Grid("gpt2", 8, "lexical", "present", 0, (0,)),
        Grid("gpt2", 8, "lexical", "true", 7, (8, 9)),
        Grid("gpt2", 8, "paper", "present", 0, (0,)),
        Grid("gpt2", 8, "paper", "true", 7, (8,)),
        Grid(LISTENERS, 0, "paper", "present", 0, (0,)),
    ]


def test_windows_share_their_design_between_bases():
    """Only the design of the present names its base; the name in files always does."""
    paper, verdict = (Grid("m", 8, base, "true", 7, (1, 3)) for base in ("paper", "verdict"))
    assert design_names(paper, "paper") == ["layer-8_base-paper_source-present_width-0", "layer-8_source-true_width-7"]
    assert design_names(verdict, "paper")[0] == "layer-8_base-verdict_source-present_width-0"
    assert paper.design == verdict.design
    assert verdict.name == "layer-8_base-verdict_source-true_width-7_distances-1to3"
    semantic = Grid("m", 8, "lexical", "semantic", 7, (1,))
    assert design_names(semantic, "component")[0] == "layer-8_base-lexical_source-semantic_width-0"


def test_blocks_hold_every_distance_once():
    grid = Grid("gpt2", 8, "paper", "true", 7, tuple(range(-10, 31)))
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


def test_mirrored_distances_have_their_mirror_and_hold_no_present_word():
    """The mirror of d is w - 1 - d; a window nearer than its width is in part its own mirror."""
    assert mirror(7, 8) == -2 and mirror(1, 4) == -4
    assert mirrored_distances(7, tuple(range(-14, 31))) == tuple(range(7, 21))
    assert mirrored_distances(7, tuple(range(-14, 31, 2))) == tuple(range(8, 21, 2))
    assert mirrored_distances(7, (-8, 0, 3, 8)) == mirrored_distances(3, (0, 2)) == ()


def test_depths_are_compared_where_two_layers_are_scored():
    """The layers that share model, base, source, width and distance; the present has no depth."""
    compared = [Grid("m", k, "paper", "true", 7, (8,)) for k in (3, 0)] + [Grid("m", 2, "paper", "true", 7, (0, 8))]
    compared += [
        Grid("m", 2, "paper", "shuffled", 7, (8,)),
        Grid("n", 0, "paper", "true", 7, (8,)),
        Grid("m", 1, "paper", "true", 6, (8,)),
    ]
    compared += [Grid("m", k, "paper", "present", 0, (0,)) for k in range(4)]
    compared += [Grid("m", 9, "lexical", "true", 7, (8,))]
    assert depths_of(compared) == {("m", "paper", "true", 7, 8): [0, 2, 3]}


def test_what_one_analysis_keeps_by_target_is_kept_at_all_its_distances():
    widths = {**FORECAST, "sources": ["true"], "widths": [6, 7], "distances": [3, 9], "keep": "regions"}
    found = {grid.key: grid for grid in grids({"widths": widths, "forecast": FORECAST})}
    kept = {(grid.source, grid.width): (grid.keep, grid.distances) for grid in found.values()}
    assert kept == {
        ("present", 0): ("targets", (0,)),
        ("shuffled", 7): ("targets", (-2, -1, 0, 1, 2, 3)),
        ("true", 6): ("regions", (3, 9)),
        ("true", 7): ("targets", (-2, -1, 0, 1, 2, 3, 9)),
    }
    alone = grids({"widths": widths})
    assert {(grid.width, grid.keep) for grid in alone} == {(0, "targets"), (6, "regions"), (7, "regions")}


def test_series_of_regions_are_scored_apart_from_targets():
    """With a baseline and file names of their own, and the same designs; they keep no targets."""
    series = {**FORECAST, "sources": ["true"], "score": "regions"}
    targets, both = grids({"forecast": FORECAST}), grids({"forecast": FORECAST, "series": series})
    of_series = [grid for grid in both if grid.score == "regions"]
    assert [grid for grid in both if grid.score == "targets"] == targets
    assert [(grid.source, grid.width, grid.keep) for grid in of_series] == [
        ("present", 0, "regions"),
        ("true", 7, "regions"),
    ]
    assert {grid.design for grid in of_series} < {grid.design for grid in targets}
    assert len({grid.name for grid in both}) == len({grid.key for grid in both}) == len(both)
    layers = {**series, "layers": [8, 9]}
    assert not depths_of(grids({"forecast": FORECAST, "layers": layers}))


@pytest.mark.parametrize(("how", "expected"), [("targets", False), ("regions", True)])
def test_a_curve_over_widths_is_of_what_more_widths_are_scored_in(how, expected):
    widths = {**FORECAST, "widths": {"first": 1, "last": 9}, "score": how}
    cell = {"model": "gpt2", "layer": 8, "base": "paper", "source": "true"}
    assert widths_are_of_series(grids({"forecast": FORECAST, "widths": widths}), cell) == expected
    assert not widths_are_of_series(grids({"forecast": FORECAST, "same": {**FORECAST, "score": how}}), cell)
    words = {**FORECAST, "widths": [1], "score": how}  # single words beside one window
    assert widths_are_of_series(grids({"forecast": FORECAST, "words": words}), cell) == expected
