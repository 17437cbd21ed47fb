"""Memory and time of the subjects' tables, made from the score files, and of the group's tables, made from those.

Run by hand: ``envs/run env PYTHONPATH=workflow python tests/benchmarks/group.py``. Scores are simulated; then the
scripts of the rules run as in a study: the subjects' tables in one process, each table of the group in a separate
process, so that its peak memory is measured alone. The group is summarised over a quarter, a half and all of the
subjects. The last line is one JSON object.

The paper's size: ``--subjects 304 --targets 81924 --curve 1`` (41 distances of one layer; about 9 GB on disk, in the
folder TMPDIR, and an hour). A subject's score files are deleted once they are merged.
"""

import json
import multiprocessing
import shutil
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
sys.path.insert(0, str(ROOT / "workflow"))

from brainforecast.cells import Grid  # noqa: E402
from brainforecast.storage.scores import Scores, write_scores  # noqa: E402
from scripts.results.locate_best_layer import locate_best_layer  # noqa: E402
from scripts.results.locate_forecast_depth import locate_forecast_depth  # noqa: E402
from scripts.results.locate_forecast_distance import locate_forecast_distance  # noqa: E402
from scripts.results.merge_subject import merge_subject  # noqa: E402
from scripts.results.summarise_contrasts import summarise_contrasts  # noqa: E402
from scripts.results.summarise_regions import summarise_regions  # noqa: E402
from scripts.results.summarise_reliability import summarise_reliability  # noqa: E402
from scripts.results.summarise_scores import summarise_scores  # noqa: E402
from scripts.results.summarise_symmetry import summarise_symmetry  # noqa: E402
from scripts.results.summarise_widths import summarise_widths  # noqa: E402

PER_REGION = 300  # targets
LOBES = ("frontal", "parietal", "temporal", "occipital")
N_FOLDS, LAYERS, LAYER = 5, (0, 20, 30), 20
CURVE = [
    Grid("smollm2", LAYER, "paper", "present", 0, (0,)),
    Grid("smollm2", LAYER, "paper", "true", 7, tuple(range(-10, 31))),
]
GRIDS = [
    *CURVE,
    *(Grid("smollm2", layer, "paper", "present", 0, (0,)) for layer in LAYERS if layer != LAYER),
    Grid("listeners", 0, "paper", "present", 0, (0,)),
    Grid("smollm2", LAYER, "paper", "shuffled", 7, tuple(range(-10, 31, 4))),
    *(Grid("smollm2", layer, "paper", "true", 7, (8,)) for layer in LAYERS if layer != LAYER),
    *(Grid("smollm2", LAYER, "paper", "true", width, (4, 8, 12)) for width in (1, 14)),
]
CONTRAST = {"name": "frontal - temporal", "measure": "forecast_distance"} | {
    side: {"level": "lobe", "roi": roi} for side, roi in (("first", "frontal"), ("second", "temporal"))
}
DISTANCE, REFERENCE = 8, 0
N_COMPARED = 50  # targets that are compared with numpy and scipy
CELL = {"model": "smollm2", "layer": LAYER, "base": "paper", "source": "true", "width": 7, "distance": DISTANCE}
TABLES = ("brain_scores", "forecast_scores", "forecast_distance", "forecast_depth", "roi_scores", "roi_distances",
          "roi_depths")  # fmt: skip


def main() -> None:
    """Measure and print."""
    sizes = read_sizes(
        __doc__.splitlines()[0],
        subjects=(40, "subjects"),
        targets=(18426, "targets"),
        curve=(0, "1: 41 distances alone"),
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder, n = Path(temporary), sizes.subjects
        describe_study(folder, sizes.targets)
        expected, merged = make_subjects(folder, n, sizes.targets, CURVE if sizes.curve else GRIDS)
        log(f"merge_subject, the slowest of {n}", merged)
        on_disk = sum(path.stat().st_size for path in (folder / "subjects").rglob("*.parquet"))
        counts = [n] if sizes.no_slopes else sorted({max(2, n // 4), max(2, n // 2), n})
        found = {count: summarise(folder, count) for count in counts}
        agreement = compare(folder, expected)
    peaks = {"merge_subject": merged[0], **{name: peak for name, (peak, _) in found[n].items()}}
    seconds = {count: round(sum(taken for _, taken in steps.values())) for count, steps in found.items()}
    more = {
        "slope": slope(seconds),
        "peaks_mb": peaks,
        "group_seconds": seconds,
        "subjects_gb": round(on_disk / 1e9, 1),
    }
    report([{}, {}], agreement, max(peaks.values()), sizes, **more)


def process() -> ProcessPoolExecutor:
    """One process that starts for its calls and ends with them."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def alone(call: Callable) -> object:
    """The result of a call in a new process."""
    with process() as new:
        return new.submit(call).result()


def make_subjects(folder: Path, n: int, n_targets: int, grids: list[Grid]) -> tuple[np.ndarray, tuple[float, float]]:
    """Simulate and merge one subject after another: F of some targets, peak in MB, seconds of the slowest."""
    expected, merged = [], []
    with process() as simulating, process() as merging:
        for number in range(n):
            expected.append(simulating.submit(simulate_subject, folder, number, n_targets, grids).result())
            merged.append(merging.submit(merge, folder, number).result())
            if (number + 1) % 20 == 0:
                log(f"{number + 1} of {n} subjects", merged[-1])
    return np.array(expected), tuple(np.max(merged, axis=0))


def measured(call: Callable) -> tuple[float, float]:
    """Peak memory of this process in MB after a call, and the processor time of the call in seconds."""
    seconds = timed(call)[0][1]
    return peak_rss_mb(), round(float(seconds), 2)


def log(step: str, found: tuple[float, float]) -> None:
    print(f"{step}: peak {found[0]:.0f} MB, {found[1]:.1f} s of processor", flush=True)


def describe_study(folder: Path, n_targets: int) -> None:
    """Targets in two hemispheres, regions and lobes; provenance."""
    target = np.arange(n_targets)
    regions = target // PER_REGION
    columns = {
        "target": target.astype(np.int32),
        "hemi": np.where(target < n_targets // 2, "L", "R"),
        "roi": [f"region-{region}" for region in regions],
        "lobe": [LOBES[region % len(LOBES)] for region in regions],
    }
    pd.DataFrame(columns).to_parquet(folder / "targets.parquet")
    (folder / "provenance.json").write_text(json.dumps({"simulated": True}))


def simulate_subject(folder: Path, number: int, n_targets: int, grids: list[Grid]) -> np.ndarray:
    """Write the score files of a subject, noise around a small score; return F of the first targets in `CELL`."""
    rng, means = np.random.default_rng(number), []
    for index, grid in enumerate(grids):
        shape = (len(grid.distances), N_FOLDS, n_targets)
        brain = rng.standard_normal(shape, np.float32) * np.float32(0.05) + np.float32(0.02)
        alpha = (10.0 ** np.arange(-1, 9, dtype=np.float32))[rng.integers(0, 10, shape, np.int8)]
        part = Scores.from_folds(name_of(number), grid, np.arange(n_targets), brain, alpha)
        write_scores([part], folder / f"scores/{index}.safetensors")
        means.append(brain[..., :N_COMPARED].mean(axis=1))
    return (means[1][CURVE[1].distances.index(DISTANCE)] - means[0][0]).astype(float)


def name_of(number: int) -> str:
    return f"{number + 1:03d}"


def merge(folder: Path, number: int) -> tuple[float, float]:
    """One merge_subject job."""
    scores = [str(path) for path in sorted((folder / "scores").iterdir())]
    targets, provenance = folder / "targets.parquet", folder / "provenance.json"
    tables = {name: table_of(folder, name, number) for name in TABLES}
    found = measured(lambda: merge_subject(scores, [], targets, provenance, tables))
    shutil.rmtree(folder / "scores")
    return found


def table_of(folder: Path, name: str, number: int) -> Path:
    return folder / "subjects" / name / f"sub-{name_of(number)}.parquet"


def summarise(folder: Path, n_subjects: int) -> dict[str, tuple[float, float]]:
    """Memory and seconds of each job of the group, over the first subjects."""
    found = {}
    for name in STEPS:
        found[name] = alone(partial(run_step, name, folder, n_subjects))
        log(f"{name}, {n_subjects} subjects", found[name])
    return found


def run_step(name: str, folder: Path, n_subjects: int) -> tuple[float, float]:
    """One job of the group."""

    def subjects(table: str) -> list[str]:
        return [str(table_of(folder, table, number)) for number in range(n_subjects)]

    targets, provenance = folder / "targets.parquet", folder / "provenance.json"
    return measured(lambda: STEPS[name](subjects, targets, provenance, folder / f"group/{name}.parquet"))


def by_region(subjects: Callable) -> dict[str, list[str]]:
    """The subjects' regional peaks, by measure."""
    return dict(zip(PEAKS, (subjects("roi_distances"), subjects("roi_depths")), strict=True))


PEAKS = ("forecast_distance", "forecast_depth")
STEPS = {  # what the rules of results.smk call
    "brain_scores": lambda subjects, targets, provenance, table: summarise_scores(
        subjects("brain_scores"), targets, provenance, table, score="brain_scores"
    ),
    "forecast_scores": lambda subjects, targets, provenance, table: summarise_scores(
        subjects("forecast_scores"),
        *(targets, provenance, table),
        score="forecast_scores",
    ),
    "best_layer": lambda subjects, targets, provenance, table: locate_best_layer(
        subjects("brain_scores"), targets, provenance, table
    ),
    "forecast_distance": lambda subjects, targets, provenance, table: locate_forecast_distance(
        *(subjects("forecast_distance"), subjects("forecast_scores"), targets, provenance, table),
        distance=DISTANCE,
        reference=REFERENCE,
    ),
    "forecast_depth": lambda subjects, targets, provenance, table: locate_forecast_depth(
        subjects("forecast_depth"), subjects("forecast_scores"), targets, provenance, table
    ),
    "reliability": lambda subjects, targets, provenance, table: summarise_reliability(
        {name: subjects(name) for name in PEAKS},
        {name: table.parent / f"{name}.parquet" for name in PEAKS},
        *(targets, provenance, table),
        stories=[["story"]] * len(subjects("forecast_distance")),
        q_level=0.05,
        seed=0,
    ),
    "regions": lambda subjects, targets, provenance, table: summarise_regions(
        subjects("roi_scores"), provenance, table
    ),
    "widths": lambda subjects, targets, provenance, table: summarise_widths(
        subjects("roi_scores"), provenance, table, seed=0
    ),
    "contrasts": lambda subjects, targets, provenance, table: summarise_contrasts(
        by_region(subjects), subjects("roi_scores"), provenance, table, contrasts=[CONTRAST], seed=0
    ),
    "symmetry": lambda subjects, targets, provenance, table: summarise_symmetry(
        by_region(subjects), subjects("roi_scores"), provenance, table, cell=CELL
    ),
}


def compare(folder: Path, F: np.ndarray) -> dict[str, float]:
    """Maximum difference of the statistics of F, (n_subjects, n_targets), in `CELL` from numpy's and scipy's."""
    cell = [(name, "==", value) for name, value in CELL.items()]
    group = pd.read_parquet(folder / "group/forecast_scores.parquet", filters=cell).iloc[: F.shape[1]]
    expected = {"mean": F.mean(axis=0), "sem": stats.sem(F), "p_value": stats.wilcoxon(F).pvalue}
    return {f"max difference of {name}": np.abs(group[name] - values).max() for name, values in expected.items()}


def slope(seconds: dict[int, float]) -> float | None:
    """Slope of log(seconds) on log(subjects): 1 is linear."""
    sizes, taken = np.log(list(seconds)), np.log(list(seconds.values()))
    return round(float(np.polyfit(sizes, taken, 1)[0]), 2) if len(seconds) > 1 else None


if __name__ == "__main__":
    main()
