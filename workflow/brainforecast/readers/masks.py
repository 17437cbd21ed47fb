"""What is inside a mask: whatever is above 0, with a note where that is not all that its values say."""

import numpy as np

from brainforecast.readers.notes import Notes


def above_zero(values: np.ndarray, where: object, notes: Notes | None = None) -> np.ndarray:
    """Whether each value of a mask is above 0; NaN is not.

    Parameters
    ----------
    where : the mask, for the note on values that are neither 0 nor one other: probabilities, or labels of parcels.
    """
    values = np.nan_to_num(values, nan=0.0)
    inside = values > 0
    different = np.unique(values[inside])
    if notes is not None and len(different) > 1:
        span = f"{len(different):,} values from {different[0]:.3g} to {different[-1]:.3g}"
        notes.add(f"{where}: {span}, as of probabilities or parcels; all that is above 0 is inside the mask")
    return inside
