"""group/sensitivity.parquet, small and from known numbers."""

from collections.abc import Sequence

import pandas as pd

NAMES = ("as_reported", "strict", "long_delays", "components-40", "word_vector-mean", "exclude-few")
SHUFFLES = tuple(f"shuffle-{draw}" for draw in range(1, 9))
PLACES = {"all": 0.020, "frontal": 0.040, "temporal": 0.010, "occipital": 0.0}  # F as reported
N_SUBJECTS = 12


def sensitivity(names: Sequence[str] = NAMES, shuffles: Sequence[str] = SHUFFLES) -> pd.DataFrame:
    """Variants move F by .001 each, from as reported on; shuffles lie evenly from -.004 to .003."""
    rows = []
    for index, name in enumerate((*names, *shuffles)):
        drawn = name in shuffles
        of_variant = {"variant": name, "base": "lexical", "gap": 9.0 if name == "strict" else None}
        of_variant |= {"hemi": None, "n_subjects": N_SUBJECTS - 2 * (name == "exclude-few")}
        for region, F in PLACES.items():
            forecast = (index - len(names) - 4) / 1000 if drawn else F - index / 1000
            values = {"brain_score": (0.1, 0.01), "forecast_score": (forecast, 0.003)}
            values["mirror_difference"] = (forecast / 2, 0.004)
            place = {"level": "all" if region == "all" else "lobe", "region": region}
            rows += [of_variant | place | {"statistic": s, "value": v, "sem": e} for s, (v, e) in values.items()]
        if not drawn:
            contrast = {"level": "contrast", "region": "frontal - temporal", "statistic": "peak_distance"}
            rows.append(of_variant | contrast | {"value": 2.0 - 0.5 * index, "sem": 0.7})
    return pd.DataFrame(rows)
