"""A small simulated cortex: what is planted in which region, two stories, and how responses to them are drawn."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from brainforecast.simulation.cortex import Cortex, NoiseSettings, ResponseSettings, SignalToNoise, WeightShares
from brainforecast.simulation.planted import SimulatedStory, features_to_plant
from brainforecast.simulation.truth import plant

CORTEX = Cortex(
    seed=7,
    tr=1.5,
    width=3,
    components=[1, 4],
    signal_to_noise=SignalToNoise(present=0.5, forecast=2.0),
    forecast_share=0.6,
    weight_shares=WeightShares(region=0.4, vertex=0.4, listener=0.2),
    response=ResponseSettings(peak=4.5, peak_spread=0.5, gain_spread=0.2),
    noise=NoiseSettings(autocorrelation=0.4, drift=0.3),
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


def cortex_section(cortex: Cortex) -> dict:
    """The config's section `simulation.cortex` for these settings."""
    return {key: value for key, value in asdict(cortex).items() if key not in ("seed", "tr", "width")}


def make_story(name: str, n_words: int = 80) -> SimulatedStory:
    """A story of random words, about 2.5 per second."""
    rng = np.random.default_rng(len(name))
    onsets = 3 + np.cumsum(rng.uniform(0.2, 0.6, n_words))
    activations = {layer: rng.standard_normal((n_words, 12)).astype(np.float32) for layer in (4, 20)}
    return SimulatedStory(name, onsets, onsets[-1] + 0.3, activations)


STORIES = [make_story("myth"), make_story("fable", 90)]
FEATURES = features_to_plant(STORIES, width=CORTEX.width, components=CORTEX.components)
TRUTH = plant(
    pd.DataFrame({"target": np.arange(20, dtype=np.int32), "roi": ROIS}), REGIONS, forecast_share=CORTEX.forecast_share
)
