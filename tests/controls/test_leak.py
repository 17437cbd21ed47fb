"""Folds that leak: volumes drawn at random let slow drift pass for prediction, and the report says so first."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from brainforecast.controls.checks import check_rows
from brainforecast.controls.claims import verdict_rows
from brainforecast.controls.draws import draw_table, shifts_of_runs
from brainforecast.controls.group_tables import shift_rows
from brainforecast.controls.scoring import ControlCell
from brainforecast.controls.shifted_scores import score_under_shifts
from brainforecast.controls.verdict import Judge, ShiftedStatistics, VerdictSettings
from brainforecast.encoding.designs import Design
from brainforecast.encoding.folds import Fold, FoldSettings, make_folds
from brainforecast.encoding.scoring import Encoding
from brainforecast.report.verdicts import Panel
from brainforecast.storage.control_scores import write_control_scores
from helpers.synthetic_verdicts import CELL, contrasts, simulated_brains, strict

N_TRS, N_FOLDS = 240, 5
SETTINGS = {"distance": 8, "level": 0.05, "share": 0.5}
REGIONS = pd.DataFrame({"hemi": "L", "region": ["frontal00", "frontal01", "occipital00"],
                        "lobe": ["frontal", "frontal", "occipital"]})  # fmt: skip


def shuffled_folds() -> list[Fold]:
    """Each volume in a test part of its own choice: its neighbours are fitted on."""
    part = np.random.default_rng(0).permutation(np.arange(N_TRS) % N_FOLDS)
    return [Fold(part != k, part == k) for k in range(N_FOLDS)]


def slow(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Sequences that drift: an autocorrelation of .97 from a volume to the next."""
    return lfilter([1], [1, -0.97], rng.standard_normal((N_TRS, *shape)), axis=0)


@pytest.fixture
def study(tmp_path):
    """A function from folds to the rule on two listeners whose regions drift and follow slow features a little."""

    def make(folds: list[Fold]) -> Judge:
        rng = np.random.default_rng(1)
        components = slow(rng, 3, 6).transpose(1, 0, 2)[:, None].repeat(N_FOLDS, axis=1).astype(np.float32)
        design = Design(components[:1], [0], [N_TRS], folds)
        cell = ControlCell(design, components[1:], Encoding((0, 1), (1.0, 100.0, 10_000.0)))
        runs, names = [("desert", N_TRS)], [f"{i}" for i in range(2)]
        draws = draw_table([runs], shortest=20, n_shifts=199, seed=0)
        paths = []
        for name in names:
            series = slow(rng, len(REGIONS)) + 0.7 * components[0, 0] @ rng.standard_normal((6, len(REGIONS)))
            shifts = shifts_of_runs(runs, draws)
            scores = score_under_shifts(
                series.astype(np.float32), [("desert", N_TRS, N_TRS)], shifts, {"verdict": cell}
            )
            paths.append(tmp_path / f"{name}.safetensors")
            write_control_scores(scores, paths[-1])
        shifted = ShiftedStatistics(pd.concat(shift_rows(paths, ["verdict"], REGIONS), ignore_index=True), draws)
        return Judge(shifted, simulated_brains(REGIONS), REGIONS, VerdictSettings(0.05, 0.5))

    return make


def panel_of(judge: Judge) -> Panel:
    rows = verdict_rows(judge, contrasts(), strict(), [], CELL)
    return Panel(rows, check_rows(judge), SETTINGS, 1)


def misaligned(judge: Judge) -> pd.Series:
    return check_rows(judge).query("check == 'misaligned_score'").set_index("region")["value"]


def test_shuffled_folds_leak_and_the_report_says_so_first(study):
    judge = study(shuffled_folds())
    assert misaligned(judge)["all"] > 0.1
    assert panel_of(judge).leak.startswith("Folds leak through slow drift")


def test_contiguous_folds_do_not(study):
    """The same responses."""
    judge = study(make_folds([N_TRS], FoldSettings("paper", N_FOLDS, 0)))
    assert misaligned(judge)["all"] < 0.1
    assert panel_of(judge).leak == ""
