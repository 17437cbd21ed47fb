"""Scores of one subject's regions in the variants of the reported cell."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from brainforecast.controls.scoring import ControlCell
from brainforecast.encoding.folds import fitting_gap
from brainforecast.encoding.scoring import Encoding
from brainforecast.jobs.designs import fold_settings
from brainforecast.jobs.scoring import locate_designs
from brainforecast.storage.designs import read_design
from brainforecast.storage.variant_scores import VariantScores


def score_variants(
    series: np.ndarray,
    n_trs: Sequence[int],
    variants: Iterable[Mapping],
    paths_to_designs: Sequence[str | Path],
    measured: Sequence[str | Path],
) -> dict[str, VariantScores]:
    """Score the region series in every variant.

    Parameters
    ----------
    series : (n_trs_total, n_regions) float32; n_trs : volumes of each run.
    variants : name, designs, distances, folds, measured, encoding (`planning.controls.VariantJobs.cells`).
    paths_to_designs : of the design jobs; measured : the file of the autocorrelation, if a variant needs it.
    """
    variants, found = list(variants), {}
    for variant, (first, second) in zip(variants, locate_designs(variants, paths_to_designs), strict=True):
        windows = read_design(*second, n_trs, variant["distances"]).components
        cell = ControlCell(read_design(*first, n_trs), windows, Encoding(**variant["encoding"]))
        folds = fold_settings(variant["folds"], measured if variant["measured"] else ())
        gap = fitting_gap(n_trs, folds) if folds.scheme == "strict" else None
        found[variant["name"]] = VariantScores(cell.score(series), gap)
    return found
