"""A run as the report sees it, from small synthetic tables."""

from brainforecast.report.data_tables import describe_stories
from brainforecast.report.run import Run
from helpers.synthetic_tables import config, subject_summaries, words

CONTRAST = {
    "name": "frontal - temporal",
    "measure": "forecast_distance",
    "first": {"level": "lobe", "roi": "frontal"},
    "second": {"level": "lobe", "roi": "temporal"},
}


def run_of(tables: dict, *, simulated: bool = True, n: int = 8, **settings: object) -> Run:
    """A run of two stories; `settings` replace sections of the config."""
    peaks = {name: tables[f"subject_{name}"] for name in ("roi_distances", "roi_depths") if f"subject_{name}" in tables}
    subjects = subject_summaries(n)
    stories = describe_stories(words(), subjects, 1.5)
    whole = config(simulated=simulated) | {"contrasts": [CONTRAST]} | settings
    return Run(tables | peaks, stories, subjects, whole, simulated, 1.5, words())
