"""Scores of one subject's regions in the variants of the reported cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from brainforecast.controls.scoring import ControlCell
from brainforecast.encoding.folds import fitting_gap, mask_folds
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.designs import fold_settings
from brainforecast.jobs.scoring import locate_designs
from brainforecast.progress import log_progress
from brainforecast.storage.designs import read_design
from brainforecast.storage.variant_scores import VariantScores


def score_variants(
    series: np.ndarray,
    n_trs: Sequence[int],
    variants: Iterable[Mapping],
    paths_to_designs: Sequence[str | Path],
    measured: Sequence[str | Path],
    used: np.ndarray | None = None,
) -> dict[str, VariantScores]:
    """Score the region series in every variant.

    Parameters
    ----------
    series : (n_trs_total, n_regions) float32; n_trs : volumes of each run.
    variants : name, designs, distances, folds, measured, encoding (`planning.controls.VariantJobs.cells`).
    paths_to_designs : of the design jobs; measured : the file of the autocorrelation, if a variant needs it.
    used : (n_trs_total,) bool, false for censored rows; None where all are used.
    """
    variants, found = list(variants), {}
    of_variants = zip(variants, locate_designs(variants, paths_to_designs), strict=True)
    for variant, (first, second) in log_progress(of_variants, len(variants), "variant"):
        windows = read_design(*second, n_trs, variant["distances"]).components
        present = read_design(*first, n_trs)
        present = replace(present, folds=mask_folds(present.folds, used, f"variant {variant['name']}"))
        cell = ControlCell(present, windows, Encoding(**variant["encoding"]))
        folds = fold_settings(variant["folds"], measured if variant["measured"] else ())
        gap = fitting_gap(n_trs, folds) if folds.scheme == "strict" else None
        found[variant["name"]] = VariantScores(cell.score(series), gap)
    return found
