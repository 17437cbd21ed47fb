"""False discovery rates over the regions of one level."""

import pandas as pd

from brainforecast.statistics.inference import benjamini_hochberg


def with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    """Add q_value, over the rows of one level; those of single hemispheres and those of both apart.

    Parameters
    ----------
    table : level, hemi and p_value.
    """
    groups = table.groupby([table["level"], table["hemi"].isna()], sort=False)["p_value"]
    return table.assign(q_value=groups.transform(lambda p: benjamini_hochberg(p.to_numpy(float))))
