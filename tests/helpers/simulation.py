"""A small simulated cortex: what is planted in which region, and how its responses are drawn."""

import pandas as pd

from brainforecast.simulation.cortex import Cortex

CORTEX = Cortex(
    seed=7,
    tr=1.5,
    width=3,
    components=[1, 4],
    signal_to_noise={"present": 0.5, "forecast": 2.0},
    forecast_share=0.6,
    weight_shares={"region": 0.4, "vertex": 0.4, "listener": 0.2},
    response={"peak": 4.5, "peak_spread": 0.5, "gain_spread": 0.2},
    noise={"autocorrelation": 0.4, "drift": 0.3},
)
ROIS = ["near", "far", "sound", "sight", None] * 4
REGIONS = pd.DataFrame(
    {
        "roi": ["near", "far", "sound"],
        "kind": ["forecast", "forecast", "present"],
        "planted_distance": pd.array([2, 9, None], dtype="Int32"),
        "planted_depth": pd.array([4, 20, None], dtype="Int32"),
        "planted_source": ["true", "true", None],
    }
)
