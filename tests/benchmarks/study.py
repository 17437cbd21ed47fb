"""Time of all cells of one listener: a curve over distances, a sweep over widths and distances, and every layer.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/study.py``. Ours builds every design and scores
a part of each sweep: all distances, all distances of two widths, three layers. The peers, scikit-learn and himalaya,
take at most two cells of each sweep and two numbers of targets, after a reduction by plain scikit-learn. What a part
takes is scaled to all cells and targets. The two widths lie symmetrically about the middle: a time that grows with the
width along a line is counted right. The last line is one JSON object.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from measuring import (
    ALPHAS,
    DELAYS,
    extrapolate,
    peak_rss_mb,
    peer_parts,
    ratios,
    read_sizes,
    report,
    simulate_responses,
    timed,
)
from ridge import Fit, fit_himalaya, fit_scikit_learn, himalaya, peer
from sweep import build_together, print_parts, reduce_plainly, simulate_story

from brainforecast.cells import PAPER, Grid
from brainforecast.encoding.delays import delay
from brainforecast.encoding.designs import Design, Story
from brainforecast.encoding.scoring import Encoding, score_windows
from brainforecast.encoding.windows import window_offsets
from brainforecast.planning.fanout import WINDOWS_PER_JOB, group_designs_into_jobs

Cell = tuple[int, int] | None  # width and distance of the window; None for the present alone
Seconds = dict[str, np.ndarray]  # by part of the work: by the clock, and of processor time
PRESENT, CURVE_WIDTH, FIRST_DISTANCE, LAYERS_SCORED = None, 7, -10, 3


@dataclass(frozen=True)
class Sweep:
    """Cells that share the present or are alike: all of the listener's, those that ours scores, those of the peers."""

    cells: Sequence[Cell]
    ours: Sequence[Cell]
    peers: Sequence[Cell]


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(
        __doc__.splitlines()[0],
        targets=(20480, "targets"),
        volumes=(1040, "volumes"),
        features=(768, "features of a word"),
        distances=(41, f"distances of the curve at {CURVE_WIDTH} words, from {FIRST_DISTANCE} on"),
        widths=(30, "widths, from 1 on"),
        width_distances=(20, "distances of each width, from 1 on"),
        layers=(13, "layers, the present alone"),
        peer_targets=(4096, "targets the peers take"),
    )
    sweeps = plan_sweeps(sizes)
    story = simulate_story(sizes.volumes, sizes.features)
    designing, (present, windows) = timed(lambda: build_all(story, sweeps, sizes))
    Y = simulate_responses(delay(present.components[0, 0], DELAYS, [sizes.volumes]), sizes.targets)
    scoring, scores = score_all(Y, present, windows, sweeps)
    peak = peak_rss_mb()  # before a peer has run
    ours = with_total({"design": designing, **scoring})
    print_parts("ours, all cells", ours)
    peers, agreement = ({}, {}) if sizes.no_peer else measure_peers(story, Y, present, scores, sweeps, sizes)
    for name, seconds in peers.items():
        print_parts(f"{name}, all cells and targets", seconds)
    cells = {name: {"all": len(s.cells), "ours": len(s.ours), "peers": len(s.peers)} for name, s in sweeps.items()}
    seconds = {name: {part: s[0] for part, s in parts.items()} for name, parts in {"ours": ours, **peers}.items()}
    report(compare(ours, peers), agreement, peak, sizes, cells=cells, seconds=seconds)


def plan_sweeps(sizes: argparse.Namespace) -> dict[str, Sweep]:
    """The sweeps of a listener, and the part of each that is measured."""
    curve = [(CURVE_WIDTH, distance) for distance in range(FIRST_DISTANCE, FIRST_DISTANCE + sizes.distances)]
    ahead = range(1, 1 + sizes.width_distances)
    low = (sizes.widths + 2) // 4
    two = sorted({max(low, 1), sizes.widths + 1 - max(low, 1)})
    return {
        "distances": Sweep(curve, curve, [curve[0], curve[-1]]),
        "widths": Sweep(
            [(width, d) for width in range(1, 1 + sizes.widths) for d in ahead if (width, d) not in curve],
            [(width, d) for width in two for d in ahead if (width, d) not in curve],
            [(width, ahead[len(ahead) // 2]) for width in two],
        ),
        "layers": Sweep([PRESENT] * sizes.layers, [PRESENT] * min(LAYERS_SCORED, sizes.layers), [PRESENT]),
    }


def build_all(
    story: Story, sweeps: Mapping[str, Sweep], sizes: argparse.Namespace
) -> tuple[Design, dict[Cell, np.ndarray]]:
    """Build every design of the listener; return that of the present, and components of the windows that are scored."""
    present = [build_together(story, sizes.volumes, [("present", 1, [0])])[0] for _ in range(sizes.layers)][-1]
    cells = sorted(cell for sweep in sweeps.values() for cell in sweep.cells if cell)
    of_widths = {width: tuple(distance for _, distance in found) for width, found in groupby(cells, itemgetter(0))}
    grids = [Grid("model", 0, PAPER, "true", *of_width) for of_width in of_widths.items()]
    scored, kept = {cell for sweep in sweeps.values() for cell in sweep.ours}, {}
    for job in group_designs_into_jobs(grids, WINDOWS_PER_JOB).values():
        designs = build_together(story, sizes.volumes, [("true", grid.width, grid.distances) for grid in job])
        for grid, design in zip(job, designs, strict=True):
            found = zip(grid.distances, design.components, strict=True)
            kept |= {(grid.width, d): window for d, window in found if (grid.width, d) in scored}
    return present, kept


def score_all(
    Y: np.ndarray, present: Design, windows: Mapping[Cell, np.ndarray], sweeps: Mapping[str, Sweep]
) -> tuple[Seconds, dict[Cell, np.ndarray]]:
    """Seconds of all cells of each sweep, and scores of the cells that are measured, (n_folds, n_targets)."""
    encoding, seconds, scores = Encoding(DELAYS, ALPHAS), {}, {}
    for name, sweep in sweeps.items():
        parts = [[windows[cell] for cell in sweep.ours if cell]] if sweep.ours[0] else [None] * len(sweep.ours)
        calls = lambda parts=parts: [score_windows(Y, present, part, encoding)[0] for part in parts]  # noqa: E731
        taken, found = timed(calls)
        seconds[name] = taken * len(sweep.cells) / len(sweep.ours)
        scores |= dict(zip(sweep.ours, np.concatenate(found), strict=True))
    return seconds, scores


def measure_peers(
    story: Story,
    Y: np.ndarray,
    present: Design,
    scores: Mapping[Cell, np.ndarray],
    sweeps: Mapping[str, Sweep],
    sizes: argparse.Namespace,
) -> tuple[dict[str, Seconds], dict[str, dict[str, float]]]:
    """Seconds of each peer for all cells and targets, and how far its scores are from ours."""
    peers = {"scikit-learn": fit_scikit_learn} | ({"himalaya": fit_himalaya} if himalaya else {})
    reducing, alone = timed(lambda: reduce_plainly(story, sizes.volumes, range(1)))
    seconds = {name: {"design": sizes.layers * reducing} for name in peers}
    apart = {name: [] for name in peers}
    for part, sweep in sweeps.items():
        designs = {cell: timed(lambda cell=cell: plain_design(story, alone, cell, present)) for cell in sweep.peers}
        for name, fit in peers.items():
            taken = []
            for cell, (_, design) in designs.items():
                seconds_of_cell, found = time_cell(fit, design, Y, sizes)
                taken.append(seconds_of_cell)
                apart[name].append(np.abs(found - scores[cell][:, : found.shape[1]]).ravel())
            seconds[name][part] = len(sweep.cells) * np.mean(taken, axis=0)
            if part != "layers":  # their reduction is counted
                seconds[name]["design"] += len(sweep.cells) * np.mean([taken for taken, _ in designs.values()], axis=0)
    found = {name: np.concatenate(differences) for name, differences in apart.items()}
    agreement = {name: {"max": np.nanmax(d), "median": np.nanmedian(d)} for name, d in found.items()}
    return {name: with_total(parts) for name, parts in seconds.items()}, agreement


def plain_design(story: Story, alone: Sequence[np.ndarray], cell: Cell, present: Design) -> Design:
    """The design of a cell, delays included: the reduced present, and the window reduced by scikit-learn."""
    n_trs = len(alone[0])
    windows = [reduce_plainly(story, n_trs, window_offsets(*cell))] if cell else []
    X = np.stack([delay(np.hstack(blocks), DELAYS, [n_trs]) for blocks in zip(alone, *windows, strict=True)])
    return Design(X[None], [0], [n_trs], present.folds)


def time_cell(fit: Fit, design: Design, Y: np.ndarray, sizes: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of a cell at all targets, and the scores of the part of the targets that were fitted."""
    parts = peer_parts(sizes)
    runs = [timed(lambda n=n: peer(fit, design, Y[:, :n])) for n in parts]
    return extrapolate(parts, [seconds for seconds, _ in runs], sizes.targets), runs[-1][1]


def with_total(seconds: Seconds) -> Seconds:
    """The parts, and their sum as `total`, which comes first."""
    return {"total": sum(seconds.values()), **seconds}


def compare(ours: Seconds, peers: Mapping[str, Seconds]) -> list[dict[str, float]]:
    """Ratios by the clock and of processor time: of the total under the peer's name, and of each part."""
    both: list[dict[str, float]] = [{}, {}]
    for name, seconds in peers.items():
        for part, theirs in seconds.items():
            key = name if part == "total" else f"{name}, {part}"
            for ratio, more in zip(both, ratios(ours[part], {key: theirs}), strict=True):
                ratio.update(more)
    return both


if __name__ == "__main__":
    main()
